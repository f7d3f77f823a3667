//! `cargo xtask bench`: measures against goals and baselines in the same run.
//!
//! The work is done by `hookpoint-bench` in `tools/bench`, built in the release profile like everything it measures.

use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use hookpoint_stages::Stage;

use crate::repository;

/// The stage whose function represents all of them: they differ in one argument.
pub const STAGE: Stage = Stage::ConversationStart;
/// The program that measures.
const PROGRAM: &str = "hookpoint-bench";

/// The options of `cargo xtask bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Fewer repetitions, as a smoke test
    #[arg(long)]
    pub quick: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The rows to measure [default: all but `cold`, `peers`, `plugins` and `author`]
    #[arg(value_name = "ROW")]
    pub rows: Vec<Choice>,
}

/// A selectable row. Some have several lines in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Time from the start of a stage function to its first poll
    Start,
    /// An event with one static hook, in a warm function
    Warm,
    /// Events per second of `hookpoint dev` with one static hook
    Dev,
    /// An event with one webhook
    Webhook,
    /// The cost of signing a webhook
    Signing,
    /// Deliveries of asynchronous hooks through the embedded queue, and how long one takes
    Delivery,
    /// The cost of a run record, for the response and the store
    Record,
    /// The cost of redacting confidential values, in hostile events
    Redaction,
    /// The cost of an idempotency key, for the response
    Idempotency,
    /// Size of a function's zip, and its memory
    Size,
    /// One run of a script in the sandbox
    Script,
    /// How long after its deadline a hostile script ends
    Overshoot,
    /// Scripts per second, run concurrently
    ScriptRate,
    /// Memory of the sandbox
    ScriptMemory,
    /// Scripts and overshoot with the processor time of small functions
    ScriptQuota,
    /// The start and first event of a function, beside programs written by hand for Node.js and Python, whose packages npm
    /// installs; only when named
    Cold,
    /// Scripts in isolated-vm, quickjs-emscripten, `node:vm` and workerd, which npm installs; only when named
    Peers,
    /// The own time of every hook of the plugins; builds the bundler, only when named
    Plugins,
    /// From an edit to the new result, cases, packages from npm in a hook, publishing 200 hooks; builds the bundler in the release
    /// profile and installs packages, only when named
    Author,
}

impl Choice {
    /// The default rows: those that need neither npm nor the bundler.
    pub fn by_default() -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        let named = [Self::Cold, Self::Peers, Self::Plugins, Self::Author];
        all.filter(|choice| !named.contains(choice)).collect()
    }

    /// The row's name on the command line and in the table.
    pub fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// Builds and measures the selected rows.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    // Built separately: together with the rest, cargo would enable library features that the deployed function does not
    // have.
    build(&[
        "--release",
        "--package",
        "hookpoint-functions",
        "--bin",
        &STAGE.name(),
    ])?;
    build(&[
        "--release",
        "--package",
        "hookpoint-cli",
        "--features",
        "hookpoint-cli/aws",
        "--package",
        PROGRAM,
    ])?;
    if arguments.rows.contains(&Choice::Plugins) {
        build(&["--package", "hookpoint-bundler"])?;
    }
    if arguments.rows.contains(&Choice::Author) {
        build(&["--release", "--package", "hookpoint-bundler"])?;
    }
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
        .arg("build")
        .args(what)
        .status()
        .context("failed to start cargo")?;
    ensure!(status.success(), "the build failed");
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
    fn npm_and_the_bundler_are_needed_only_by_those_who_ask_for_them() {
        let rows = Choice::by_default();
        assert_eq!(rows.len() + 4, Choice::value_variants().len());
        assert!(rows.contains(&Choice::Script) && !rows.contains(&Choice::Cold));
    }
}
