//! Generations of the underlying client, so that no connection outlives its age on the wall clock.
//!
//! A pooled connection idle for more than five seconds of wall-clock time must not be reused. The pool itself measures
//! idle time on the monotonic clock, which may stop while a function is frozen: after the thaw a connection looks young
//! although the endpoint closed it minutes ago, and the next event fails needlessly. So both clocks are compared on
//! each request. If the wall clock ran ahead, there was a freeze, and the client is dropped with its idle connections;
//! running exchanges keep it alive until they end. Building another is cheap: the TLS configuration is shared.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, SystemTime},
};

use hookpoint_engine::hook::{
    egress::Authority,
    outcome::{FailureClass, HookFailure},
};
use reqwest::{redirect, retry};
use tokio::time::Instant;

use super::{
    kept::{Answered, HttpClient},
    tls,
};
use crate::resolve::GuardedResolver;

/// Maximum idle time on the monotonic clock. Together with [`FREEZE`] it stays below the promised five seconds.
const IDLE: Duration = Duration::from_secs(4);
/// How far the wall clock may run ahead before it counts as a freeze.
const FREEZE: Duration = Duration::from_millis(500);
/// How far the wall clock may fall behind before it counts as set back. Callers may pass the time at which their event
/// arrived, which may be as old as an event's time budget.
const SET_BACK: Duration = Duration::from_secs(5);
/// Idle connections kept for one host.
const IDLE_PER_HOST: usize = 32;

/// The default `User-Agent`.
const USER_AGENT: &str = concat!("hookpoint/", env!("CARGO_PKG_VERSION"));

/// The current generation, built at the first request.
pub(crate) struct Generations {
    resolver: GuardedResolver,
    authorities: Vec<Authority>,
    /// Created once, so that a fresh client resumes the TLS sessions of an older one.
    tls: OnceLock<rustls::ClientConfig>,
    current: Mutex<Option<Generation>>,
}

struct Generation {
    client: HttpClient,
    born: Clocks,
}

/// Both clocks, read together.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    wall: SystemTime,
    monotonic: Instant,
}

impl Generations {
    pub(crate) fn new(resolver: GuardedResolver, authorities: Vec<Authority>) -> Self {
        Self {
            resolver,
            authorities,
            tls: OnceLock::new(),
            current: Mutex::new(None),
        }
    }

    /// A client whose idle connections are all young enough.
    pub(crate) fn current(&self, now: SystemTime) -> Result<HttpClient, HookFailure> {
        let now = Clocks {
            wall: now,
            monotonic: Instant::now(),
        };
        // A panic elsewhere cannot leave a generation half built.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(generation) = current.as_ref()
            && !generation.born.jumped(now)
        {
            return Ok(generation.client.clone());
        }
        let client = self.build(IDLE_PER_HOST)?;
        *current = Some(Generation {
            client: client.clone(),
            born: now,
        });
        Ok(client)
    }

    /// A client that opens a new connection for every request and keeps none.
    pub(crate) fn fresh(&self) -> Result<HttpClient, HookFailure> {
        self.build(0)
    }

    fn tls(&self) -> Result<rustls::ClientConfig, HookFailure> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls.clone());
        }
        let tls = tls::configuration(&self.authorities).map_err(|reason| {
            HookFailure::new(
                FailureClass::Connection,
                format!("TLS cannot be set up: {reason}"),
            )
        })?;
        Ok(self.tls.get_or_init(|| tls).clone())
    }

    fn build(&self, idle_per_host: usize) -> Result<HttpClient, HookFailure> {
        let tls = self.tls()?;
        let answered = Answered::default();
        #[expect(
            clippy::disallowed_methods,
            reason = "this builds the guarded client that everything else must use"
        )]
        let builder = reqwest::Client::builder();
        let client = builder
            .tls_backend_preconfigured(tls)
            .dns_resolver(self.resolver.clone())
            .connector_layer(answered.watch())
            .redirect(redirect::Policy::none())
            // Requests never written are retried below this layer; retrying others is our own decision.
            .retry(retry::never())
            .no_proxy()
            .referer(false)
            .http1_only()
            .user_agent(USER_AGENT)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(idle_per_host)
            .build()
            .map_err(|reason| {
                // The error cannot include a URL: there is none yet.
                HookFailure::new(
                    FailureClass::Connection,
                    format!("the HTTP client cannot be set up: {reason}"),
                )
            })?;
        Ok(HttpClient::new(client, answered))
    }
}

impl Clocks {
    /// Whether the wall clock diverged from the monotonic one since `self`.
    fn jumped(self, now: Self) -> bool {
        let progress = now.monotonic.saturating_duration_since(self.monotonic);
        let Some(expected) = self.wall.checked_add(progress) else {
            return true;
        };
        match now.wall.duration_since(expected) {
            Ok(ahead) => ahead > FREEZE,
            Err(behind) => behind.duration() > SET_BACK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_ends_when_the_wall_clock_ran_ahead_or_was_set_back() {
        let born = Clocks {
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
            monotonic: Instant::now(),
        };
        let after = |wall_ms: i64, monotonic_ms: u64| {
            let step = Duration::from_millis(wall_ms.unsigned_abs());
            born.jumped(Clocks {
                wall: if wall_ms < 0 {
                    born.wall - step
                } else {
                    born.wall + step
                },
                monotonic: born.monotonic + Duration::from_millis(monotonic_ms),
            })
        };
        assert!(!after(0, 0));
        assert!(!after(86_400_000, 86_400_000), "both clocks agree");
        assert!(!after(400, 0));
        assert!(after(600, 0), "frozen for 600 ms");
        assert!(after(60_000, 3_000), "frozen for a minute");
        assert!(!after(1_000, 4_000), "the caller passed the event's time");
        assert!(after(-10_000, 0), "set back");
    }
}
