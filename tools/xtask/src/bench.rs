//! `cargo xtask bench`: what the budgets promise, measured beside baselines in the same run.
//!
//! The measuring is done by `hookpoint-bench` in `tools/bench`, which is built in the release profile like everything it measures.

use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use hookpoint_stages::Stage;

use crate::repository;

/// The stage whose function stands for all of them: they differ in one argument.
pub const STAGE: Stage = Stage::ConversationStart;
/// The program that measures.
const PROGRAM: &str = "hookpoint-bench";

/// What is measured, and how it is shown.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Fewer repetitions: shows that everything works, and little else
    #[arg(long)]
    pub quick: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The rows to measure [default: all but `peers`]
    #[arg(value_name = "ROW")]
    pub rows: Vec<Choice>,
}

/// A row that can be chosen. Some of them are several lines of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// From the start of a stage function to its first poll
    Start,
    /// An event with one static hook, in a function that is warm
    Warm,
    /// Events per second of `hookpoint dev` with one static hook
    Dev,
    /// An event with one webhook
    Webhook,
    /// What signing a webhook costs
    Signing,
    /// Deliveries of asynchronous hooks through the embedded queue, and how long one takes
    Delivery,
    /// What the record of a run costs the answer, and the store
    Record,
    /// What hiding confidential values costs, in hostile events
    Redaction,
    /// What an idempotency key costs the answer
    Idempotency,
    /// Size of a function's zip, and its memory
    Size,
    /// One run of a script in the sandbox
    Script,
    /// How long after its deadline a hostile script ends
    Overshoot,
    /// Scripts per second, several at once
    ScriptRate,
    /// Memory of the sandbox's processes
    ScriptMemory,
    /// Scripts and overshoot with as little processor time as small functions have
    ScriptQuota,
    /// The same scripts in isolated-vm, quickjs-emscripten, `node:vm` and workerd, which npm installs; only when asked for
    Peers,
}

impl Choice {
    /// The rows that are measured when none is chosen: those that need nothing from npm.
    pub fn by_default() -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        all.filter(|choice| *choice != Self::Peers).collect()
    }

    /// Its name on the command line and in the table.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Builds what is measured and measures it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    // Apart from the rest: built together, the function would have the libraries' features that only the others ask for, and
    // would not be the one that is deployed.
    build(&["--package", "hookpoint-functions", "--bin", &STAGE.name()])?;
    build(&["--package", "hookpoint-cli", "--package", PROGRAM])?;
    let program = repository::target()?.join("release").join(PROGRAM);
    let status = repository::command(&program)
        .args(arguments.command_line())
        .status()
        .with_context(|| format!("failed to start `{}`", program.display()))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn build(what: &[&str]) -> anyhow::Result<()> {
    let status = repository::command("cargo")
        .args(["build", "--release"])
        .args(what)
        .status()
        .context("failed to start cargo")?;
    ensure!(status.success(), "the release build failed");
    Ok(())
}

impl Arguments {
    fn command_line(&self) -> Vec<String> {
        let flags = [(self.quick, "--quick"), (self.json, "--json")];
        let flags = flags.iter().filter(|(is_set, _)| *is_set);
        flags
            .map(|(_, flag)| (*flag).to_owned())
            .chain(self.rows.iter().map(|row| row.name()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn the_program_that_measures_is_asked_for_the_same() {
        let asked = ["bench", "--quick", "--json", "start", "script-rate"];
        let arguments = Program::parse_from(asked).arguments;
        assert_eq!(arguments.command_line(), asked[1..]);
    }

    #[test]
    fn npm_is_needed_only_by_those_who_ask_for_it() {
        let rows = Choice::by_default();
        assert_eq!(rows.len() + 1, Choice::value_variants().len());
        assert!(rows.contains(&Choice::Script) && !rows.contains(&Choice::Peers));
    }
}
