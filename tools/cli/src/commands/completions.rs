//! `hookpoint completions`: prints a completion script.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::{exit::Exit, output};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell that runs the script, such as `bash`
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self, mut command: Command) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "hookpoint", &mut script);
        output::print(String::from_utf8(script)?.trim_end())?;
        Ok(Exit::Done)
    }
}
