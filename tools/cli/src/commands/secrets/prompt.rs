//! A prompt that does not show what is typed.

use std::{
    io::{self, Write as _},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use tokio::task::spawn_blocking;

use crate::interrupt::interrupted;

/// Shows typed characters again when dropped.
struct Hidden;

impl Hidden {
    fn start() -> anyhow::Result<Self> {
        let is_hidden = stty("-echo").context("failed to hide what is typed: `stty`")?;
        if !is_hidden {
            bail!("what is typed cannot be hidden here; pass the value through standard input");
        }
        Ok(Self)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = stty("echo");
    }
}

fn stty(mode: &str) -> io::Result<bool> {
    let mut command = Command::new("stty");
    let status = command.arg(mode).stdin(Stdio::inherit()).status()?;
    Ok(status.success())
}

/// Asks for a line. After Ctrl-C the terminal is as it was.
pub(super) async fn hidden(question: &str) -> anyhow::Result<String> {
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
        () = interrupted() => {
            drop(guard);
            // The blocked read would keep the process.
            std::process::exit(130);
        }
    };
    drop(guard);
    writeln!(stream)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
