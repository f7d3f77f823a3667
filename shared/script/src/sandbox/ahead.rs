//! Prepares hooks ahead of their runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hookpoint_engine::{
    deadline::Deadline,
    hook::{Hook, HookBody},
};
use hookpoint_script_protocol::SOURCE_LIMIT;
use tokio::{sync::watch, time::timeout_at};

use super::{Inner, steps};
use crate::machine::Clocks;

/// The hooks that are being prepared, each until its sender is dropped.
#[derive(Default)]
pub(super) struct Preparing(Mutex<Vec<(Arc<HookBody>, watch::Receiver<()>)>>);

impl Preparing {
    /// Returns a guard that keeps a hook listed; `None` if it is listed.
    fn begin(&self, body: &Arc<HookBody>) -> Option<watch::Sender<()>> {
        let mut hooks = self.hooks();
        if hooks.iter().any(|(listed, _)| Arc::ptr_eq(listed, body)) {
            return None;
        }
        let (guard, preparing) = watch::channel(());
        hooks.push((Arc::clone(body), preparing));
        Some(guard)
    }

    fn of(&self, body: &Arc<HookBody>) -> Option<watch::Receiver<()>> {
        let hooks = self.hooks();
        let listed = hooks.iter().find(|(listed, _)| Arc::ptr_eq(listed, body))?;
        Some(listed.1.clone())
    }

    fn hooks(&self) -> MutexGuard<'_, Vec<(Arc<HookBody>, watch::Receiver<()>)>> {
        let mut hooks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hooks.retain(|(_, preparing)| preparing.has_changed().is_ok());
        hooks
    }
}

impl Inner {
    /// Begins to prepare a hook, unless it is prepared or no place is free. Its run reports what fails.
    pub(super) fn prepare_ahead(self: &Arc<Self>, hook: &Hook, deadline: Deadline) {
        let script = hook.body.implementation.as_script();
        let can_run = script.is_some_and(|script| script.source.len() <= SOURCE_LIMIT);
        if !can_run || self.templates.get(hook).is_some() {
            return;
        }
        let (Ok(threads), Some(guard)) = (self.threads(), self.preparing.begin(&hook.body)) else {
            return;
        };
        let (inner, hook) = (Arc::clone(self), hook.clone());
        let _ = threads.start(move || {
            let _guard = guard;
            let Ok(_place) = inner.places.try_acquire() else {
                return;
            };
            if let Ok(machine) = inner.machine() {
                let clocks = Clocks::ending(deadline.instant().into_std());
                drop(steps::ready(&inner, &machine, &hook, clocks));
            }
        });
    }

    /// Waits until a hook is prepared, if that has begun.
    pub(super) async fn prepared(&self, hook: &Hook, deadline: Deadline) {
        if let Some(mut preparing) = self.preparing.of(&hook.body) {
            let end = Clocks::ending(deadline.instant().into_std()).report;
            // Nothing is sent: the end of the sender is what it waits for.
            let _ = timeout_at(end.into(), preparing.changed()).await;
        }
    }
}
