//! The measured programs, and starting servers.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use hookpoint_xtask::{bench::STAGE, process::Process};
use rustix::param::clock_ticks_per_second;

/// Timeout of a server's start.
const PATIENCE: Duration = Duration::from_secs(20);
/// Polling interval meanwhile.
const INTERVAL: Duration = Duration::from_millis(20);
/// The text before the address in a server's output.
const BEFORE_ADDRESS: &str = "http://";

/// The folder of the programs: that of this one, so that all have one profile.
#[derive(Debug)]
pub(crate) struct Programs {
    folder: PathBuf,
}

impl Programs {
    pub(crate) fn beside_this_one() -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("failed to find this program")?;
        let folder = own.parent().context("this program has no folder")?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    pub(crate) fn stage_function(&self) -> anyhow::Result<PathBuf> {
        self.program(&STAGE.name())
    }

    pub(crate) fn hello_lambda(&self) -> anyhow::Result<PathBuf> {
        self.program("hello-lambda")
    }

    pub(crate) fn hello_axum(&self) -> anyhow::Result<PathBuf> {
        self.program("hello-axum")
    }

    pub(crate) fn hookpoint(&self) -> anyhow::Result<PathBuf> {
        self.program("hookpoint")
    }

    pub(crate) fn bundler(&self) -> anyhow::Result<PathBuf> {
        self.program("hookpoint-bundler")
    }

    fn program(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(name);
        ensure!(
            path.is_file(),
            "`{}` is not built; `cargo xtask bench` builds it",
            path.display()
        );
        Ok(path)
    }
}

/// A server that ends with this program.
#[derive(Debug)]
pub(crate) struct Server {
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server and waits until it prints its address. Its output goes to a file in the folder.
    pub(crate) async fn start(
        name: &'static str,
        command: &Command,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let mut process = Process::start(name, command, Some(&log))?;
        let begin = Instant::now();
        loop {
            if let Some(address) = address_in(&process.written()) {
                return Ok(Self { process, address });
            }
            process.ensure_alive()?;
            if begin.elapsed() > PATIENCE {
                bail!("{name} did not start within {PATIENCE:?}");
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// The processor time of all its threads so far, in the kernel's resolution of a hundredth of a second.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let path = format!("/proc/{}/stat", self.process.id());
        let stat = fs::read_to_string(&path).with_context(|| {
            format!("failed to read `{path}`: processor time is measured on Linux only")
        })?;
        let ticks = ticks(&stat).with_context(|| format!("`{path}` is not as expected"))?;
        Ok(Duration::from_millis(
            ticks * 1_000 / clock_ticks_per_second(),
        ))
    }

    /// Returns an error if it has ended.
    pub(crate) fn ensure_alive(&mut self) -> anyhow::Result<()> {
        self.process.ensure_alive()
    }
}

/// User plus system time: the fourteenth and fifteenth field. The second field is a name in brackets, which may contain
/// anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The address, once its line is complete.
fn address_in(written: &str) -> Option<SocketAddr> {
    let (_, rest) = written.split_once(BEFORE_ADDRESS)?;
    let (address, _) = rest.split_once('\n')?;
    address.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_past_any_name() {
        let stat = "77 (a ) b) S 1 77 77 0 -1 4194304 900 0 0 0 31 11 0 0 20 0 4 0 100 1 1";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("77 (a"), None);
    }

    #[test]
    fn an_address_is_known_when_its_line_is_complete() {
        assert_eq!(address_in("Listens on http://127.0.0.1:74"), None);
        assert_eq!(
            address_in("Listens on http://127.0.0.1:7450\nmore"),
            Some(SocketAddr::from(([127, 0, 0, 1], 7450)))
        );
    }
}
