//! A single run: an attempt at a delivery, or a replay.

use std::{borrow::Cow, slice};

use hookpoint_stages::Stage;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{RunContext, Runners, SeenEvent};
use crate::{
    application::Application, confidential::Confidential, deadline::Deadline,
    event::arrival::Arrival, hook::planned::Planned, identifier::DeliveryId, ports::SecretValues,
    record::report::RunReport,
};

/// One hook and one event.
pub(crate) struct SingleRun<'a> {
    pub(crate) runners: &'a Runners,
    pub(crate) application: &'a Application,
    pub(crate) stage: Stage,
    pub(crate) event: &'a Map<String, Value>,
    pub(crate) planned: &'a Planned,
    pub(crate) arrival: &'a Arrival,
    pub(crate) secrets: &'a SecretValues,
    /// The delivery that this run is an attempt at; its response then has no effects.
    pub(crate) delivery: Option<&'a DeliveryId>,
    /// Whether the report keeps the event and the effects, redacted.
    pub(crate) keeps_event: bool,
}

impl SingleRun<'_> {
    /// Runs the hook within its binding's timeout.
    pub(crate) async fn run(self) -> RunReport {
        let planned = self.planned;
        let confidential = Confidential::nothing(self.stage, self.event).with_secrets(self.secrets);
        let event = SeenEvent::new(Cow::Borrowed(self.event), slice::from_ref(planned));
        let context = RunContext {
            runners: self.runners,
            application: self.application,
            stage: self.stage,
            arrival: self.arrival,
            event: &event,
            secrets: self.secrets,
            confidential: &confidential,
            deadline: Deadline::after(Instant::now(), planned.binding.timeout()),
            delivery: self.delivery,
            keeps_event: self.keeps_event,
        };
        let result = context.run(planned).await;
        let kept_event = self.keeps_event.then_some(&event);
        result.into_report(&confidential, kept_event)
    }
}
