//! Circuit breakers: a dead endpoint is not called for every event.
//!
//! After ten transport failures in a row, a binding's failure policy applies for an application without a call for 30 seconds; then one
//! call probes the endpoint. The state is per process, so each Lambda container has its own.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use hookpoint_stages::Stage;

use crate::{
    application::binding::Target,
    identifier::{ApplicationId, BindingId},
};

/// Number of consecutive transport failures that open a circuit.
pub const FAILURES_TO_OPEN: u32 = 10;
/// How long a circuit stays open before a probe.
pub const OPEN_FOR: Duration = Duration::from_secs(30);

/// Whose calls go to one endpoint. The applications of an identity store may have endpoints of their own, by their variables, and a new
/// version of a hook starts with a closed circuit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CircuitKey {
    /// The stage.
    pub stage: Stage,
    /// The application of the event.
    pub application: ApplicationId,
    /// What the hook is bound on.
    pub target: Target,
    /// The binding.
    pub binding: BindingId,
    /// The hook's version.
    pub version: u32,
}

/// The circuits of a process. Only bindings with recent failures are stored.
#[derive(Debug, Default)]
pub struct Circuits(Mutex<HashMap<CircuitKey, Circuit>>);

#[derive(Debug, Default)]
struct Circuit {
    failures: u32,
    /// No calls are made until this time; set while the circuit is open.
    closed_to_calls_until: Option<SystemTime>,
}

impl Circuits {
    /// Closes every circuit.
    pub fn reset(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Whether a call may be made. Once an open circuit has waited long enough, one caller may probe.
    pub fn admits(&self, key: &CircuitKey, now: SystemTime) -> bool {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = circuits
            .get_mut(key)
            .and_then(|circuit| circuit.closed_to_calls_until.as_mut())
        else {
            return true;
        };
        if now < *until {
            return false;
        }
        // This caller probes; the others wait as if the probe had failed.
        *until = now + OPEN_FOR;
        true
    }

    /// Records the result of a call. Anything but a transport failure closes the circuit.
    pub fn record(&self, key: &CircuitKey, transport_failure: bool, now: SystemTime) {
        let mut circuits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !transport_failure {
            circuits.remove(key);
            return;
        }
        let circuit = circuits.entry(key.clone()).or_default();
        circuit.failures += 1;
        if circuit.failures >= FAILURES_TO_OPEN {
            circuit.closed_to_calls_until = Some(now + OPEN_FOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_open_it_for_thirty_seconds_then_one_probe_decides() {
        let circuits = Circuits::default();
        let key = CircuitKey {
            stage: Stage::BeforeRegistration,
            application: "shop".parse().unwrap(),
            target: Target::Store("people".parse().unwrap()),
            binding: "crm".parse().unwrap(),
            version: 1,
        };
        let other = CircuitKey {
            application: "bank".parse().unwrap(),
            ..key.clone()
        };
        let start = SystemTime::UNIX_EPOCH;
        for _ in 0..FAILURES_TO_OPEN {
            assert!(circuits.admits(&key, start));
            circuits.record(&key, true, start);
        }
        assert!(!circuits.admits(&key, start + Duration::from_secs(29)));
        assert!(circuits.admits(&other, start), "another application's");
        assert!(circuits.admits(&key, start + OPEN_FOR), "the probe");
        assert!(!circuits.admits(&key, start + OPEN_FOR), "only one");
        circuits.record(&key, true, start + OPEN_FOR);
        assert!(
            !circuits.admits(&key, start + OPEN_FOR + Duration::from_secs(29)),
            "a failed probe opens it again"
        );
        let later = start + OPEN_FOR * 2;
        assert!(circuits.admits(&key, later));
        circuits.record(&key, false, later);
        assert!(circuits.admits(&key, later));
        circuits.record(&key, true, later);
        assert!(circuits.admits(&key, later), "the count restarted");
    }
}
