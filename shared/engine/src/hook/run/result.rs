//! What a run came to.

use super::{SeenEvent, response_body};
use crate::{confidential::Confidential, hook::effects::Effects, record::report::RunReport};

/// A run, on its way from the hook's response to its report.
pub(crate) struct HookResult {
    /// The effects that count.
    pub(crate) effects: Effects,
    /// An upper bound of the size of the response, or of the effects in its place, as JSON, in bytes.
    pub(crate) size_bound: usize,
    pub(crate) report: RunReport,
}

impl HookResult {
    pub(super) fn new(report: RunReport) -> Self {
        Self {
            effects: Effects::default(),
            size_bound: 0,
            report,
        }
    }

    /// Puts other effects in the place of the hook's.
    pub(crate) fn replace_effects(&mut self, effects: Effects) {
        self.size_bound = response_body::object_bound(&effects.clone().into());
        self.effects = effects;
    }

    /// The report; with this event and the effects, redacted, where the application keeps them.
    pub(crate) fn into_report(
        self,
        confidential: &Confidential<'_>,
        kept_event: Option<&SeenEvent>,
    ) -> RunReport {
        let Self {
            effects,
            mut report,
            ..
        } = self;
        let record = &mut report.record;
        record.effects = effects
            .iter()
            .map(|(effect, _)| effect.as_str().to_owned())
            .collect();
        record.kept = kept_event.map(|event| event.kept(confidential, effects.into()));
        report
    }
}
