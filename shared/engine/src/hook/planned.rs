//! A hook at its place: a binding with the version that runs.

use std::{collections::HashMap, sync::Arc, time::SystemTime};

use crate::{
    application::{Application, binding::Binding},
    continuation::Step,
    hook::{Hook, HookReference},
    identifier::SecretName,
    record::report::{BoundHook, EventIdentity, RunOutcome, RunReport, SkipReason},
};

/// A binding with the hook version it runs.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) binding: Arc<Binding>,
    pub(crate) hook: Arc<Hook>,
}

impl Planned {
    /// The report of a hook that runs and has nothing else to say yet.
    pub(crate) fn report(&self, event: EventIdentity<'_>, started: SystemTime) -> RunReport {
        let Self { binding, hook } = self;
        let bound = BoundHook::of(binding, &hook.name, hook.version);
        let mut report = RunReport::new(event, bound, started, RunOutcome::Ok);
        report.record.kind = Some(hook.body.implementation.kind());
        report
    }

    /// The report of a hook whose turn did not come.
    pub(crate) fn not_reached(&self, event: EventIdentity<'_>, now: SystemTime) -> RunReport {
        let mut report = self.report(event, now);
        report.end(RunOutcome::Skipped(SkipReason::NotReached));
        report
    }

    /// The place of this hook in a continuation.
    pub(crate) fn step(&self) -> Step {
        Step {
            target: self.binding.target.clone(),
            binding: self.binding.id.clone(),
            hook: HookReference {
                name: self.hook.name.clone(),
                version: self.hook.version,
                sha256: self.hook.body.sha256(),
            },
        }
    }

    /// The secrets this run may use: the name the hook knows, and the name it means here.
    pub(crate) fn secret_names(&self) -> impl Iterator<Item = (&SecretName, &SecretName)> {
        self.hook
            .body
            .secrets
            .iter()
            .map(|name| (name, self.binding.secrets.get(name).unwrap_or(name)))
    }

    /// The secrets this run may use, by the names they have here.
    pub(crate) fn meant_secrets(&self) -> Vec<SecretName> {
        self.secret_names()
            .map(|(_, meant)| meant.clone())
            .collect()
    }

    /// Which secret a name of the hook means here; none when the hook does not declare it.
    pub(crate) fn meaning(&self, name: &SecretName) -> Option<&SecretName> {
        self.secret_names()
            .find(|(known, _)| *known == name)
            .map(|(_, meant)| meant)
    }

    /// Variables: the binding's over the application's.
    pub(crate) fn variables<'a>(
        &'a self,
        application: &'a Application,
    ) -> HashMap<&'a str, &'a str> {
        let all = application.variables.iter().chain(&self.binding.variables);
        all.map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}
