//! What a pass leaves behind for asynchronous hooks and for records: without secrets, without passwords.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Value};

use super::{Pass, Secrets};
use crate::{
    binding::{Binding, Mode},
    effects::Effects,
    event::Event,
    identifier::DeliveryId,
    job::{Job, NewJob},
    record::Kept,
    redaction::{Redaction, without_passwords, without_passwords_within},
    report::{RunOutcome, RunReport},
};

impl Pass<'_> {
    /// One job for each asynchronous hook. Its event shows what the synchronous ones did, but no secret that one of them told.
    pub(super) fn deliveries(
        &mut self,
        bindings: &[Arc<Binding>],
        secrets: &Secrets,
    ) -> (Vec<Job>, Option<Effects>) {
        if bindings.is_empty() {
            return (Vec::new(), None);
        }
        let effects = Map::from(self.merged.effects.clone());
        let shown = redaction(secrets).apply_to_members(effects.clone());
        let shown_effects = (shown != effects).then(|| Effects::from(shown));
        let effects = shown_effects.as_ref().unwrap_or(&self.merged.effects);
        let event = queued_event(self.event, effects);
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
        (jobs, shown_effects)
    }
}

/// The body as deliveries carry it.
pub(crate) fn queued_event(event: &Event, effects: &Effects) -> Map<String, Value> {
    let mut body = event.seen_with(effects, false);
    without_passwords(&mut body);
    body
}

/// What a record keeps of an event and a response.
pub(crate) fn keep(
    event: &Map<String, Value>,
    response: &Map<String, Value>,
    secrets: &Secrets,
) -> Box<Kept> {
    let redaction = redaction(secrets);
    let mut event = redaction.apply_to_members(event.clone());
    without_passwords(&mut event);
    let response = kept_response(response.clone(), &redaction);
    Box::new(Kept { event, response })
}

pub(super) fn kept_response(
    response: Map<String, Value>,
    redaction: &Redaction,
) -> Map<String, Value> {
    let mut response = redaction.apply_to_members(response);
    // One effect is itself called `password`, and holds none.
    for effect in response.values_mut() {
        without_passwords_within(effect);
    }
    response
}

pub(super) fn redaction(secrets: &Secrets) -> Redaction {
    Redaction::new(secrets.iter().flat_map(HashMap::values))
}
