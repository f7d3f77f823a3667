//! A day of an installation: containers come and go with its events, and request what they need.

use super::{
    Millis,
    calls::{Call, Calls},
    container::{Container, Hooks, Scheme},
    random::Random,
};

/// Events of the day.
pub(super) const EVENTS: u64 = 1_000_000;
const DAY: Millis = 24 * 3_600 * 1_000;
/// How much more there are at noon than on average, as a share.
const SWING: f64 = 0.8;
/// When Lambda removes a container without events. AWS names no time; 5 to 15 minutes are observed.
pub(super) const IDLE: Millis = 10 * 60 * 1_000;
/// Assumed billed time of starting a container; not measured on AWS.
pub(super) const INIT: Millis = 60;

/// The events of a function, and its hooks.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Of 100 events.
    pub(super) share: u64,
    /// How long an event takes and is billed, with the records that are written behind it.
    pub(super) takes: Millis,
    hooks: Hooks,
}

/// One application with four stages. The times are those of the cost table in `docs/deploy.md`.
pub(super) const KINDS: [Kind; 4] = [
    kind("a static hook", 40, 10, 0, false),
    kind("a script of a few lines with a secret", 30, 12, 1, false),
    kind("a webhook that takes 150 ms, signed", 20, 160, 2, false),
    kind("the same webhook, asynchronous", 10, 25, 0, true),
];
/// The delivery of an asynchronous webhook, one message at a time.
const DELIVERY: Kind = Kind {
    name: "the worker",
    share: 0,
    takes: 160,
    hooks: Hooks {
        versions: 1,
        set: 2,
        unset: 0,
        asynchronous: false,
        records: true,
        worker: true,
    },
};

const fn kind(
    name: &'static str,
    share: u64,
    takes: Millis,
    set: usize,
    asynchronous: bool,
) -> Kind {
    let hooks = Hooks {
        versions: 1,
        set,
        unset: 0,
        asynchronous,
        records: !asynchronous,
        worker: false,
    };
    Kind {
        name,
        share,
        takes,
        hooks,
    }
}

/// What the day had.
#[derive(Debug, Default)]
pub(super) struct Day {
    pub(super) calls: Calls,
    /// Events and deliveries that a function handled.
    pub(super) invocations: u64,
    /// The part that deliveries are.
    pub(super) deliveries: u64,
    /// Billed time.
    pub(super) billed: Millis,
    /// Containers started, and the most at once.
    pub(super) started: u64,
    pub(super) most: usize,
}

pub(super) fn simulate(seed: u64) -> Day {
    let mut random = Random::new(seed);
    let mut day = Day::default();
    for kind in &KINDS {
        let mut delivered = Vec::new();
        let arrivals = arrivals(EVENTS * kind.share / 100, &mut random);
        let ends = run(kind, &arrivals, &mut random, &mut day);
        if kind.hooks.asynchronous {
            delivered.extend(ends);
        }
        if delivered.is_empty() {
            continue;
        }
        delivered.sort_unstable();
        day.deliveries += u64::try_from(delivered.len()).unwrap_or(0);
        for at in &delivered {
            day.calls.add(Call::ReceiveMessage, *at, 1);
            day.calls.add(Call::DeleteMessage, *at + DELIVERY.takes, 1);
        }
        run(&DELIVERY, &delivered, &mut random, &mut day);
    }
    day
}

/// Times of about `count` events, more of them at noon than at midnight.
fn arrivals(count: u64, random: &mut Random) -> Vec<Millis> {
    let per_second = real(count) / real(DAY / 1_000);
    let most = per_second * (1.0 + SWING);
    let mut times = Vec::new();
    let mut now = 0;
    loop {
        now += random.gap(most);
        if now >= DAY {
            return times;
        }
        let angle = std::f64::consts::TAU * real(now) / real(DAY);
        if random.unit() * most < per_second * (1.0 - SWING * angle.cos()) {
            times.push(now);
        }
    }
}

/// Runs the events of one function; returns when each ended. Lambda is taken to choose the container that was busy last.
fn run(kind: &Kind, arrivals: &[Millis], random: &mut Random, day: &mut Day) -> Vec<Millis> {
    let mut containers: Vec<(Millis, Container)> = Vec::new();
    let mut ends = Vec::with_capacity(arrivals.len());
    for now in arrivals {
        containers.retain(|(free, _)| *free + IDLE > *now);
        let free = (0..containers.len())
            .filter(|index| containers[*index].0 <= *now)
            .max_by_key(|index| containers[*index].0);
        let (index, init) = free.map_or_else(
            || {
                let container = Container::new(Scheme::Single, kind.hooks, random);
                containers.push((0, container));
                (containers.len() - 1, INIT)
            },
            |index| (index, 0),
        );
        day.started += u64::from(init > 0);
        day.most = day.most.max(containers.len());
        let (free, container) = &mut containers[index];
        container.event(*now, &mut day.calls);
        *free = now + init + kind.takes;
        ends.push(*free);
        day.invocations += 1;
        day.billed += init + kind.takes;
    }
    ends
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn real(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::OnceLock;

    use super::*;

    /// A day, simulated once for all tests.
    pub(in crate::scale) fn day() -> &'static Day {
        static DAY: OnceLock<Day> = OnceLock::new();
        DAY.get_or_init(|| simulate(1))
    }

    #[test]
    fn a_day_has_its_events_and_every_asynchronous_one_is_delivered() {
        assert_eq!(KINDS.iter().map(|kind| kind.share).sum::<u64>(), 100);
        let day = day();
        let events = day.invocations - day.deliveries;
        assert!((990_000..1_010_000).contains(&events), "{events}");
        assert!((95_000..105_000).contains(&day.deliveries));
        assert_eq!(day.calls.total(Call::SendMessage), day.deliveries);
        assert_eq!(day.calls.total(Call::DeleteMessage), day.deliveries);
        // A record for each run.
        assert_eq!(day.calls.total(Call::BatchWriteItem), events);
    }

    #[test]
    fn caches_keep_reads_far_below_one_for_each_event() {
        let day = day();
        let events = day.invocations;
        let reads = day.calls.total(Call::GetItem) + day.calls.total(Call::Query);
        assert!(reads < events / 4, "{reads}");
        assert!(day.calls.total(Call::GetSecretValue) < events / 50);
        assert!(day.started < events / 200, "{}", day.started);
    }
}
