//! A line that says what takes long, on a terminal.

use std::{
    io::{self, IsTerminal as _, Write as _},
    pin::pin,
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::{DIM, paint};

/// Work is named when it takes longer than this.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two updates of the line.
const INTERVAL: Duration = Duration::from_secs(1);
/// Removes the line.
const ERASE: &str = "\r\x1b[K";

/// Does some work. When it takes long, a line on the terminal says what is waited for and for how long; it is gone at the end.
pub(crate) async fn waiting<T>(what: &str, work: impl Future<Output = T>) -> T {
    if !io::stderr().is_terminal() {
        return work.await;
    }
    let mut work = pin!(work);
    let began = Instant::now();
    let mut next = PATIENCE;
    loop {
        tokio::select! {
            done = &mut work => {
                if next > PATIENCE {
                    show(ERASE);
                }
                return done;
            }
            () = sleep_until(began + next) => {
                let line = paint(DIM, &format!("{what}: {} s", next.as_secs()));
                show(&format!("{ERASE}{line}"));
                next += INTERVAL;
            }
        }
    }
}

fn show(text: &str) {
    let mut stream = anstream::stderr().lock();
    // Without its terminal, the line is not missed.
    let _ = write!(stream, "{text}");
    let _ = stream.flush();
}
