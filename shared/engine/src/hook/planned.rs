//! A binding together with the hook version that runs.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use crate::{
    application::{Application, binding::Binding},
    continuation::Step,
    hook::Hook,
    identifier::SecretName,
    record::report::{BoundHook, EventIdentity, RunOutcome, RunReport, SkipReason},
};

/// A binding together with the hook version it runs.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) binding: Arc<Binding>,
    pub(crate) hook: Arc<Hook>,
}

impl Planned {
    /// A report for a hook that is starting to run.
    pub(crate) fn report(&self, event: EventIdentity<'_>, started: SystemTime) -> RunReport {
        let Self { binding, hook } = self;
        let bound = BoundHook::of(binding, &hook.name, hook.version);
        let mut report = RunReport::new(event, bound, started, RunOutcome::Ok);
        report.record.kind = Some(hook.body.implementation.kind());
        report
    }

    /// A report for a hook that was not reached.
    pub(crate) fn not_reached(&self, event: EventIdentity<'_>, now: SystemTime) -> RunReport {
        let mut report = self.report(event, now);
        report.end(RunOutcome::Skipped(SkipReason::NotReached));
        report
    }

    /// This hook's step in a continuation.
    pub(crate) fn step(&self) -> Step {
        let Self { binding, hook } = self;
        let bound = &binding.hook;
        let is_bound = (&bound.name, bound.version) == (&hook.name, hook.version);
        Step {
            target: binding.target.clone(),
            binding: binding.id.clone(),
            // Copying the binding's hash is faster than hashing the body.
            hook: if is_bound {
                bound.clone()
            } else {
                hook.reference()
            },
        }
    }

    /// The secrets this run may use: the name in the hook, and the name it is bound to.
    pub(crate) fn secret_names(&self) -> impl Iterator<Item = (&SecretName, &SecretName)> {
        self.hook
            .body
            .secrets
            .iter()
            .map(|name| (name, self.binding.secrets.get(name).unwrap_or(name)))
    }

    /// The secrets this run may use, by the names they are bound to.
    pub(crate) fn meant_secrets(&self) -> Vec<SecretName> {
        self.secret_names()
            .map(|(_, meant)| meant.clone())
            .collect()
    }

    /// The secret that a name in the hook is bound to; `None` when the hook does not declare it.
    pub(crate) fn meaning(&self, name: &SecretName) -> Option<&SecretName> {
        self.secret_names()
            .find(|(known, _)| *known == name)
            .map(|(_, meant)| meant)
    }

    /// The application's variables, overridden by the binding's.
    pub(crate) fn variables<'a>(
        &'a self,
        application: &'a Application,
    ) -> BTreeMap<&'a str, &'a str> {
        let all = application.variables.iter().chain(&self.binding.variables);
        all.map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}
