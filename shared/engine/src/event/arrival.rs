//! What travels with an event beside its body.

use std::time::SystemTime;

use tokio::time::Instant;

use crate::{application::Application, event::Event, record::report::EventIdentity};

/// What travels with an event beside its body.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Identifies the event in every system it passes: a UUID, or what the host sent.
    pub correlation_id: String,
    /// W3C Trace Context, when the event came with one.
    pub traceparent: Option<String>,
    /// The wall clock when the event came.
    pub now: SystemTime,
    /// When the body was in hand: the start of the budget.
    pub received: Instant,
}

impl Arrival {
    /// The event, as reports name it.
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

    /// The wall clock at this point of the pass, without reading it again.
    pub(crate) fn current_time(&self) -> SystemTime {
        self.now + self.received.elapsed()
    }
}
