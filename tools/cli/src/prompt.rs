//! Prompts for a line, shown or hidden.

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

/// Asks for a line; `None` at the end of the input. The runtime works on while it waits.
pub(crate) async fn line(question: &str) -> io::Result<Option<String>> {
    ask(question)?;
    read().await
}

/// Asks for a line that is not shown. After Ctrl-C or SIGTERM the terminal is as it was.
pub(crate) async fn hidden(question: &str) -> anyhow::Result<Option<String>> {
    // Before anything is hidden: a signal must not end the process with the terminal like that.
    let interrupted = interrupted();
    let guard = Hidden::start()?;
    ask(question)?;
    let line = tokio::select! {
        line = read() => line?,
        () = interrupted => {
            drop(guard);
            // The blocked read would keep the process alive.
            std::process::exit(130);
        }
    };
    drop(guard);
    writeln!(anstream::stderr())?;
    Ok(line)
}

fn ask(question: &str) -> io::Result<()> {
    let mut stream = anstream::stderr().lock();
    write!(stream, "{question}")?;
    stream.flush()
}

/// A line without its end.
async fn read() -> io::Result<Option<String>> {
    let reading = spawn_blocking(|| {
        let mut line = String::new();
        let count = io::stdin().read_line(&mut line)?;
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        io::Result::Ok((count > 0).then_some(line))
    });
    reading.await.map_err(io::Error::other)?
}
