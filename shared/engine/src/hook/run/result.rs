//! The result of a run.

use std::collections::BTreeMap;

use hookpoint_stages::Effect;

use super::{SeenEvent, response_body};
use crate::{
    confidential::Confidential,
    hook::{
        effects::{Dropped, Effects},
        exchange::Exchange,
    },
    identifier::VariableName,
    record::{kept, report::RunReport},
};

/// The result of a run, before it becomes a report.
pub(crate) struct HookResult {
    /// The valid effects.
    pub(crate) effects: Effects,
    /// An upper bound for the size of the response, or of the effects that replace it, as JSON, in bytes.
    pub(crate) size_bound: usize,
    /// The requests that the hook made, and the variables that it saw.
    pub(super) made: Made,
    pub(crate) report: RunReport,
}

/// What a record keeps of a run besides event and response.
#[derive(Default)]
pub(super) struct Made {
    pub(super) exchanges: Vec<Exchange>,
    pub(super) variables: BTreeMap<VariableName, String>,
}

impl HookResult {
    pub(super) fn new(report: RunReport) -> Self {
        Self {
            effects: Effects::default(),
            size_bound: 0,
            made: Made::default(),
            report,
        }
    }

    /// Replaces the hook's effects.
    pub(crate) fn replace_effects(&mut self, effects: Effects) {
        self.size_bound = response_body::effects_bound(&effects);
        self.effects = effects;
    }

    /// Records an effect that does not count, with the reason.
    pub(crate) fn leave_out(&mut self, effect: Effect, reason: String) {
        self.report.record.dropped.push(Dropped {
            path: effect.as_str().to_owned(),
            reason,
        });
    }

    /// Creates the report, with the event and the effects, redacted, if the application keeps them.
    pub(crate) fn into_report(
        self,
        confidential: &Confidential<'_>,
        kept_event: Option<&SeenEvent<'_>>,
    ) -> RunReport {
        let Self {
            effects,
            mut report,
            made,
            ..
        } = self;
        let record = &mut report.record;
        record.effects = effects
            .iter()
            .map(|(effect, _)| effect.as_str().to_owned())
            .collect();
        record.kept = kept_event.map(|event| {
            let mut kept = event.kept(confidential, effects.into());
            kept.variables = made.variables;
            kept.requests = kept::requests(made.exchanges, confidential);
            kept
        });
        report
    }
}
