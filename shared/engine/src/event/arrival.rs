//! Metadata that travels with an event.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::{application::Application, event::Event, record::report::EventIdentity};

/// Metadata that travels with an event.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Identifies the event in every system it passes through: a UUID, or the value the host sent.
    pub correlation_id: String,
    /// W3C Trace Context, when the event came with one.
    pub traceparent: Option<String>,
    /// The wall clock when the event arrived.
    pub now: SystemTime,
    /// When the body was received, which starts the budget.
    pub received: Instant,
}

impl Arrival {
    /// Adds the event's identifiers to a run report.
    pub(crate) fn identify<'a>(
        &'a self,
        application: &'a Application,
        event: &Event,
    ) -> EventIdentity<'a> {
        EventIdentity {
            stage: event.stage(),
            application: &application.id,
            correlation_id: &self.correlation_id,
        }
    }

    /// The wall clock at this point of the pass, computed from `received`.
    pub(crate) fn current_time(&self) -> SystemTime {
        self.now + self.received.elapsed()
    }
}
