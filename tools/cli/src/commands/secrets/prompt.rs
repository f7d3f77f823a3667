//! A prompt that does not show what is typed.

use std::io::{self, Write as _};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::task::spawn_blocking;

use crate::interrupt::interrupted;

/// The mode in which typed characters are shown; set again when dropped.
struct Hidden(Termios);

impl Hidden {
    fn start() -> anyhow::Result<Self> {
        let failed = "what is typed cannot be hidden here; pass the value through standard input";
        let saved = tcgetattr(io::stdin()).context(failed)?;
        let mut mode = saved.clone();
        mode.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Now, &mode).context(failed)?;
        Ok(Self(saved))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Asks for a line. After Ctrl-C or SIGTERM the terminal is as it was.
pub(super) async fn hidden(question: &str) -> anyhow::Result<String> {
    // Before anything is hidden: a signal must not end the process with the terminal like that.
    let interrupted = interrupted();
    let guard = Hidden::start()?;
    let mut stream = anstream::stderr();
    write!(stream, "{question}")?;
    stream.flush()?;
    let reading = spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = tokio::select! {
        line = reading => line??,
        () = interrupted => {
            drop(guard);
            // The blocked read would keep the process.
            std::process::exit(130);
        }
    };
    drop(guard);
    writeln!(stream)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
