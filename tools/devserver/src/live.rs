//! The current engine of the server, which a reload may replace.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use hookpoint_engine::Engine;
use hookpoint_script::Sandbox;
use tokio::sync::mpsc;

use crate::{
    again::Posted,
    notice::{Answered, Notice},
};

/// State shared by all requests.
pub(crate) struct Live {
    running: RwLock<Running>,
    /// The channel for notices of events, if they are shown.
    audience: Option<mpsc::Sender<Notice>>,
    /// The last event that was posted, if events are shown.
    last: Mutex<Option<Posted>>,
}

/// An engine and the sandbox of its scripts.
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
            last: Mutex::default(),
        }
    }

    /// The engine for one event, which uses it to its end.
    pub(crate) fn engine(&self) -> Arc<Engine> {
        // A panic cannot leave the `Arc` half replaced.
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&running.engine)
    }

    /// Replaces engine and sandbox. The old sandbox ends with its last event.
    pub(crate) fn replace(&self, running: (Engine, Sandbox)) {
        let fresh = Running::from(running);
        let old = {
            let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *running, fresh)
        };
        // Dropping a sandbox blocks until it has ended, which must not delay events.
        drop(old);
    }

    /// Takes no more scripts and drops the sandbox's templates.
    pub(crate) fn shut_down(&self) {
        let sandbox = {
            let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
            running.sandbox.clone()
        };
        sandbox.shutdown();
    }

    /// Whether events are shown.
    pub(crate) fn has_audience(&self) -> bool {
        self.audience.is_some()
    }

    /// Remembers an event that was posted.
    pub(crate) fn remember(&self, posted: Posted) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(posted);
    }

    /// The last event that was posted.
    pub(crate) fn last(&self) -> Option<Posted> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    /// Sends a notice of an event. A slow reader misses some, as events must not wait for a terminal.
    pub(crate) fn notify(&self, answered: Answered) {
        if let Some(audience) = &self.audience {
            let _ = audience.try_send(Notice::Answered(answered));
        }
    }
}
