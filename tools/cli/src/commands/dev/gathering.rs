//! Gathers what belongs to one event: first the response, then the records of its runs.

use std::{collections::VecDeque, time::Duration};

use hookpoint_devserver::Answered;
use hookpoint_engine::record::RunRecord;
use tokio::time::Instant;

use super::event::Shown;

/// How long an event waits for missing records.
const PATIENCE: Duration = Duration::from_millis(250);
/// Time to the next check when nothing waits.
const IDLE: Duration = Duration::from_hours(1);

/// Events that wait for records, in the order of their responses.
#[derive(Default)]
pub(super) struct Gathering {
    waiting: VecDeque<(Instant, Shown)>,
}

impl Gathering {
    pub(super) fn add(&mut self, answered: Answered) {
        let until = Instant::now() + PATIENCE;
        let shown = Shown::Event {
            answered,
            runs: Vec::new(),
        };
        self.waiting.push_back((until, shown));
    }

    /// Adds a run to its event; a run whose event is not here is shown by itself.
    pub(super) fn add_run(&mut self, record: RunRecord) {
        let event = self.waiting.iter_mut().find_map(|(_, shown)| match shown {
            Shown::Event { answered, runs } if answered.correlation_id == record.correlation_id => {
                Some(runs)
            }
            _ => None,
        });
        match event {
            Some(runs) => runs.push(record),
            None => self.waiting.push_back((Instant::now(), Shown::Run(record))),
        }
    }

    pub(super) fn add_delivery(&mut self, record: RunRecord) {
        let shown = Shown::Delivery(record);
        self.waiting.push_back((Instant::now(), shown));
    }

    /// When the first is to be shown.
    pub(super) fn due(&self) -> Instant {
        let first = self.waiting.front();
        first.map_or_else(|| Instant::now() + IDLE, |(until, _)| *until)
    }

    /// What is complete or has waited long enough, in order.
    pub(super) fn take(&mut self, now: Instant) -> Vec<Shown> {
        let mut taken = Vec::new();
        while let Some((until, shown)) = self.waiting.front()
            && (*until <= now || shown.is_complete())
        {
            taken.extend(self.waiting.pop_front().map(|(_, shown)| shown));
        }
        taken
    }
}
