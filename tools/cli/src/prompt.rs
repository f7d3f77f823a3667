//! Prompts for a line, shown or hidden.

use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use rustix::{
    io::retry_on_intr,
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr},
};

use crate::interrupt::abandonable;

/// The bytes of a line, without its end, that a terminal keeps at most; it drops the rest (`MAX_CANON`).
const LONGEST_LINE: usize = if cfg!(target_os = "linux") {
    4_095
} else {
    1_023
};
/// How long the rest of a paste may take to follow, in tenths of a second.
const GRACE: u8 = 1;
/// What to do about input that a prompt does not take.
const ADVICE: &str =
    "pass it through standard input, a secret with `hookpoint secrets set NAME < key.pem`";

/// The mode in which typed characters are shown; set again when dropped. What was not read by then is discarded: the shell would run it.
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

    /// Takes what follows a line, and returns whether it is more than line breaks.
    async fn has_more(&self) -> anyhow::Result<bool> {
        // Not line by line: the last line of a paste may have no end.
        let mut mode = self.0.clone();
        mode.local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON);
        mode.special_codes[SpecialCodeIndex::VMIN] = 0;
        mode.special_codes[SpecialCodeIndex::VTIME] = GRACE;
        tcsetattr(io::stdin(), OptionalActions::Now, &mode)?;
        Ok(abandonable(take_rest).await??)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

/// Asks for a line; `None` at the end of the input. The runtime works on while it waits.
pub(crate) async fn line(question: &str) -> io::Result<Option<String>> {
    ask(question)?;
    read().await
}

/// Asks for a line that is not shown; dropped while it waits, it shows typing again. The caller MUST already listen for
/// [`interrupted`](crate::interrupt::interrupted), and drop it then: a signal that ends the process leaves the terminal as it is.
///
/// # Errors
/// More than a line was pasted, or one that the terminal may have cut.
pub(crate) async fn hidden(question: &str) -> anyhow::Result<Option<String>> {
    let guard = Hidden::start()?;
    ask(question)?;
    let line = read().await?;
    let has_more = line.is_some() && guard.has_more().await?;
    drop(guard);
    writeln!(anstream::stderr())?;
    if line.as_ref().is_some_and(|line| line.len() >= LONGEST_LINE) {
        bail!("the input is too long for a line of a terminal; {ADVICE}");
    }
    if has_more {
        bail!("the input has several lines; {ADVICE}");
    }
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

/// Reads the terminal until nothing comes for a moment, and returns whether it was more than line breaks.
fn take_rest() -> io::Result<bool> {
    let mut bytes = [0_u8; 1_024];
    let mut has_more = false;
    loop {
        let count = retry_on_intr(|| rustix::io::read(io::stdin(), &mut bytes))?;
        if count == 0 {
            return Ok(has_more);
        }
        has_more |= bytes[..count].iter().any(|byte| !b"\r\n".contains(byte));
    }
}
