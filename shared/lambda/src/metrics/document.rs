//! The content of a line: metrics, their dimensions, and properties for searching the log.
//!
//! Every combination of a metric's name and dimension values is billed as one metric. So only values of short lists are
//! dimensions; the names of applications and hooks are properties.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    application::binding::Mode,
    hook::outcome::FailureClass,
    record::{AfterAttempt, RunRecord, RunResultKind, report::AppliedPolicy},
};
use metrique_writer_core::{
    Entry, EntryWriter, MetricFlags, Observation, Unit, Value, ValueWriter, config::EntryDimensions,
};

/// The dimension of every metric: the stack, as an account can have several.
pub(super) const STACK: &str = "Stack";
const STAGE: &str = "Stage";
const OUTCOME: &str = "Outcome";

/// Additional dimensions of metrics by run.
static OF_RUN: EntryDimensions = EntryDimensions::new_static(&[Cow::Borrowed(&[
    Cow::Borrowed(STAGE),
    Cow::Borrowed(OUTCOME),
])]);

/// Metrics of a run, or of an attempt at a delivery.
pub(super) struct Run<'a> {
    pub(super) stack: &'a str,
    pub(super) record: &'a RunRecord,
}

impl Entry for Run<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        let record = self.record;
        writer.config(&OF_RUN);
        write_identity(self.stack, record, writer);
        writer.value("Runs", &Count(1));
        // A skipped hook has no duration.
        if record.result != RunResultKind::Skipped {
            writer.value("Duration", &record.duration());
        }
        if !record.dropped.is_empty() {
            writer.value("DroppedEffects", &Count::of(record.dropped.len()));
        }
        if let Some(delivery) = &record.delivery {
            let name = match delivery.next {
                AfterAttempt::Nothing => "DeliveriesEnded",
                AfterAttempt::Retry => "DeliveriesRetried",
                AfterAttempt::DeadLetter => "DeadLetters",
            };
            writer.value(name, &Count(1));
        }
    }
}

/// A run whose script was killed. One metric for the stack, for an alarm.
pub(super) struct Kill<'a>(Run<'a>);

impl<'a> Kill<'a> {
    pub(super) fn of(stack: &'a str, record: &'a RunRecord) -> Option<Self> {
        let is_kill = FailureClass::ALL
            .iter()
            .any(|class| class.is_kill() && class.as_str() == record.outcome);
        is_kill.then_some(Self(Run { stack, record }))
    }
}

impl Entry for Kill<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        write_identity(self.0.stack, self.0.record, writer);
        writer.value("SandboxKills", &Count(1));
    }
}

/// A synchronous run that failed, so that a failure policy decided in its place. Counted for the stack, for alarms, and
/// for each stage.
pub(super) struct Failure<'a>(Run<'a>);

/// Dimensions beside the stack: none, and the stage.
static OF_FAILURE: EntryDimensions =
    EntryDimensions::new_static(&[Cow::Borrowed(&[]), Cow::Borrowed(&[Cow::Borrowed(STAGE)])]);

impl<'a> Failure<'a> {
    pub(super) fn of(stack: &'a str, record: &'a RunRecord) -> Option<Self> {
        let is_failure = record.mode == Mode::Synchronous && record.result == RunResultKind::Failed;
        is_failure.then_some(Self(Run { stack, record }))
    }
}

impl Entry for Failure<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        let record = self.0.record;
        writer.config(&OF_FAILURE);
        write_identity(self.0.stack, record, writer);
        writer.value("Binding", record.binding.as_str());
        writer.value("FailedRuns", &Count(1));
        if record.policy.as_deref() == Some(AppliedPolicy::Denied.as_str()) {
            writer.value("DeniedByFailure", &Count(1));
        }
        if record.outcome == FailureClass::CircuitOpen.as_str() {
            writer.value("CircuitOpen", &Count(1));
        }
    }
}

/// Metrics that belong to no run.
pub(super) struct Process<'a> {
    pub(super) stack: &'a str,
    pub(super) now: SystemTime,
    pub(super) staleness: Option<Duration>,
    pub(super) records_lost: u64,
}

impl Process<'_> {
    /// Whether all metrics are absent.
    pub(super) fn is_empty(&self) -> bool {
        self.staleness.is_none() && self.records_lost == 0
    }
}

impl Entry for Process<'_> {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(self.now);
        writer.value(STACK, self.stack);
        if let Some(staleness) = &self.staleness {
            writer.value("CacheStaleness", staleness);
        }
        if self.records_lost > 0 {
            writer.value("RecordsLost", &Count(self.records_lost));
        }
    }
}

fn write_identity<'a>(stack: &'a str, record: &'a RunRecord, writer: &mut impl EntryWriter<'a>) {
    writer.timestamp(record.started());
    writer.value(STACK, stack);
    writer.value(STAGE, &record.id.stage.name());
    writer.value(OUTCOME, record.outcome.as_str());
    writer.value("Application", record.id.application.as_str());
    writer.value("Hook", record.hook.as_str());
    // A number would count as a metric.
    writer.value("Version", &record.version.to_string());
    writer.value("CorrelationId", record.correlation_id.as_str());
}

/// A metric with the unit `Count`.
struct Count(u64);

impl Count {
    fn of(number: usize) -> Self {
        Self(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

impl Value for Count {
    fn write(&self, writer: impl ValueWriter) {
        let counted = [Observation::Unsigned(self.0)];
        writer.metric(counted, Unit::Count, [], MetricFlags::empty());
    }
}
