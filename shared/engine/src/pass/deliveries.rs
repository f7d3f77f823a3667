//! Creates the deliveries of a pass, without secrets or passwords.

use std::{iter, sync::Arc};

use serde_json::{Map, Value};

use super::Pass;
use crate::{
    application::binding::Binding,
    confidential::{hide_sensitive, redaction::REDACTED},
    delivery::job::{Job, NewJob},
    event::Event,
    hook::effects::Effects,
    identifier::DeliveryId,
    pass::merge::difference,
    record::report::{BoundHook, RunOutcome, RunReport},
};

/// Maximum size of the redaction patch, in bytes: response and patch are stored in one item.
const PATCH_LIMIT: usize = 64 * 1024;

impl Pass<'_> {
    /// Creates one job per asynchronous hook. Its event includes the effects of the synchronous hooks, with secrets
    /// redacted.
    pub(super) fn deliveries(&mut self, bindings: &[Arc<Binding>]) -> Vec<Job> {
        if bindings.is_empty() {
            return Vec::new();
        }
        let effects = Map::from(self.merged.effects.clone());
        let shown = self.confidential.shown_effects(effects);
        let event = queued_event(self.event, &Effects::from(shown));
        let event = self.confidential.queued_event(event);
        let events = iter::repeat_n(event, bindings.len());
        let jobs = bindings.iter().zip(events).map(|(binding, event)| {
            let Self {
                application,
                arrival,
                ..
            } = self;
            Job::new(NewJob {
                delivery: DeliveryId::unique(),
                application: &application.id,
                stage: binding.stage,
                target: &binding.target,
                binding: &binding.id,
                hook: &binding.hook,
                correlation_id: &arrival.correlation_id,
                traceparent: arrival.traceparent.as_deref(),
                accepted: arrival.now,
                event,
            })
        });
        let jobs: Vec<_> = jobs.collect();
        let identity = self.arrival.identify(self.application, self.event);
        self.runs
            .extend(bindings.iter().zip(&jobs).map(|(binding, job)| {
                let bound = BoundHook::of(binding, &binding.hook.name, binding.hook.version);
                let outcome = RunOutcome::Queued(job.delivery.clone());
                RunReport::new(identity, bound, self.arrival.now, outcome)
            }));
        jobs
    }
}

/// The body for deliveries, before confidential values are redacted.
pub(crate) fn queued_event(event: &Event, effects: &Effects) -> Map<String, Value> {
    let mut body = event.seen_with(effects, false);
    hide_sensitive(event.stage(), &mut body);
    body
}

/// A merge patch (RFC 7396) that redacts `plain` to `shown`. If it would be large, whole members are hidden, because the
/// patch is stored.
pub(crate) fn redactions(plain: &Map<String, Value>, shown: &Map<String, Value>) -> Option<Value> {
    let mut patch = difference(plain, shown);
    if patch.is_empty() {
        return None;
    }
    // Serialising JSON values into memory cannot fail; if it did, the patch would count as too large.
    let size = serde_json::to_vec(&patch).map_or(usize::MAX, |bytes| bytes.len());
    if size > PATCH_LIMIT {
        for value in patch.values_mut() {
            *value = Value::from(REDACTED);
        }
    }
    Some(Value::Object(patch))
}
