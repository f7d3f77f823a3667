//! Ctrl-C and SIGTERM.

/// Waits for either signal; SIGTERM does not exist on every system.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    // Without a handler the signal itself ends the process.
    let _ = tokio::signal::ctrl_c().await;
}
