//! Name resolution, and the second lock of the egress policy: no address is dialled that was not checked.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use hookpoint_engine::hook::egress::{EgressError, EgressPolicy};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// Answers the addresses of a host name. The answer is not trusted: every address is checked before it is dialled.
#[async_trait]
pub trait ResolveHost: Send + Sync {
    /// The addresses of the name, in the order in which they should be tried.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl ResolveHost for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0))
            .await?
            .map(|address| address.ip())
            .collect())
    }
}

/// Why a name led to no connection. Found again in the error chain by its type.
#[derive(Debug, Error)]
pub(crate) enum ResolveError {
    /// It has addresses, and the policy refuses every one of them.
    #[error("every address is refused")]
    Refused(#[source] EgressError),
    /// It has none. What the resolver said is not kept: it may repeat the name, and the name may be a secret.
    #[error("the name cannot be resolved")]
    Unknown,
}

/// Hands the HTTP client only the addresses that the policy allows.
///
/// The check sits between resolution and dialling and runs for every new connection, so a name that changes its answer
/// in between (DNS rebinding) gains nothing: what was checked is what is dialled.
#[derive(Clone)]
pub(crate) struct GuardedResolver {
    policy: Arc<EgressPolicy>,
    resolver: Arc<dyn ResolveHost>,
}

impl GuardedResolver {
    pub(crate) fn new(policy: Arc<EgressPolicy>, resolver: Arc<dyn ResolveHost>) -> Self {
        Self { policy, resolver }
    }

    async fn allowed(&self, host: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let addresses = self
            .resolver
            .resolve(host)
            .await
            .map_err(|_| ResolveError::Unknown)?;
        let mut allowed = Vec::with_capacity(addresses.len());
        let mut refusal = None;
        for address in addresses {
            match self.policy.check_address(address) {
                // Port 0 stands for the port of the URL.
                Ok(()) => allowed.push(SocketAddr::new(address, 0)),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        match (allowed.is_empty(), refusal) {
            (false, _) => Ok(allowed),
            (true, Some(error)) => Err(ResolveError::Refused(error)),
            (true, None) => Err(ResolveError::Unknown),
        }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.allowed(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl fmt::Debug for GuardedResolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GuardedResolver")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
