//! A line on the terminal that says what takes long.

use std::{
    io::{self, IsTerminal as _},
    pin::pin,
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

use super::{DIM, control, note, paint};
use crate::env;

/// Work is named when it takes longer than this.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two updates of the line.
const INTERVAL: Duration = Duration::from_secs(1);
/// Removes the line.
const ERASE: &str = "\r\x1b[K";

/// Does some work. When it takes long, a line on the terminal says what is waited for and for how long; it is gone at the end.
/// On a terminal that cannot remove it, it says only what, and stays.
pub(crate) async fn waiting<T>(what: &str, work: impl Future<Output = T>) -> T {
    if !io::stderr().is_terminal() {
        return work.await;
    }
    let can_erase = env::has_control_sequences();
    let mut work = pin!(work);
    let began = Instant::now();
    let mut next = PATIENCE;
    loop {
        tokio::select! {
            done = &mut work => {
                if next > PATIENCE {
                    show("");
                }
                return done;
            }
            () = sleep_until(began + next), if can_erase || next == PATIENCE => {
                if can_erase {
                    show(&paint(DIM, &format!("{what}: {} s", next.as_secs())));
                } else {
                    // Without a terminal, the line is not needed.
                    let _ = note(&format!("{what} …"));
                }
                next += INTERVAL;
            }
        }
    }
}

/// Puts a text in the place of the line.
fn show(text: &str) {
    let stream = io::stderr();
    let _ = control(&stream, ERASE);
    let mut stream = anstream::AutoStream::auto(stream);
    let _ = io::Write::write_all(&mut stream, text.as_bytes());
    let _ = io::Write::flush(&mut stream);
}
