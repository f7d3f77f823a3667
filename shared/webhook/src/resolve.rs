//! Name resolution, with the second check of the egress policy: no unchecked address is dialled.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use hookpoint_engine::hook::egress::{EgressError, EgressPolicy};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// Resolves host names. The result is not trusted: every address is checked before it is dialled.
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

/// Why a name cannot be dialled. Found in the error chain by its type.
#[derive(Debug, Error)]
pub(crate) enum ResolveError {
    /// The policy refuses all of its addresses.
    #[error("every address is refused")]
    Refused(#[source] EgressError),
    /// It has no address. The resolver's message is dropped: it may include the name, which may be a secret.
    #[error("the name cannot be resolved")]
    Unknown,
}

/// Hands the HTTP client only the addresses that the policy allows.
///
/// The check runs between resolution and dialling of every new connection, so DNS rebinding is useless: the checked
/// address is the one dialled.
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
                // Port 0 means the port of the URL.
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
