//! Ctrl-C and SIGTERM.

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
