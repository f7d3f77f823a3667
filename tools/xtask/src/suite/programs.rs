//! Test programs of several packages: built by one cargo command, then run side by side.

use std::{
    cmp::Reverse,
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use cargo_metadata::{Artifact, Message};

use super::{seconds, steps::Programs};
use crate::repository;

/// How long nothing ends until those that run are listed.
const SILENCE: Duration = Duration::from_secs(20);

/// A test program.
#[derive(Debug)]
struct Program {
    /// Its source file in the repository.
    name: String,
    path: PathBuf,
    /// The folder of its package, in which it runs.
    folder: PathBuf,
}

enum Event {
    Began(usize),
    Ended(usize, anyhow::Result<Outcome>),
}

struct Outcome {
    passed: bool,
    output: Vec<u8>,
    took: Duration,
}

impl Programs {
    /// Builds them and runs as many at once as there are cores. The output of each is printed when it ends; if there is
    /// only one, as it comes. Returns whether all passed.
    pub(super) fn run(&self) -> anyhow::Result<bool> {
        let mut programs = Vec::new();
        for arguments in self.builds {
            let Some(built) = build(arguments)? else {
                return Ok(false);
            };
            programs.extend(built.into_iter().filter(|one| (self.chosen)(&one.name)));
        }
        // The largest first, which tend to take longest: at the end, cores would wait for them.
        programs.sort_by_key(|program| {
            Reverse(fs::metadata(&program.path).map_or(0, |file| file.len()))
        });
        if let [program] = programs.as_slice() {
            return program.run_alone(self.arguments);
        }
        ensure!(!programs.is_empty(), "cargo built no test program");
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let logs = repository::target()?.join("test-output");
        run_all(&programs, self.arguments, cores, &logs, &mut io::stdout())
    }

    /// Commands that run them one after the other.
    pub(super) fn command_line(&self) -> String {
        if let Some(repeat) = self.repeat {
            return repeat.to_owned();
        }
        let builds = self.builds.iter();
        let commands = builds.map(|arguments| format!("cargo {}", arguments.join(" ")));
        commands.collect::<Vec<_>>().join(" && ")
    }
}

/// The test programs of a cargo command, or none if they do not compile.
fn build(arguments: &[&str]) -> anyhow::Result<Option<Vec<Program>>> {
    let mut cargo = repository::command("cargo")
        .args(arguments)
        .args(["--no-run", "--message-format=json-render-diagnostics"])
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start cargo")?;
    let messages = cargo.stdout.take().context("cargo has no output")?;
    let mut programs = Vec::new();
    for message in Message::parse_stream(BufReader::new(messages)) {
        let message = message.context("failed to read what cargo built")?;
        if let Message::CompilerArtifact(artifact) = message {
            programs.extend(Program::of(&artifact));
        }
    }
    let status = cargo.wait().context("failed to wait for cargo")?;
    Ok(status.success().then_some(programs))
}

impl Program {
    /// The test program that cargo built, if it is one.
    fn of(artifact: &Artifact) -> Option<Self> {
        let path = artifact.executable.as_ref()?;
        if !artifact.profile.test {
            return None;
        }
        let source = &artifact.target.src_path;
        let name = source
            .strip_prefix(repository::root())
            .unwrap_or(source)
            .to_string();
        Some(Self {
            name,
            path: path.into(),
            folder: artifact.manifest_path.parent()?.into(),
        })
    }

    /// As cargo runs it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .stdin(Stdio::null());
        command
    }

    fn run_alone(&self, arguments: &[&str]) -> anyhow::Result<bool> {
        let status = self.command(arguments).status();
        let status = status.with_context(|| self.failed())?;
        Ok(status.success())
    }

    /// Runs it to its end. It writes to a file, because what it leaves behind could hold a pipe open.
    fn run(&self, arguments: &[&str], log: &Path) -> anyhow::Result<Outcome> {
        let begin = Instant::now();
        let output = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
        let (stdout, stderr) =
            output.with_context(|| format!("failed to create `{}`", log.display()))?;
        let mut command = self.command(arguments);
        let status = command.stdout(stdout).stderr(stderr).status();
        Ok(Outcome {
            passed: status.with_context(|| self.failed())?.success(),
            output: fs::read(log).with_context(|| format!("failed to read `{}`", log.display()))?,
            took: begin.elapsed(),
        })
    }

    fn failed(&self) -> String {
        format!("failed to run `{}`", self.path.display())
    }
}

