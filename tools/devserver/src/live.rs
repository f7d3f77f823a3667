//! What the server answers with: the engine of the moment, which a reload may replace.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use hookpoint_engine::Engine;
use hookpoint_script::Sandbox;
use tokio::sync::mpsc;

use crate::notice::{Answered, Notice};

/// Shared by all requests.
pub(crate) struct Live {
    running: RwLock<Running>,
    /// Where to tell of each event, when somebody looks.
    audience: Option<mpsc::Sender<Notice>>,
}

/// The engine, and the sandbox it runs scripts in.
struct Running {
    engine: Arc<Engine>,
    sandbox: Sandbox,
}

impl fmt::Debug for Live {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Live").finish_non_exhaustive()
    }
}

impl From<(Engine, Sandbox)> for Running {
    fn from((engine, sandbox): (Engine, Sandbox)) -> Self {
        let engine = Arc::new(engine);
        Self { engine, sandbox }
    }
}

impl Live {
    pub(crate) fn new(running: (Engine, Sandbox), audience: Option<mpsc::Sender<Notice>>) -> Self {
        Self {
            running: RwLock::new(Running::from(running)),
            audience,
        }
    }

    /// The engine for one event, which keeps it to its end.
    pub(crate) fn engine(&self) -> Arc<Engine> {
        // An `Arc` that was being replaced when a thread panicked is whole all the same.
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&running.engine)
    }

    /// The sandbox before this one goes with the last event that runs in it.
    pub(crate) fn replace(&self, running: (Engine, Sandbox)) {
        let fresh = Running::from(running);
        let old = {
            let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *running, fresh)
        };
        // The end of a sandbox is waited for, which is nothing to hold up events with.
        drop(old);
    }

    /// Ends the processes of the sandbox; waits until they are gone.
    pub(crate) fn shut_down(&self) {
        let sandbox = {
            let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
            running.sandbox.clone()
        };
        sandbox.shutdown();
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
