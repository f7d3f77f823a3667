//! Many containers that start within seconds: what they request, second by second.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use hookpoint_engine::application::sources::SECRETS_REFRESH_AFTER;

use super::{
    Millis,
    calls::{Call, Calls},
    container::{Container, Hooks, Scheme},
    millis,
    quota::{self, Quota},
    random::Random,
    text::number,
};
use crate::markdown::Table;

/// Containers that start evenly and then get an event a second each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) containers: usize,
    pub(super) within: Duration,
    pub(super) lasts: Duration,
    pub(super) hooks: Hooks,
}

impl Default for Start {
    /// What Lambda allows one function; a webhook with a secret and a name without a value, and an asynchronous hook.
    fn default() -> Self {
        Self {
            containers: 1_000,
            within: Duration::from_secs(10),
            lasts: SECRETS_REFRESH_AFTER * 2,
            hooks: Hooks {
                versions: 2,
                set: 1,
                unset: 1,
                asynchronous: true,
                records: true,
                worker: false,
            },
        }
    }
}

impl Start {
    /// What is requested.
    pub(super) fn calls(&self, scheme: Scheme, seed: u64) -> Calls {
        let mut random = Random::new(seed);
        let mut calls = Calls::default();
        let mut containers: Vec<Container> = (0..self.containers)
            .map(|_| Container::new(scheme, self.hooks, &mut random))
            .collect();
        let within = usize::try_from(millis(self.within)).unwrap_or(usize::MAX);
        let mut events: BinaryHeap<Reverse<(Millis, usize)>> = (0..containers.len())
            .map(|index| {
                let at = u64::try_from(random.below(within)).unwrap_or(0);
                Reverse((at, index))
            })
            .collect();
        while let Some(Reverse((now, index))) = events.pop() {
            if now >= millis(self.lasts) {
                continue;
            }
            containers[index].event(now, &mut calls);
            events.push(Reverse((now + random.gap(1.0).max(1), index)));
        }
        calls
    }

    /// The peaks before and after, beside the quotas.
    pub(super) fn table(&self, seed: u64) -> String {
        let [before, after] =
            [Scheme::Batch, Scheme::Single].map(|scheme| self.calls(scheme, seed));
        let start = usize::try_from(self.within.as_secs()).unwrap_or(0);
        let end = usize::try_from(self.lasts.as_secs()).unwrap_or(0);
        let mut table = Table::new(&[
            "requests a second",
            "before, at the start",
            "before, later: average, most",
            "today, at the start",
            "today, later: average, most",
            "quota",
        ]);
        for (call, quota) in ROWS {
            let at_start = |calls: &Calls| number(calls.peak(*call, 0, start));
            let later = |calls: &Calls| {
                let average = number(calls.average(*call, start, end));
                format!("{average}, {}", number(calls.peak(*call, start, end)))
            };
            table.row(&[
                call.name(),
                &at_start(&before),
                &later(&before),
                &at_start(&after),
                &later(&after),
                &quota.map_or("–".to_owned(), |quota| number(quota.limit)),
            ]);
        }
        let units = |calls: &Calls, from, to| number(written(calls, from, to));
        table.row(&[
            "DynamoDB write units, with those of the deliveries",
            &units(&before, 0, start),
            &units(&before, start, end),
            &units(&after, 0, start),
            &units(&after, start, end),
            &number(quota::TABLE_WRITES.limit),
        ]);
        let over = |calls: &Calls, call, quota: Quota| number(calls.over(call, quota.limit));
        format!(
            "{}\nRequests over the quota of secrets in these {} minutes: {} before, {} today.\n",
            table.into_text(),
            self.lasts.as_secs() / 60,
            over(
                &before,
                Call::BatchGetSecretValue,
                quota::BATCH_GET_SECRET_VALUE
            ),
            over(&after, Call::GetSecretValue, quota::GET_SECRET_VALUE),
        )
    }
}

/// A record and the locator of its event, each of up to 1 KB.
const UNITS: u64 = 2;

/// The most write units in a second: of the runs that events wait for, and of as many deliveries as were queued in a second.
fn written(calls: &Calls, from: usize, to: usize) -> u64 {
    UNITS * (calls.peak(Call::BatchWriteItem, from, to) + calls.peak(Call::SendMessage, from, to))
}

const ROWS: &[(Call, Option<Quota>)] = &[
    (Call::GetItem, Some(quota::PARTITION_READS)),
    (Call::Query, Some(quota::PARTITION_READS)),
    (Call::BatchWriteItem, None),
    (
        Call::BatchGetSecretValue,
        Some(quota::BATCH_GET_SECRET_VALUE),
    ),
    (Call::GetSecretValue, Some(quota::GET_SECRET_VALUE)),
    (Call::Decrypt, Some(quota::KMS)),
    (Call::SendMessage, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_scheme_was_over_its_quota_and_todays_is_far_below() {
        let start = Start::default();
        for seed in 1..=3 {
            let before = start.calls(Scheme::Batch, seed);
            let quota = quota::BATCH_GET_SECRET_VALUE.limit;
            assert!(before.peak(Call::BatchGetSecretValue, 0, 10) > quota);
            assert!(before.peak(Call::BatchGetSecretValue, 60, 300) > quota);
            assert!(before.over(Call::BatchGetSecretValue, quota) > 500);
            let after = start.calls(Scheme::Single, seed);
            assert!(after.peak(Call::GetSecretValue, 0, 600) < quota::GET_SECRET_VALUE.limit / 10);
            assert_eq!(
                after.over(Call::GetSecretValue, quota::GET_SECRET_VALUE.limit),
                0
            );
            assert_eq!(after.total(Call::BatchGetSecretValue), 0);
            assert!(after.peak(Call::Decrypt, 0, 600) < quota::KMS.limit / 10);
        }
    }

    #[test]
    fn refreshes_of_secrets_are_spread_over_their_lifetime() {
        let calls = Start::default().calls(Scheme::Single, 1);
        let first = calls.peak(Call::GetSecretValue, 0, 10);
        let refresh = calls.peak(Call::GetSecretValue, 60, 600);
        assert!(refresh * 4 < first, "{refresh} beside {first}");
    }

    #[test]
    fn a_scale_out_of_one_application_stays_within_a_partition() {
        let calls = Start::default().calls(Scheme::Single, 1);
        // Eventually consistent reads of up to 4 KB cost half a unit.
        for call in [Call::GetItem, Call::Query] {
            assert!(calls.peak(call, 0, 600) < quota::PARTITION_READS.limit / 4);
        }
        // The runs that events wait for, with their locators: those of the deliveries come on top.
        assert!(calls.peak(Call::BatchWriteItem, 0, 600) * UNITS < quota::TABLE_WRITES.limit);
        let all = written(&calls, 0, 600);
        let limit = quota::TABLE_WRITES.limit;
        assert!((limit * 9 / 10..limit * 13 / 10).contains(&all), "{all}");
    }
}
