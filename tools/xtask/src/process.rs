//! Child processes that must not outlive this one.

mod log;

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process_group};

/// How long a program may take to stop after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(5);
/// Polling interval meanwhile.
const INTERVAL: Duration = Duration::from_millis(20);

/// Runs a program with a watcher that reads its standard input, a pipe whose other end only this process holds. The
/// pipe closes when this process ends, even if killed, and then the watcher ends the whole process group.
const GUARDED: &str = r#"
exec 3<&0
{
    trap '' TERM
    cat <&3
    kill -TERM 0
    sleep 5
    kill -KILL 0
} >/dev/null 2>&1 &
exec 3<&-
exec "$@" </dev/null
"#;

/// A program with all processes it starts. They end when this is dropped, and also if this process is killed.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    command: Command,
    child: Child,
    log: Option<PathBuf>,
    _bounded: Option<log::Bounded>,
}

impl Process {
    /// Starts a program in its own process group, so that it does not see a Ctrl-C. Its output goes to a new log file,
    /// which is truncated at 64 MB, or to the terminal.
    pub fn start(
        name: &'static str,
        command: &Command,
        log: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let mut command = guarded(command);
        let mut bounded = None;
        if let Some(path) = log {
            let (file, bound) = log::create(path)
                .with_context(|| format!("failed to create `{}`", path.display()))?;
            bounded = Some(bound);
            let clone = file.try_clone().context("failed to share a log file")?;
            command.stdout(file).stderr(clone);
        }
        command.stdin(Stdio::piped()).process_group(0);
        let child = spawn(name, &mut command)?;
        Ok(Self {
            name,
            command,
            child,
            log: log.map(Path::to_owned),
            _bounded: bounded,
        })
    }

    /// Stops the program and everything it started, and starts it again with the same log.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.end();
        self.child = spawn(self.name, &mut self.command)?;
        Ok(())
    }

    /// The process id, which is also that of its group.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The content of its log file.
    pub fn written(&self) -> String {
        let bytes = self.log.as_deref().and_then(|log| fs::read(log).ok());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    }

    /// Returns an error, with the end of the log, if the program has ended.
    pub fn ensure_alive(&mut self) -> anyhow::Result<()> {
        match self
            .child
            .try_wait()
            .with_context(|| format!("failed to check {}", self.name))?
        {
            None => Ok(()),
            Some(status) => Err(self.ended(status)),
        }
    }

    fn ended(&self, status: ExitStatus) -> anyhow::Error {
        let written = self.written();
        let mut last: Vec<_> = written.lines().rev().take(20).collect();
        last.reverse();
        let said = if last.is_empty() {
            String::new()
        } else {
            format!("; its last lines:\n{}", last.join("\n"))
        };
        anyhow::anyhow!("{} ended with {status}{said}", self.name)
    }

    fn signal(&self, signal: Signal) {
        // A group that has ended needs no signal.
        let _ = kill_process_group(Pid::from_child(&self.child), signal);
    }
}

impl Process {
    fn end(&mut self) {
        self.signal(Signal::TERM);
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(INTERVAL);
        }
        // Kills what ignored the first signal, and leftovers in the group.
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(name: &str, command: &mut Command) -> anyhow::Result<Child> {
    let child = command.spawn();
    child.with_context(|| format!("failed to start {name}"))
}

/// Wraps a command in [`GUARDED`]. The process id stays the program's.
fn guarded(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", GUARDED, "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process_group;

    use super::*;

    /// A shell with a child that ignores SIGTERM.
    fn family(log: &Path) -> Process {
        let script = "(trap '' TERM; echo child; exec sleep 600) & wait";
        let process = Process::start(
            "a shell",
            Command::new("sh").args(["-c", script]),
            Some(log),
        )
        .unwrap();
        let begin = Instant::now();
        while !process.written().contains("child") {
            assert!(begin.elapsed() < PATIENCE, "{}", process.written());
            thread::sleep(INTERVAL);
        }
        process
    }

    /// Waits until the system has reaped killed orphans.
    fn wait_until_gone(group: Pid) {
        let begin = Instant::now();
        while test_kill_process_group(group).is_ok() {
            assert!(begin.elapsed() < 3 * PATIENCE, "the group is still there");
            thread::sleep(INTERVAL);
        }
    }

    #[test]
    fn a_dropped_program_takes_with_it_what_it_started_even_when_that_ignores_the_signal() {
        let folder = tempfile::tempdir().unwrap();
        let process = family(&folder.path().join("deeper/log"));
        let group = Pid::from_child(&process.child);
        drop(process);
        wait_until_gone(group);
    }

    #[test]
    fn a_program_ends_when_its_owner_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = family(&folder.path().join("log"));
        let group = Pid::from_child(&process.child);
        // Closes the pipe like the system does for a killed process, without running `drop`.
        drop(process.child.stdin.take());
        while process.ensure_alive().is_ok() {
            thread::sleep(INTERVAL);
        }
        wait_until_gone(group);
    }

    #[test]
    fn a_program_that_ended_early_is_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", "echo port 9000 is taken >&2; exit 3"]);
        let mut process = Process::start("the server", &command, Some(&log)).unwrap();
        let error = loop {
            match process.ensure_alive() {
                Ok(()) => thread::sleep(INTERVAL),
                Err(error) => break error.to_string(),
            }
        };
        assert!(
            error.starts_with("the server ended with") && error.contains("port 9000 is taken"),
            "{error}"
        );
    }
}
