//! A Lambda function as a process, with a Runtime API that measures it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use axum::body::Bytes;
use rustix::process::{Pid, Signal, kill_process};

use crate::runtime_api::{Invocation, RuntimeApi};

/// A function that waits for events. Dropping this stops it; if this process is killed, its polls fail and it ends.
#[derive(Debug)]
pub(crate) struct Function {
    api: RuntimeApi,
    child: Child,
    log: PathBuf,
}

/// Memory of a process in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// Current resident memory.
    pub(crate) resident: u64,
    /// Peak resident memory.
    pub(crate) peak: u64,
}

impl Function {
    /// Starts a program with only these variables, and waits until it asks for its first event. Also returns how long
    /// that took. Its log goes to a file in the folder, as Lambda collects it too.
    pub(crate) async fn start(
        program: &Path,
        variables: &[(&'static str, String)],
        folder: &Path,
    ) -> anyhow::Result<(Self, Duration)> {
        Self::start_command(&mut Command::new(program), variables, folder).await
    }

    /// Like [`start`](Self::start), with the arguments of a command.
    pub(crate) async fn start_command(
        command: &mut Command,
        variables: &[(&'static str, String)],
        folder: &Path,
    ) -> anyhow::Result<(Self, Duration)> {
        let program = PathBuf::from(command.get_program());
        let api = RuntimeApi::start().await?;
        let log = folder.join(
            program
                .with_extension("log")
                .file_name()
                .unwrap_or_default(),
        );
        let file =
            File::create(&log).with_context(|| format!("failed to create `{}`", log.display()))?;
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "measured")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/measured")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdout(file.try_clone()?)
            .stderr(file);
        let begin = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("failed to start `{}`", program.display()))?;
        let mut function = Self { api, child, log };
        let polled = function.api.polled().await;
        let polled = function.quoting_its_log(polled)?;
        Ok((function, polled - begin))
    }

    /// Invokes it with an event.
    pub(crate) async fn invoke(&mut self, event: &Bytes) -> anyhow::Result<Invocation> {
        let invocation = self.api.invoke(event.clone()).await;
        self.quoting_its_log(invocation)
    }

    /// Freezes it for a time, as Lambda does while it waits for an event.
    pub(crate) async fn freeze_for(&self, time: Duration) -> anyhow::Result<()> {
        if time.is_zero() {
            return Ok(());
        }
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let id = id.context("the function has no process id")?;
        kill_process(id, Signal::STOP)?;
        tokio::time::sleep(time).await;
        Ok(kill_process(id, Signal::CONT)?)
    }

    /// The memory of the process, as counted by the kernel.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).with_context(|| {
            format!("failed to read `{path}`: memory is measured on Linux only")
        })?;
        let bytes = |field: &str| {
            kilobytes(&status, field)
                .map(|kilobytes| kilobytes * 1_024)
                .with_context(|| format!("`{path}` has no `{field}`"))
        };
        Ok(Memory {
            resident: bytes("VmRSS:")?,
            peak: bytes("VmHWM:")?,
        })
    }

    /// The processor time of its threads so far, of those that have ended not.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let threads = format!("/proc/{}/task", self.child.id());
        let mut nanoseconds = 0;
        for thread in fs::read_dir(&threads).with_context(|| {
            format!("failed to read `{threads}`: processor time is measured on Linux only")
        })? {
            // A thread may end meanwhile.
            let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            let time = text.split(' ').next().and_then(|time| time.parse().ok());
            nanoseconds += time.unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn quoting_its_log<T>(&self, outcome: anyhow::Result<T>) -> anyhow::Result<T> {
        outcome.with_context(|| {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let mut last: Vec<_> = log.lines().rev().take(10).collect();
            last.reverse();
            format!("the function failed; its last lines:\n{}", last.join("\n"))
        })
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kilobytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_figures_are_read() {
        let status = "Name:\tx\nVmHWM:\t   17244 kB\nVmRSS:\t   16000 kB\n";
        assert_eq!(kilobytes(status, "VmHWM:"), Some(17_244));
        assert_eq!(kilobytes(status, "VmSwap:"), None);
    }
}
