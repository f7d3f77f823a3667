//! One endpoint that no longer answers: the concurrency that its stage takes from all others.
//!
//! The circuits are the engine's, one for each container.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    application::binding::{SYNCHRONOUS_TIMEOUT, Target},
    hook::circuit::{CircuitKey, Circuits},
    identifier::ApplicationId,
    pass::RESPONSE_RESERVE,
    stages::Stage,
};

use super::{
    Millis, millis,
    quota::{CONCURRENCY, UNRESERVED},
    random::Random,
    text::{number, percent},
};
use crate::markdown::Table;

/// Events a second of the stage with the dead endpoint.
pub(super) const EVENTS: f64 = 350.0;
/// Events a second of all other stages, and how long each takes.
pub(super) const OTHERS: (f64, Millis) = (500.0, 200);
/// How long an event takes whose hook is not called.
const QUICK: Millis = 5;
/// How long it is simulated, and from when it counts as settled.
const LASTS: Millis = 300_000;
const SETTLED: Millis = 120_000;

/// What protects the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Protection {
    pub(super) circuit: bool,
    pub(super) reserved: Option<u64>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Most executions of the stage at once.
    pub(super) peak: u64,
    /// Executions of the stage at once, on average once it has settled.
    pub(super) settled: u64,
    /// Events of the stage: all, refused for lack of concurrency.
    pub(super) own: (u64, u64),
    /// Events of the other stages: all, refused.
    pub(super) others: (u64, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Arrival,
    OtherArrival,
    /// A container is free again; whether its call failed.
    End(usize, bool),
    OtherEnd,
}

pub(super) fn simulate(protection: Protection, seed: u64) -> Result<Outcome, anyhow::Error> {
    let application: ApplicationId = "shop".parse()?;
    let key = CircuitKey {
        stage: Stage::BeforeRegistration,
        target: Target::Application(application.clone()),
        application,
        binding: "crm".parse()?,
        version: 1,
    };
    let hang = millis(SYNCHRONOUS_TIMEOUT.saturating_sub(RESPONSE_RESERVE));
    let mut random = Random::new(seed);
    let mut steps = BinaryHeap::from([
        Reverse((0, Step::Arrival)),
        Reverse((0, Step::OtherArrival)),
    ]);
    let mut containers: Vec<Circuits> = Vec::new();
    let mut idle: Vec<usize> = Vec::new();
    let (mut busy, mut others_busy, mut area, mut last) = (0, 0, 0, 0);
    let mut outcome = Outcome::default();
    // Concurrency that others may not use is set aside even if the stage does not need it.
    let free_for_others = CONCURRENCY.limit - protection.reserved.unwrap_or(0);
    while let Some(Reverse((now, step))) = steps.pop() {
        if now >= LASTS {
            break;
        }
        if now > SETTLED {
            area += busy * (now - last.max(SETTLED));
        }
        last = now;
        match step {
            Step::Arrival => {
                steps.push(Reverse((now + random.gap(EVENTS), Step::Arrival)));
                outcome.own.0 += 1;
                let has_room = match protection.reserved {
                    Some(reserved) => busy < reserved,
                    None => busy + others_busy < CONCURRENCY.limit,
                };
                if !has_room {
                    outcome.own.1 += 1;
                    continue;
                }
                let container = if idle.is_empty() {
                    containers.push(Circuits::default());
                    containers.len() - 1
                } else {
                    idle.swap_remove(random.below(idle.len()))
                };
                let calls = !protection.circuit || containers[container].admits(&key, at(now));
                let takes = if calls { hang } else { QUICK };
                steps.push(Reverse((now + takes, Step::End(container, calls))));
                busy += 1;
                outcome.peak = outcome.peak.max(busy);
            }
            Step::End(container, failed) => {
                if failed {
                    containers[container].record(&key, true, at(now));
                }
                busy -= 1;
                idle.push(container);
            }
            Step::OtherArrival => {
                steps.push(Reverse((now + random.gap(OTHERS.0), Step::OtherArrival)));
                outcome.others.0 += 1;
                let shared = if protection.reserved.is_some() {
                    0
                } else {
                    busy
                };
                if shared + others_busy < free_for_others {
                    others_busy += 1;
                    steps.push(Reverse((now + OTHERS.1, Step::OtherEnd)));
                } else {
                    outcome.others.1 += 1;
                }
            }
            Step::OtherEnd => others_busy -= 1,
        }
    }
    outcome.settled = area / (LASTS - SETTLED);
    Ok(outcome)
}

fn at(now: Millis) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(now)
}

const CASES: [(&str, Protection); 4] = [
    ("neither", protection(false, None)),
    ("the circuit", protection(true, None)),
    ("200 reserved", protection(false, Some(200))),
    ("the circuit, 200 reserved", protection(true, Some(200))),
];

const fn protection(circuit: bool, reserved: Option<u64>) -> Protection {
    Protection { circuit, reserved }
}

pub(super) fn table(seed: u64) -> anyhow::Result<String> {
    let mut table = Table::new(&[
        "with",
        "concurrency of the stage: most",
        "after two minutes",
        "its events refused",
        "events of others refused",
    ]);
    for (name, protection) in CASES {
        let outcome = simulate(protection, seed)?;
        table.row(&[
            name,
            &number(outcome.peak),
            &number(outcome.settled),
            &percent(outcome.own.1, outcome.own.0),
            &percent(outcome.others.1, outcome.others.0),
        ]);
    }
    const { assert!(200 + UNRESERVED.limit <= CONCURRENCY.limit) };
    Ok(table.into_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circuit_gives_concurrency_back_and_a_reservation_keeps_it_from_the_others() {
        let [neither, circuit, reserved, both] =
            CASES.map(|(_, protection)| simulate(protection, 1).unwrap());
        assert!(neither.peak + 100 > CONCURRENCY.limit - 100);
        assert!(neither.others.1 * 100 > neither.others.0, "others suffer");
        assert!(circuit.settled * 5 < neither.settled);
        assert!(circuit.others.1 < neither.others.1);
        for outcome in [&reserved, &both] {
            assert!(outcome.peak <= 200);
            assert_eq!(outcome.others.1, 0);
        }
        assert!(reserved.own.1 * 2 > reserved.own.0, "its own callers pay");
        assert!(both.own.1 < reserved.own.1);
    }
}
