//! `cargo xtask test`: runs all checks, cheapest first, until one fails.

use std::{
    io::{self, Write as _},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use anyhow::Context as _;

use crate::{python, repository, sandbox};

/// One check.
struct Step {
    name: &'static str,
    /// Whether `--quick` runs it too.
    quick: bool,
    action: Action,
}

enum Action {
    Cargo {
        arguments: &'static [&'static str],
        environment: &'static [(&'static str, &'static str)],
    },
    /// The pinned tools that the integration tests start.
    Tools,
    /// Checks that the sandbox's images match their sources.
    Images,
}

const fn cargo(name: &'static str, arguments: &'static [&'static str]) -> Step {
    let environment = &[];
    Step {
        name,
        quick: false,
        action: Action::Cargo {
            arguments,
            environment,
        },
    }
}

const fn quick(step: Step) -> Step {
    Step {
        quick: true,
        ..step
    }
}

/// The command line with its clients of AWS, in every step but the one that tests it without.
const AWS: &str = "--features=hookpoint-cli/aws";

/// The steps of `cargo xtask test`. A unit test of this package checks generated files.
const STEPS: &[Step] = &[
    quick(cargo("format", &["fmt", "--all", "--check"])),
    quick(cargo(
        "lints",
        &[
            "clippy",
            "--workspace",
            AWS,
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    )),
    quick(cargo(
        "rules",
        &["test", "--package", "hookpoint-tests", "--test", "rules"],
    )),
    quick(cargo(
        "unit tests",
        &[
            "test",
            "--workspace",
            AWS,
            "--lib",
            "--bins",
            "--exclude",
            "hookpoint-imager",
        ],
    )),
    quick(cargo(
        "golden cases",
        &["test", "--package", "hookpoint-tests", "--test", "goldens"],
    )),
    cargo(
        "crates' own integration tests",
        &[
            "test",
            "--workspace",
            AWS,
            "--test",
            "*",
            "--exclude",
            "hookpoint-tests",
            "--exclude",
            "hookpoint-imager",
        ],
    ),
    cargo(
        "documented examples",
        &[
            "test",
            "--workspace",
            AWS,
            "--doc",
            "--exclude",
            "hookpoint-imager",
        ],
    ),
    Step {
        name: "pinned tools",
        quick: false,
        action: Action::Tools,
    },
    Step {
        name: "sandbox images",
        quick: false,
        action: Action::Images,
    },
    cargo(
        "integration tests",
        &["test", "--package", "hookpoint-tests", "--test", "it"],
    ),
    cargo(
        "command line without AWS",
        &[
            "test",
            "--package",
            "hookpoint-cli",
            "--test",
            "cli",
            "without_aws",
        ],
    ),
    Step {
        name: "documentation",
        quick: false,
        action: Action::Cargo {
            arguments: &["doc", "--workspace", AWS, "--no-deps"],
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
        },
    },
];

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
            Action::Images | Action::Cargo { .. } => {
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
