//! Name resolution, and the second lock of the egress policy: no address is dialled that was not checked.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use async_trait::async_trait;
use hookpoint_engine::egress::{EgressError, EgressPolicy};
use hyper_util::client::legacy::connect::dns::Name;
use thiserror::Error;
use tower_service::Service;

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

impl Service<Name> for GuardedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ResolveError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ResolveError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ResolveError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { Ok(this.allowed(name.as_str()).await?.into_iter()) })
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
