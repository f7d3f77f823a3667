//! A service of AWS that throttles: which events still get a response, and how many requests it gets.
//!
//! Follows `application/sources` of the engine: a value is used up to an age, and while its store fails up to a higher one; a
//! failure is remembered for a moment, so that a store is not asked by every event.

use std::time::Duration;

use hookpoint_aws::ATTEMPTS;
use hookpoint_engine::application::sources::{
    KEYS_SERVE_FOR, REFRESH_AFTER, RETRY_STORE_AFTER, STALE_SERVES_FOR, secret_lifetime,
};

use super::{
    Millis, millis,
    random::Random,
    text::{number, percent},
};
use crate::markdown::Table;

pub(super) const CONTAINERS: usize = 500;
/// Containers that Lambda replaces each minute, which know nothing.
pub(super) const REPLACED: u64 = 5;
pub(super) const MINUTES: u64 = 20;
/// Requests of one read of a secret: its two ids.
const IDS: u64 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    DynamoDb,
    SecretsManager,
}

/// What a minute of the outage had.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Minute {
    pub(super) events: u64,
    pub(super) refused: u64,
    pub(super) requests: u64,
}

#[derive(Debug, Default, Clone, Copy)]
struct Value {
    loaded: Option<Millis>,
    failed: Option<Millis>,
}

/// How long a value is used: while its store answers, while it fails.
#[derive(Debug, Clone, Copy)]
struct Ages {
    fresh: Millis,
    stale: Millis,
}

impl Value {
    /// Whether there is a value for an event; `read` tries to get a new one.
    fn serves(
        &mut self,
        now: Millis,
        ages: Ages,
        remembers: bool,
        read: impl FnOnce() -> bool,
    ) -> bool {
        let age = self.loaded.map(|loaded| now - loaded);
        if age.is_some_and(|age| age < ages.fresh) {
            return true;
        }
        let failed_now = self
            .failed
            .is_some_and(|failed| now - failed < millis(RETRY_STORE_AFTER));
        if !(remembers && failed_now) {
            if read() {
                *self = Self {
                    loaded: Some(now),
                    failed: None,
                };
                return true;
            }
            self.failed = Some(now);
        }
        age.is_some_and(|age| age < ages.stale)
    }
}

/// A throttled service for twenty minutes; `refused` is the share of its requests that it refuses.
pub(super) fn simulate(service: Service, refused: f64, remembers: bool, seed: u64) -> Vec<Minute> {
    let mut random = Random::new(seed);
    let ages = |stale: Duration, fresh: Duration| Ages {
        fresh: millis(fresh),
        stale: millis(stale),
    };
    // Time begins an hour before the outage, so that ages are never negative.
    let begin = millis(Duration::from_hours(1));
    let mut containers: Vec<(u8, [Value; 2])> = (0..CONTAINERS)
        .map(|_| {
            let spread = random.byte();
            let lifetime = match service {
                Service::DynamoDb => millis(REFRESH_AFTER) / 2,
                Service::SecretsManager => millis(secret_lifetime(spread)),
            };
            let age =
                u64::try_from(random.below(usize::try_from(lifetime).unwrap_or(1))).unwrap_or(0);
            let value = Value {
                loaded: Some(begin - age),
                failed: None,
            };
            (spread, [value; 2])
        })
        .collect();
    let mut minutes = vec![Minute::default(); usize::try_from(MINUTES).unwrap_or(0)];
    for second in 0..MINUTES * 60 {
        let minute = &mut minutes[usize::try_from(second / 60).unwrap_or(0)];
        if second % 60 == 0 {
            for _ in 0..REPLACED {
                let replaced = random.below(CONTAINERS);
                containers[replaced].1 = Default::default();
            }
        }
        for (spread, values) in &mut containers {
            // An event a second, at any time within it.
            let now = begin + second * 1_000 + u64::try_from(random.below(1_000)).unwrap_or(0);
            let kinds: &[(Ages, u64)] = match service {
                Service::DynamoDb => &[
                    (ages(KEYS_SERVE_FOR, REFRESH_AFTER), 1),
                    (ages(STALE_SERVES_FOR, REFRESH_AFTER), 1),
                ],
                Service::SecretsManager => {
                    &[(ages(STALE_SERVES_FOR, secret_lifetime(*spread)), IDS)]
                }
            };
            let mut serves = true;
            for ((ages, ids), value) in kinds.iter().zip(values) {
                serves &= value.serves(now, *ages, remembers, || {
                    (0..*ids).fold(true, |all, _| {
                        let (answered, requests) = read(refused, &mut random);
                        minute.requests += requests;
                        all & answered
                    })
                });
            }
            minute.events += 1;
            minute.refused += u64::from(!serves);
        }
    }
    minutes
}

/// Sends a request until it is accepted, or for the last time; returns whether it was, and how many were sent.
fn read(refused: f64, random: &mut Random) -> (bool, u64) {
    for attempt in 1..=u64::from(ATTEMPTS) {
        if random.unit() >= refused {
            return (true, attempt);
        }
    }
    (false, u64::from(ATTEMPTS))
}

pub(super) fn table(seed: u64) -> String {
    let mut table = Table::new(&[
        "throttled",
        "events refused in minute 1",
        "2",
        "10",
        "20",
        "requests a second in minute 20",
        "if every event asked",
    ]);
    let services = [
        (Service::DynamoDb, "DynamoDB: reads"),
        (Service::SecretsManager, "Secrets Manager"),
    ];
    for (service, name) in services {
        for (refused, share) in [(0.5, "half"), (1.0, "all")] {
            let minutes = simulate(service, refused, true, seed);
            let without = simulate(service, refused, false, seed);
            let of =
                |minute: usize| percent(minutes[minute - 1].refused, minutes[minute - 1].events);
            let requests = |minutes: &[Minute]| number(minutes[19].requests / 60);
            table.row(&[
                &format!("{name}, {share} refused"),
                &of(1),
                &of(2),
                &of(10),
                &of(20),
                &requests(&minutes),
                &requests(&without),
            ]);
        }
    }
    table.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_serves_as_long_as_the_engine_says_and_no_longer() {
        let minutes = simulate(Service::DynamoDb, 1.0, true, 1);
        // Keys are good for a minute from when they were read, which was up to five seconds before.
        assert!(minutes[0].refused * 10 < minutes[0].events);
        assert_eq!(minutes[2].refused, minutes[2].events);
        let minutes = simulate(Service::SecretsManager, 1.0, true, 1);
        assert!(minutes[8].refused * 5 < minutes[8].events);
        assert_eq!(minutes[19].refused, minutes[19].events);
    }

    #[test]
    fn half_of_the_requests_are_enough_for_nearly_every_event() {
        for service in [Service::DynamoDb, Service::SecretsManager] {
            let minutes = simulate(service, 0.5, true, 1);
            let refused: u64 = minutes.iter().map(|minute| minute.refused).sum();
            let events: u64 = minutes.iter().map(|minute| minute.events).sum();
            assert!(refused * 1_000 < events, "{refused} of {events}");
        }
    }

    #[test]
    fn a_remembered_failure_spares_a_throttled_service() {
        for service in [Service::DynamoDb, Service::SecretsManager] {
            let last = |remembers| simulate(service, 1.0, remembers, 1)[19].requests;
            assert!(last(true) * 3 < last(false) * 2);
        }
    }
}