/// Runs the programs, this many at a time, with a log of each in the folder. Returns whether all passed.
fn run_all(
    programs: &[Program],
    arguments: &[&str],
    at_once: usize,
    logs: &Path,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    fs::create_dir_all(logs).with_context(|| format!("failed to create `{}`", logs.display()))?;
    writeln!(
        out,
        "    {} test programs, {at_once} at a time",
        programs.len()
    )?;
    out.flush()?;
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, events) = mpsc::channel();
        for _ in 0..at_once {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(program) = programs.get(index) else {
                        return;
                    };
                    let began = sender.send(Event::Began(index));
                    let outcome = || program.run(arguments, &logs.join(format!("{index}.log")));
                    // No reader is left once something could not be printed.
                    if began.is_err() || sender.send(Event::Ended(index, outcome())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        report(programs, &events, out)
    })
}

/// Prints what each program wrote when it ends, and which run when none does for a while. Those that failed are listed at the end.
fn report(
    programs: &[Program],
    events: &Receiver<Event>,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let (mut running, mut failed) = (BTreeSet::new(), Vec::new());
    loop {
        match events.recv_timeout(SILENCE) {
            Ok(Event::Began(index)) => {
                running.insert(index);
            }
            Ok(Event::Ended(index, outcome)) => {
                running.remove(&index);
                let (name, outcome) = (&programs[index].name, outcome?);
                let verdict = if outcome.passed { "passed" } else { "FAILED" };
                writeln!(out, "\n    {name} {verdict} in {}", seconds(outcome.took))?;
                out.write_all(&outcome.output)?;
                if !outcome.passed {
                    failed.push(name);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                let names = running.iter().map(|index| programs[*index].name.as_str());
                writeln!(out, "    running: {}", names.collect::<Vec<_>>().join(", "))?;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
        out.flush()?;
    }
    for name in &failed {
        writeln!(out, "    failed: {name}")?;
    }
    Ok(failed.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(name: &str) -> Program {
        Program {
            name: format!("tests/{name}.rs"),
            path: name.into(),
            folder: repository::root().join("docs"),
        }
    }

    fn outcome(names: &[&str]) -> (anyhow::Result<bool>, String) {
        let logs = tempfile::tempdir().unwrap();
        let programs: Vec<_> = names.iter().map(|name| program(name)).collect();
        let mut out = Vec::new();
        let passed = run_all(&programs, &[], 2, &logs.path().join("logs"), &mut out);
        (passed, String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_program_runs_in_its_folder_and_each_failure_is_listed_at_the_end() {
        let (passed, out) = outcome(&["false", "pwd", "true"]);
        assert!(!passed.unwrap(), "{out}");
        let folder = repository::root().join("docs");
        for said in [
            "tests/false.rs FAILED in ",
            "tests/pwd.rs passed in ",
            "tests/true.rs passed in ",
            &format!("\n{}\n", folder.display()),
        ] {
            assert!(out.contains(said), "{said}: {out}");
        }
        assert!(out.ends_with("    failed: tests/false.rs\n"), "{out}");

        let (passed, out) = outcome(&["true", "pwd"]);
        assert!(passed.unwrap() && !out.contains("failed:"), "{out}");
    }

    #[test]
    fn a_program_that_cannot_run_is_an_error() {
        let (passed, _) = outcome(&["true", "/nowhere/hookpoint-tests"]);
        let error = passed.unwrap_err().to_string();
        assert_eq!(error, "failed to run `/nowhere/hookpoint-tests`");
    }
}
