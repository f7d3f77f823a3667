//! Replays one hook on a kept event.

use std::{sync::Arc, time::SystemTime};

use hookpoint_stages::Stage;
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{
    application::{
        Application,
        binding::{Binding, Mode},
    },
    event::arrival::Arrival,
    hook::{
        Hook,
        planned::Planned,
        run::{Runners, SingleRun},
    },
    identifier::DeliveryId,
    ports::{SecretSource, SecretValues},
    record::report::RunReport,
};

/// A hook to run on a kept event.
#[derive(Clone)]
#[expect(
    missing_debug_implementations,
    reason = "the event may contain personal data"
)]
pub struct Replay<'a> {
    /// The application that posted the event.
    pub application: &'a Application,
    /// The event's stage.
    pub stage: Stage,
    /// The body as the hook saw it.
    pub event: &'a Map<String, Value>,
    /// The binding, with its variables, secrets and timeout.
    pub binding: Arc<Binding>,
    /// The hook, at any version.
    pub hook: Arc<Hook>,
    /// Identifies the event in every system it passes through.
    pub correlation_id: &'a str,
}

impl Runners {
    /// Runs the hook, including its real requests. Nothing is merged, queued, retried or recorded. The report keeps the
    /// event and the effects that would count, redacted.
    pub async fn replay(
        &self,
        replay: Replay<'_>,
        secrets: &dyn SecretSource,
        now: SystemTime,
    ) -> RunReport {
        let Replay {
            application,
            stage,
            event,
            binding,
            hook,
            correlation_id,
        } = replay;
        let planned = Planned { binding, hook };
        let names = planned.meant_secrets();
        let secrets = if names.is_empty() {
            SecretValues::new()
        } else {
            secrets.each_secret(&application.id, &names).await
        };
        let arrival = Arrival {
            correlation_id: correlation_id.to_owned(),
            traceparent: None,
            now,
            received: Instant::now(),
        };
        let delivery = (planned.binding.mode == Mode::Asynchronous).then(DeliveryId::unique);
        let single = SingleRun {
            runners: self,
            application,
            stage,
            event,
            planned: &planned,
            arrival: &arrival,
            secrets: &secrets,
            delivery: delivery.as_ref(),
            keeps_event: true,
        };
        single.run().await
    }
}
