//! Threads that run scripts, and nothing else. A script never runs on a thread that answers requests.

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

/// How long a thread waits for the next script before it ends.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Threads that are started as they are needed.
pub(crate) struct Threads {
    runtime: Option<Runtime>,
}

impl Threads {
    /// At most so many threads. None is started yet.
    pub(crate) fn new(limit: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(limit)
            // Address space; what is not used is never backed by memory.
            .thread_stack_size(STACK + (2 << 20))
            .thread_keep_alive(KEEP_ALIVE)
            .thread_name("hookpoint-script")
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
        })
    }

    /// Runs work on one of them. What it leaves behind is dropped after the result was sent.
    pub(crate) async fn run<T: Send + 'static, L: Send + 'static>(
        &self,
        work: impl FnOnce() -> (T, L) + Send + 'static,
    ) -> Result<T, Trap> {
        let Some(runtime) = &self.runtime else {
            return Err(Trap::Broken("the sandbox was shut down".to_owned()));
        };
        let (sender, receiver) = oneshot::channel();
        let work = move || {
            let (result, left) = work();
            // The caller may have gone; then the result goes too.
            drop(sender.send(result));
            drop(left);
        };
        // It panics when there is no thread and the system starts none. The work is lost then, and nothing else.
        panic::catch_unwind(AssertUnwindSafe(|| runtime.spawn_blocking(work)))
            .map_err(|_| Trap::Broken("the system refuses to start a thread".to_owned()))?;
        receiver
            .await
            .map_err(|_| Trap::Broken("the sandbox panicked, which is a fault of it".to_owned()))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // What still runs ends by its deadline.
            runtime.shutdown_background();
        }
    }
}
