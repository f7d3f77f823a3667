//! Hostile scripts in other engines, each in its own process, because some crash it.

use std::{
    fmt, fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rustix::param::page_size;
use serde::Deserialize;
use serde_json::json;

use super::{Peer, Peers, job};

/// Maximum time before a script is killed.
const PATIENCE: Duration = Duration::from_secs(20);
/// Timeout of the process's start.
const START: Duration = Duration::from_mins(1);
/// Maximum memory before it is killed, to protect the machine.
const MEMORY: u64 = 2 << 30;
/// Polling interval.
const INTERVAL: Duration = Duration::from_millis(5);

/// How a script ended.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) how: How,
    pub(crate) after: Duration,
}

#[derive(Debug, Clone)]
pub(crate) enum How {
    /// The engine stopped it, with this error, and survived.
    Stopped(String),
    /// It ran to its end.
    Returned,
    /// The engine's process ended with it.
    Died,
    /// It was killed from outside after [`PATIENCE`].
    Killed,
    /// It was killed from outside because it used too much memory.
    Grew,
}

/// A line of the program's output.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    ended: String,
    took_ms: f64,
}

impl Peers {
    /// Runs a hostile script with a time limit until it ends.
    pub(crate) async fn endure(
        &self,
        peer: Peer,
        source: &str,
        limit: Duration,
        folder: &Path,
    ) -> anyhow::Result<End> {
        let job = job(peer, limit, &json!({ "hostile": source }))?;
        let mut started = self.start(&job, folder)?;
        let mut begun: Option<Instant> = None;
        let start = Instant::now();
        loop {
            let alive = started.process.ensure_alive();
            let noted = fs::read_to_string(&started.outcome).unwrap_or_default();
            let mut lines = noted.lines();
            if begun.is_none() && lines.next().is_some() {
                begun = Some(Instant::now());
            }
            if let Some(line) = noted.lines().nth(1).filter(|_| noted.ends_with('\n')) {
                let Ended { ended, took_ms } =
                    serde_json::from_str(line).context("the outcome is not as expected")?;
                let how = match &*ended {
                    "returned" => How::Returned,
                    _ => How::Stopped(ended),
                };
                let after = Duration::from_secs_f64(took_ms / 1_000.0);
                return Ok(End { how, after });
            }
            let how = match (begun, alive) {
                (None, Err(error)) => return Err(error),
                (None, Ok(())) if start.elapsed() > START => bail!("it did not start"),
                (Some(_), Err(_)) => Some(How::Died),
                (Some(begun), Ok(())) if begun.elapsed() > PATIENCE => Some(How::Killed),
                (Some(_), Ok(())) if memory_of_group(started.process.id()) > MEMORY => {
                    Some(How::Grew)
                }
                _ => None,
            };
            if let (Some(how), Some(begun)) = (how, begun) {
                let after = begun.elapsed();
                return Ok(End { how, after });
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// The resident memory of all processes of a group, in bytes; zero without `/proc`.
fn memory_of_group(group: u32) -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else {
        return 0;
    };
    let stats = processes
        .filter_map(Result::ok)
        .filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let pages: u64 = stats.filter_map(|stat| pages_in(&stat, group)).sum();
    pages * page_size() as u64
}

/// The resident pages of a process if it belongs to the group: the fifth and the twenty-fourth field of its `stat`.
fn pages_in(stat: &str, group: u32) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = rest.split(' ').collect();
    let is_member = fields.get(2)?.parse() == Ok(group);
    is_member.then(|| fields.get(21)?.parse().ok())?
}

impl fmt::Display for How {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(error) => write!(formatter, "stopped ({error})"),
            Self::Returned => formatter.write_str("returned"),
            Self::Died => formatter.write_str("its process died"),
            Self::Killed => formatter.write_str("continued until killed"),
            Self::Grew => formatter.write_str("grew past 2 GB until killed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_members_of_the_group_count() {
        let stat = "77 (a ) b) S 1 42 42 0 -1 4194304 900 0 0 0 31 11 0 0 20 0 4 0 100 1 512 1";
        assert_eq!(pages_in(stat, 42), Some(512));
        assert_eq!(pages_in(stat, 77), None);
        assert_eq!(pages_in("77 (a", 42), None);
    }

    #[test]
    fn this_process_holds_memory() {
        let own = fs::read_to_string("/proc/self/stat").unwrap();
        let group = own.rsplit_once(") ").unwrap().1.split(' ').nth(2).unwrap();
        assert!(memory_of_group(group.parse().unwrap()) > 1 << 20);
        assert_eq!(memory_of_group(u32::MAX), 0);
    }
}
