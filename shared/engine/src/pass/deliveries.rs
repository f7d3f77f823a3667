//! What a pass leaves behind for asynchronous hooks and for records: without secrets, without passwords.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Value};

use super::{Pass, Secrets};
use crate::{
    binding::{Binding, Mode},
    confidential::Confidential,
    effects::Effects,
    event::Event,
    identifier::DeliveryId,
    job::{Job, NewJob},
    merge::difference,
    record::Kept,
    redaction::{REDACTED, Redaction, without_passwords, without_passwords_within},
    report::{RunOutcome, RunReport},
};

/// How much room the patch may take that makes the events of deliveries, in bytes: answer and patch are stored in one item.
const PATCH_LIMIT: usize = 64 * 1024;

impl Pass<'_> {
    /// One job for each asynchronous hook. Its event shows what the synchronous ones did, but no secret that one of them told.
    pub(super) fn deliveries(
        &mut self,
        bindings: &[Arc<Binding>],
        secrets: &Secrets,
    ) -> (Vec<Job>, Option<Value>) {
        if bindings.is_empty() {
            return (Vec::new(), None);
        }
        let effects = Map::from(self.merged.effects.clone());
        let shown = redaction(secrets, &self.confidential).apply_to_values(effects);
        let mut event = queued_event(self.event, &Effects::from(shown));
        self.confidential.hide(&mut event);
        let redactions = redactions(&queued_event(self.event, &self.merged.effects), &event);
        let jobs = bindings.iter().map(|binding| {
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
                event: event.clone(),
            })
        });
        let jobs: Vec<_> = jobs.collect();
        self.runs
            .extend(bindings.iter().zip(&jobs).map(|(binding, job)| {
                let hook = (&binding.hook.name, binding.hook.version);
                let outcome = RunOutcome::Queued(job.delivery.clone());
                let (id, target) = (binding.id.clone(), binding.target.clone());
                RunReport::without_run(
                    id,
                    target,
                    hook,
                    Mode::Asynchronous,
                    self.arrival.now,
                    outcome,
                )
            }));
        (jobs, redactions)
    }
}

/// The body as deliveries carry it, apart from values that must not be seen.
pub(crate) fn queued_event(event: &Event, effects: &Effects) -> Map<String, Value> {
    let mut body = event.seen_with(effects, false);
    without_passwords(&mut body);
    body
}

/// A patch that hides in one event what another hides. Where that would take much room, whole members are hidden: the patch is stored.
fn redactions(plain: &Map<String, Value>, shown: &Map<String, Value>) -> Option<Value> {
    let mut patch = difference(plain, shown);
    if patch.is_empty() {
        return None;
    }
    // Serialising JSON values into memory cannot fail; were it to, the patch would count as too large.
    let size = serde_json::to_vec(&patch).map_or(usize::MAX, |bytes| bytes.len());
    if size > PATCH_LIMIT {
        for value in patch.values_mut() {
            *value = Value::from(REDACTED);
        }
    }
    Some(Value::Object(patch))
}

/// What a record keeps of an event and a response.
pub(crate) fn keep(
    event: &Map<String, Value>,
    response: &Map<String, Value>,
    secrets: &Secrets,
    confidential: &Confidential<'_>,
) -> Box<Kept> {
    let redaction = redaction(secrets, confidential);
    let mut event = redaction.apply_to_values(event.clone());
    confidential.hide(&mut event);
    let response = kept_response(response.clone(), &redaction);
    Box::new(Kept { event, response })
}

pub(super) fn kept_response(
    response: Map<String, Value>,
    redaction: &Redaction,
) -> Map<String, Value> {
    let mut response = redaction.apply_to_values(response);
    // One effect is itself called `password`, and holds none.
    for effect in response.values_mut() {
        without_passwords_within(effect);
    }
    response
}

/// Finds the secrets that hooks can use, and what the event says in confidence.
pub(crate) fn redaction(secrets: &Secrets, confidential: &Confidential<'_>) -> Redaction {
    let secrets = secrets.iter().flat_map(HashMap::values);
    Redaction::new(secrets.chain(confidential.values()))
}
