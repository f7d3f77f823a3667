//! `hookpoint completions`: prints a completion script.

use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use crate::{exit::Exit, output};

/// The options.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell that runs the script, such as `bash`
    shell: Shell,

    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Completions {
    pub(crate) fn run(&self, mut command: Command) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "hookpoint", &mut script);
        let script = String::from_utf8(script)?;
        if self.json {
            output::print_json(&json!({ "shell": self.shell.to_string(), "script": script }))?;
        } else {
            output::print(script.trim_end())?;
        }
        Ok(Exit::Done)
    }
}
