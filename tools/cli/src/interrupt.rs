//! Ctrl-C and SIGTERM, and blocking waits that they can end.

use std::{io, thread};

use tokio::sync::oneshot;

/// Listens from this call on, inside a runtime; waits for either signal. SIGTERM does not exist on every system.
pub(crate) fn interrupted() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        )
    };
    async move {
        #[cfg(unix)]
        if let (Ok(mut interrupt), Ok(mut terminate)) = signals {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        // Without a handler the signal itself ends the process.
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Runs what blocks until a person does something. Dropped before that, it keeps neither the runtime nor the process.
pub(crate) async fn abandonable<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = oneshot::channel();
    // The runtime would wait for a blocking task of its own before it ends.
    thread::Builder::new().spawn(move || {
        // The receiver is dropped when it is abandoned.
        let _ = sender.send(work());
    })?;
    receiver.await.map_err(io::Error::other)
}
