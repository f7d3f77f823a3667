//! Threads that run scripts only, so that no script blocks a thread that serves requests.

use std::{
    io,
    panic::{self, AssertUnwindSafe},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

use crate::machine::{STACK, Trap};

/// How long an idle thread lives.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Starts threads on demand.
pub(crate) struct Threads {
    runtime: Option<Runtime>,
}

impl Threads {
    /// Maximum number of threads; starts none yet.
    pub(crate) fn new(limit: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(limit)
            // Only address space: unused stack is never backed by memory.
            .thread_stack_size(STACK + (2 << 20))
            .thread_keep_alive(KEEP_ALIVE)
            .thread_name("hookpoint-script")
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// Runs work on a thread. Sends the first part of its result, then calls the second.
    pub(crate) async fn run<T: Send + 'static, L: FnOnce()>(
        &self,
        work: impl FnOnce() -> (T, L) + Send + 'static,
    ) -> Result<T, Trap> {
        let (sender, receiver) = oneshot::channel();
        let work = move || {
            let (result, rest) = work();
            // The caller may have gone.
            drop(sender.send(result));
            rest();
        };
        self.start(work)?;
        receiver
            .await
            .map_err(|_| Trap::Broken("the sandbox panicked; this is a bug".to_owned()))
    }

    /// Begins work on a thread.
    pub(crate) fn start(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Trap> {
        let Some(runtime) = &self.runtime else {
            return Err(Trap::Broken("the sandbox was shut down".to_owned()));
        };
        // Panics if the system refuses a needed thread; only this work is lost.
        panic::catch_unwind(AssertUnwindSafe(|| runtime.spawn_blocking(work)))
            .map_err(|_| Trap::Broken("the system refuses to start a thread".to_owned()))?;
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Current runs end by their deadlines.
            runtime.shutdown_background();
        }
    }
}
