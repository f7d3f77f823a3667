//! What the server answers with: the engine of the moment, which a reload may replace.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use hookpoint_engine::Engine;
use tokio::sync::mpsc;

use crate::dev::Notice;

/// Shared by all requests.
pub(crate) struct Live {
    engine: RwLock<Arc<Engine>>,
    /// Where to tell of each event, when somebody looks.
    audience: Option<mpsc::Sender<Notice>>,
}

/// An event that was answered, for people who watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The method and path, as they came.
    pub request: String,
    /// The status.
    pub status: u16,
    /// How long it took, from the body in hand.
    pub elapsed: Duration,
    /// The hooks, as in the header `Server-Timing`.
    pub timing: Option<String>,
    /// What was wrong: the code and detail of the problem.
    pub problem: Option<(String, String)>,
}

impl Live {
    pub(crate) fn new(engine: Engine, audience: Option<mpsc::Sender<Notice>>) -> Self {
        Self {
            engine: RwLock::new(Arc::new(engine)),
            audience,
        }
    }

    /// The engine for one event, which keeps it to its end.
    pub(crate) fn engine(&self) -> Arc<Engine> {
        // An `Arc` that was being replaced when a thread panicked is whole all the same.
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&engine)
    }

    pub(crate) fn replace(&self, engine: Engine) {
        let mut current = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(engine);
    }

    /// Whether telling of events is worth its while.
    pub(crate) fn has_audience(&self) -> bool {
        self.audience.is_some()
    }

    /// Tells of an event. When the audience falls behind it misses some: events are not to wait for a terminal.
    pub(crate) fn tell(&self, answered: Answered) {
        if let Some(audience) = &self.audience {
            let _ = audience.try_send(Notice::Answered(answered));
        }
    }
}
