//! Prompts for a line, shown or hidden.

use std::io::{self, Write as _};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::interrupt::abandonable;

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

/// Asks for a line that is not shown; dropped while it waits, it shows typing again. The caller MUST already listen for
/// [`interrupted`](crate::interrupt::interrupted), and drop it then: a signal that ends the process leaves the terminal as it is.
pub(crate) async fn hidden(question: &str) -> anyhow::Result<Option<String>> {
    let guard = Hidden::start()?;
    ask(question)?;
    let line = read().await?;
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
    abandonable(|| {
        let mut line = String::new();
        let count = io::stdin().read_line(&mut line)?;
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        Ok((count > 0).then_some(line))
    })
    .await?
}
