//! Questions to the person at the terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// Whether a person can be asked.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that is answered with yes or no. Without a terminal, the answer is yes.
pub(crate) fn confirm(question: &str) -> io::Result<bool> {
    if !is_interactive() {
        return Ok(true);
    }
    let mut stream = anstream::stderr().lock();
    write!(stream, "{question} [y/N] ")?;
    stream.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
