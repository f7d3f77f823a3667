//! One event, run without a server.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{
    Arrival, event::Event, identifier::ApplicationId, ingest::new_correlation_id, problem::Problem,
    report::PassReport,
};
use hookpoint_stages::Stage;
use tokio::time::Instant;

use crate::app::{App, Current};

/// An event to run.
#[derive(Debug, Clone, Copy)]
pub struct Trigger<'a> {
    /// The application it is from.
    pub application: &'a ApplicationId,
    /// Its stage.
    pub stage: Stage,
    /// Its body.
    pub body: &'a [u8],
}

/// What became of an event.
#[derive(Debug)]
pub struct Triggered {
    /// The correlation id the hooks saw.
    pub correlation_id: String,
    /// How long it took.
    pub elapsed: Duration,
    /// The report, or the problem that a caller would have been answered with.
    pub outcome: Result<PassReport, Problem>,
}

impl App {
    /// Runs an event through the engine that the server would use, over the same store.
    pub async fn trigger(&self, current: &Current, trigger: Trigger<'_>) -> Triggered {
        let engine = self.engine(current.workspace.local().egress());
        let received = Instant::now();
        let arrival = Arrival {
            correlation_id: new_correlation_id(),
            traceparent: None,
            now: SystemTime::now(),
            received,
        };
        let outcome = match Event::parse(trigger.stage, trigger.body) {
            Ok(event) => engine.run(trigger.application, &event, &arrival).await,
            Err(problem) => Err(problem),
        };
        Triggered {
            correlation_id: arrival.correlation_id,
            elapsed: received.elapsed(),
            outcome,
        }
    }
}
