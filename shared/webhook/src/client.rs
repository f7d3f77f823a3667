//! The guarded client: every outgoing request of a hook passes through here.

mod generation;
pub(crate) mod kept;
mod tls;

use std::{fmt, sync::Arc, time::SystemTime};

use hookpoint_engine::{
    deadline::Deadline,
    hook::{
        egress::EgressPolicy,
        outcome::{FailureClass, HookFailure},
    },
};
use tokio::time::{Instant, timeout_at};

use self::generation::Generations;
use crate::{
    exchange::{Outgoing, Oversize, Response, converse},
    failure::{self, Lost},
    headers,
    resolve::{GuardedResolver, ResolveHost, SystemResolver},
};

/// An HTTP client that only connects where the operator's policy allows.
///
/// Creating one is cheap: TLS set-up and the underlying client wait for the first request. Share one per process,
/// behind an `Arc`; it keeps connections open for the next request.
pub struct GuardedClient {
    policy: Arc<EgressPolicy>,
    generations: Generations,
}

/// The limits of one exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The wall clock, for the age of pooled connections.
    pub(crate) now: SystemTime,
    /// When the whole response must have arrived.
    pub(crate) deadline: Deadline,
    /// What to do with a response that is too large.
    pub(crate) oversize: Oversize,
}

impl GuardedClient {
    /// A client with the resolver of the operating system.
    pub fn new(policy: EgressPolicy) -> Self {
        Self::with_resolver(policy, Arc::new(SystemResolver))
    }

    /// A client with a custom resolver.
    pub fn with_resolver(policy: EgressPolicy, resolver: Arc<dyn ResolveHost>) -> Self {
        let policy = Arc::new(policy);
        let resolver = GuardedResolver::new(Arc::clone(&policy), resolver);
        Self {
            generations: Generations::new(resolver, policy.authorities.clone()),
            policy,
        }
    }

    /// One exchange: checked, sent, and answered in full by the deadline.
    ///
    /// `shown_url` is the URL as the hook's author wrote it, without the values of references: its literal parts may
    /// appear in messages.
    pub(crate) async fn exchange(
        &self,
        outgoing: Outgoing,
        shown_url: &str,
        limits: Limits,
    ) -> Result<Response, HookFailure> {
        self.policy
            .check_url(&outgoing.url)
            .map_err(|error| failure::refused(&error, shown_url))?;
        let started = Instant::now();
        let budget = limits.deadline.remaining();
        if budget.is_zero() {
            return Err(HookFailure::new(
                FailureClass::Timeout,
                "no time was left to send the request",
            ));
        }
        timeout_at(limits.deadline.instant(), self.deliver(outgoing, limits))
            .await
            .unwrap_or_else(|_| Err(failure::timeout(started.elapsed(), budget)))
    }

    /// Sends the request, with one retry if it was lost with a kept connection. The HTTP client itself retries requests
    /// that were never written, which the endpoint cannot notice.
    async fn deliver(
        &self,
        mut outgoing: Outgoing,
        limits: Limits,
    ) -> Result<Response, HookFailure> {
        let client = self.generations.current(limits.now)?;
        match converse(&client, &outgoing, limits.oversize).await {
            Err(Lost::WithKeptConnection(_)) if outgoing.repeatable => {
                headers::renew_deadline(&mut outgoing.headers, limits.deadline);
                let client = self.generations.fresh()?;
                converse(&client, &outgoing, limits.oversize).await
            }
            other => other,
        }
        .map_err(Lost::into_failure)
    }
}

impl fmt::Debug for GuardedClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GuardedClient")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
