//! The runners of webhooks and scripts.

use std::sync::Arc;

use super::SourceMaps;
use crate::{
    application::binding::Binding,
    deadline::Deadline,
    hook::{Hook, Implementation, circuit::Circuits, egress::EgressPolicy},
    ports::{HookSource, ScriptRunner, WebhookRunner},
};

/// The runners, with their egress policy. One per process, because its circuits are process-wide.
pub struct Runners {
    pub(super) webhooks: Arc<dyn WebhookRunner>,
    pub(super) scripts: Option<Arc<dyn ScriptRunner>>,
    pub(super) egress: EgressPolicy,
    pub(super) circuits: Circuits,
    pub(super) source_maps: Option<SourceMaps>,
}

impl Runners {
    /// Creates runners under a policy. Without a script runner, an event that needs a script is answered with 503.
    pub fn new(
        webhooks: Arc<dyn WebhookRunner>,
        scripts: Option<Arc<dyn ScriptRunner>>,
        egress: EgressPolicy,
    ) -> Self {
        Self {
            webhooks,
            scripts,
            egress,
            circuits: Circuits::default(),
            source_maps: None,
        }
    }

    /// Lets failures of bundles be traced to their files.
    #[must_use]
    pub fn with_source_maps(mut self, hooks: Arc<dyn HookSource>) -> Self {
        self.source_maps = Some(SourceMaps::new(hooks));
        self
    }

    /// Whether hooks of this kind can run in this process.
    pub(crate) fn can_run(&self, implementation: &Implementation) -> bool {
        match implementation {
            Implementation::Static(_) | Implementation::Webhook(_) => true,
            Implementation::Script(_) => self.scripts.is_some(),
        }
    }

    /// Prepares for scripts, which are probably about to run.
    pub(crate) fn expect_scripts(&self) {
        if let Some(scripts) = &self.scripts {
            scripts.expect_run();
        }
    }

    /// Prepares the scripts among bound hooks, each of which probably runs as soon as something else is read.
    pub(crate) fn expect_runs_of<'a>(
        &self,
        bound: impl Iterator<Item = (&'a Binding, &'a Hook)>,
        deadline: Deadline,
    ) {
        if let Some(scripts) = &self.scripts {
            for (binding, hook) in bound {
                if hook.body.implementation.as_script().is_some() {
                    scripts.expect_run_of(hook, deadline.at_most(binding.timeout()));
                }
            }
        }
    }

    /// How the sandbox places the memory of scripts; `None` until a script has run.
    pub(crate) fn placing(&self) -> Option<&'static str> {
        self.scripts.as_ref()?.placing()
    }

    /// Closes all circuits.
    pub(crate) fn close_circuits(&self) {
        self.circuits.reset();
    }
}
