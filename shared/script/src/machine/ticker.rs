//! A thread that advances the engine's epoch while anything runs. Running code checks the clock only at a new epoch.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use wasmtime::Engine;

const TICK: Duration = Duration::from_millis(1);
/// Idle ticks before the thread parks: waking it costs more than a few ticks.
const LINGER: u32 = 20;

/// Starts the thread at the first run; parks it while nothing runs.
pub(super) struct Ticker {
    shared: Arc<Shared>,
    thread: OnceLock<Option<JoinHandle<()>>>,
    engine: Engine,
}

#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    parked: AtomicBool,
    stopped: AtomicBool,
}

/// Guard: keeps the ticker ticking.
pub(super) struct Running<'a>(&'a Ticker);

impl Ticker {
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            shared: Arc::default(),
            thread: OnceLock::new(),
            engine,
        }
    }

    /// Ticks until the guard is dropped. Returns `None` if the system refuses a thread; then nothing may run.
    pub(super) fn run(&self) -> Option<Running<'_>> {
        let thread = self
            .thread
            .get_or_init(|| self.start().ok())
            .as_ref()?
            .thread();
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.parked.swap(false, Ordering::SeqCst) {
            thread.unpark();
        }
        Some(Running(self))
    }

    fn start(&self) -> std::io::Result<JoinHandle<()>> {
        let shared = Arc::clone(&self.shared);
        let engine = self.engine.clone();
        thread::Builder::new()
            .name("hookpoint-tick".to_owned())
            .spawn(move || shared.tick(&engine))
    }
}

impl Shared {
    fn tick(&self, engine: &Engine) {
        let mut idle = 0;
        while !self.stopped.load(Ordering::SeqCst) {
            if self.running.load(Ordering::SeqCst) > 0 {
                idle = 0;
            } else {
                idle += 1;
            }
            if idle > LINGER {
                self.parked.store(true, Ordering::SeqCst);
                // A run may have begun before it could see that this thread parks.
                if self.running.load(Ordering::SeqCst) == 0 && !self.stopped.load(Ordering::SeqCst)
                {
                    thread::park();
                }
                self.parked.store(false, Ordering::SeqCst);
                idle = 0;
            }
            thread::sleep(TICK);
            engine.increment_epoch();
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.shared.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        if let Some(Some(thread)) = self.thread.take() {
            thread.thread().unpark();
            // The thread never panics, and a destructor could not report it.
            let _ = thread.join();
        }
    }
}
