//! Running one hook again on an event that was kept, to see what it makes of it now.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use hookpoint_stages::Stage;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{
    application::Application,
    binding::{Binding, Mode},
    confidential::Confidential,
    deadline::Deadline,
    engine::{Arrival, Engine},
    hook::{Hook, Implementation},
    identifier::DeliveryId,
    plan::Planned,
    report::{AppliedPolicy, RunOutcome, RunReport},
    run::Wave,
};

/// A hook to run on an event.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "the event is about somebody")]
pub struct Replay<'a> {
    /// The application that posted the event.
    pub application: &'a Application,
    /// The event's stage.
    pub stage: Stage,
    /// The body as the hook saw it.
    pub event: &'a Map<String, Value>,
    /// The binding, with its variables, secrets and time limit.
    pub binding: Arc<Binding>,
    /// The hook, in any version.
    pub hook: Arc<Hook>,
    /// Identifies the event in every system it passes.
    pub correlation_id: &'a str,
}

impl Engine {
    /// Runs the hook for real, its requests included, on its own: nothing is merged, queued, retried or recorded. The report keeps the event and
    /// the effects that would count, redacted.
    pub async fn replay(&self, replay: Replay<'_>, now: SystemTime) -> RunReport {
        let Replay {
            application,
            stage,
            event,
            binding,
            hook,
            correlation_id,
        } = replay;
        let planned = Planned { binding, hook };
        let names: Vec<_> = planned
            .secret_names()
            .map(|(_, meant)| meant.clone())
            .collect();
        let secrets = if names.is_empty() {
            Ok(HashMap::new())
        } else {
            let secrets = self.sources.secrets(&application.id, &names, now).await;
            secrets.map_err(|error| error.to_string())
        };
        let arrival = Arrival {
            correlation_id: correlation_id.to_owned(),
            traceparent: None,
            now,
            received: Instant::now(),
        };
        let body = match planned.hook.body.implementation {
            // Serialising JSON values into memory cannot fail.
            Implementation::Webhook(_) => serde_json::to_vec(event).unwrap_or_default(),
            _ => Vec::new(),
        };
        let delivery = (planned.binding.mode == Mode::Asynchronous).then(DeliveryId::unique);
        let confidential = Confidential::nothing(stage, event).with_secrets(&secrets);
        let wave = Wave {
            engine: self,
            application,
            stage,
            arrival: &arrival,
            event: event.clone(),
            kept: OnceLock::new(),
            body,
            secrets: &secrets,
            confidential: &confidential,
            deadline: Deadline::after(arrival.received, planned.binding.timeout()),
            delivery: delivery.as_ref(),
        };
        if delivery.is_some() {
            // What it answers has no effect, so nothing of it is compared.
            let attempt = wave.attempt(&planned).await;
            return RunReport {
                kept: Some(wave.kept(Map::new())),
                ..wave.report(&planned, attempt)
            };
        }
        let result = wave.run(&planned).await;
        let mut report = RunReport {
            duration: result.duration,
            status: result.status,
            log: result.log,
            event_bytes: wave.body.len(),
            response_bytes: result.size_bound,
            ..planned.report(result.started)
        };
        let mut response = Map::new();
        match result.response {
            Ok(checked) => {
                report.dropped = checked.dropped;
                report.effects = checked
                    .effects
                    .iter()
                    .map(|(effect, _)| effect.as_str())
                    .collect();
                response = checked.effects.into();
            }
            Err(failure) => report.outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued),
        }
        report.kept = Some(wave.kept(response));
        report
    }
}
