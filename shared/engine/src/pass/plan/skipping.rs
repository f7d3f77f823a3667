//! Why a binding is skipped, and the report of that.

use std::time::SystemTime;

use crate::{
    application::{
        Application,
        binding::{Binding, Mode},
        condition::Unmet,
    },
    continuation::Step,
    event::Event,
    hook::HookReference,
    record::report::{BoundHook, EventIdentity, RunOutcome, RunReport, SkipReason},
};

/// Why a binding is skipped.
pub(super) struct LeftOut<'a> {
    reason: SkipReason,
    unmet: Option<Unmet<'a>>,
}

impl LeftOut<'_> {
    pub(super) fn report(
        self,
        event: EventIdentity<'_>,
        binding: &Binding,
        now: SystemTime,
    ) -> RunReport {
        let mut report = skip(event, binding, &binding.hook, self.reason, now);
        report.record.error = self.unmet.map(|unmet| unmet.to_string());
        report
    }
}

/// Why this binding is skipped for this event, or `None` if it runs.
pub(super) fn reason_to_skip<'a>(
    application: &Application,
    event: &'a Event,
    binding: &'a Binding,
) -> Option<LeftOut<'a>> {
    if application.is_paused(event.stage(), &binding.id) {
        return Some(LeftOut {
            reason: SkipReason::Paused,
            unmet: None,
        });
    }
    let unmet = binding.when.unmet(event.body())?;
    Some(LeftOut {
        reason: if unmet.is_absent {
            SkipReason::ConditionAbsent
        } else {
            SkipReason::ConditionNotMet
        },
        unmet: Some(unmet),
    })
}

/// The report of a binding that is skipped.
pub(super) fn skip(
    event: EventIdentity<'_>,
    binding: &Binding,
    hook: &HookReference,
    reason: SkipReason,
    now: SystemTime,
) -> RunReport {
    let bound = BoundHook::of(binding, &hook.name, hook.version);
    RunReport::new(event, bound, now, RunOutcome::Skipped(reason))
}

/// The report of a step whose binding was removed.
pub(super) fn unbound(event: EventIdentity<'_>, step: &Step, now: SystemTime) -> RunReport {
    let bound = BoundHook {
        binding: &step.binding,
        target: &step.target,
        hook: &step.hook.name,
        version: step.hook.version,
        mode: Mode::Synchronous,
    };
    let outcome = RunOutcome::Skipped(SkipReason::Unbound);
    RunReport::new(event, bound, now, outcome)
}
