//! `cargo xtask test`: runs all checks, cheapest first, until one fails.

mod programs;
mod steps;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

use self::steps::{Action, COMMAND_LINE, STEPS, Step};
use crate::{python, repository, sandbox};

/// Builds `hookpoint` with its clients of AWS, as the steps do, and returns its path.
pub fn command_line() -> anyhow::Result<PathBuf> {
    let status = repository::command("cargo")
        .args(COMMAND_LINE)
        .status()
        .context("failed to start cargo")?;
    ensure!(status.success(), "failed to build `hookpoint`");
    Ok(repository::target()?.join("debug/hookpoint"))
}

/// Runs the steps.
pub(crate) fn run(only_quick: bool) -> anyhow::Result<ExitCode> {
    let steps: Vec<_> = STEPS
        .iter()
        .filter(|step| step.quick || !only_quick)
        .collect();
    let begin = Instant::now();
    for (index, step) in steps.iter().enumerate() {
        say(&format!(
            "==> [{}/{}] {}",
            index + 1,
            steps.len(),
            step.describe()
        ))?;
        let started = Instant::now();
        let outcome = step.run();
        let took = seconds(started.elapsed());
        match outcome {
            Ok(true) => say(&format!("    {} passed in {took}", step.name))?,
            Ok(false) => {
                say(&format!(
                    "FAILED: {} after {took}; repeat with: {}",
                    step.name,
                    step.command_line()
                ))?;
                return Ok(ExitCode::FAILURE);
            }
            Err(error) => {
                say(&format!("FAILED: {} after {took}: {error:#}", step.name))?;
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    let names: Vec<_> = steps.iter().map(|step| step.name).collect();
    say(&format!(
        "PASSED: {} in {}",
        names.join(", "),
        seconds(begin.elapsed())
    ))?;
    Ok(ExitCode::SUCCESS)
}

impl Step {
    fn run(&self) -> anyhow::Result<bool> {
        match self.action {
            Action::Tools => python::ensure().map(|_| true),
            Action::Images => sandbox::run(true).map(|code| code == ExitCode::SUCCESS),
            Action::Programs(ref programs) => programs.run(),
            Action::Cargo {
                arguments,
                environment,
            } => {
                let mut command: Command = repository::command("cargo");
                command.args(arguments).envs(environment.iter().copied());
                let status = command.status().context("failed to start cargo")?;
                Ok(status.success())
            }
        }
    }

    fn command_line(&self) -> String {
        match self.action {
            Action::Tools => "cargo xtask test".to_owned(),
            Action::Images => "cargo xtask sandbox --check".to_owned(),
            Action::Programs(ref programs) => programs.command_line(),
            Action::Cargo {
                arguments,
                environment,
            } => {
                let mut line = String::new();
                for (name, value) in environment {
                    line += &format!("{name}='{value}' ");
                }
                line + "cargo " + &arguments.join(" ")
            }
        }
    }

    fn describe(&self) -> String {
        match self.action {
            Action::Tools => format!("{}: {}", self.name, python::REQUIREMENTS_FILE),
            Action::Images | Action::Programs(_) | Action::Cargo { .. } => {
                format!("{}: {}", self.name, self.command_line())
            }
        }
    }
}

/// Prints a line and flushes, so that it stays in order with cargo's output.
fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
