//! The sandbox's processes, as the kernel sees them.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::Context as _;

/// How long the sandbox may be busy after it was told to get ready; on with it then.
const PATIENCE: Duration = Duration::from_secs(2);

/// A process below this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descendant {
    pub(crate) id: u32,
    pub(crate) parent: u32,
    /// It waits for something: neither does it run, nor would it if it were allowed to, nor does it end.
    is_asleep: bool,
}

/// What a process holds in memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Pages it can reach without a fault, however many processes share them.
    pub(crate) resident: u64,
    /// The same, each page divided by the number of processes that share it.
    pub(crate) proportional: u64,
    /// Pages of its own.
    pub(crate) private: u64,
}

/// Waits until every process of the sandbox waits: children that were told to get ready are. A throttled process counts as
/// running.
pub(crate) async fn settle() -> anyhow::Result<()> {
    let begin = Instant::now();
    let mut quiet = 0;
    while quiet < 2 && begin.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let is_quiet = descendants()?.iter().all(|process| process.is_asleep);
        quiet = if is_quiet { quiet + 1 } else { 0 };
    }
    Ok(())
}

/// The processes below this one.
pub(crate) fn descendants() -> anyhow::Result<Vec<Descendant>> {
    let entries = fs::read_dir("/proc").context("failed to read `/proc`")?;
    let processes: Vec<Descendant> = entries
        .filter_map(|entry| {
            let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            // It may be gone by now.
            descendant(id, &fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
        })
        .collect();
    let mut found = Vec::new();
    let mut parents = vec![std::process::id()];
    while let Some(parent) = parents.pop() {
        for process in processes.iter().filter(|process| process.parent == parent) {
            parents.push(process.id);
            found.push(*process);
        }
    }
    Ok(found)
}

/// State and parent: the third and the fourth field. The second one is a name in brackets, which may hold anything.
fn descendant(id: u32, stat: &str) -> Option<Descendant> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    Some(Descendant {
        id,
        is_asleep: fields.next()? == "S",
        parent: fields.next()?.parse().ok()?,
    })
}

/// What a process holds in memory.
///
/// # Errors
/// The sandbox's processes may be looked into by the superuser only.
pub(crate) fn memory(id: u32) -> anyhow::Result<Memory> {
    let path = format!("/proc/{id}/smaps_rollup");
    let text = fs::read_to_string(&path).with_context(|| {
        format!("failed to read `{path}`: only the superuser may look into the sandbox's processes")
    })?;
    memory_in(&text).with_context(|| format!("`{path}` is not as expected"))
}

fn memory_in(text: &str) -> Option<Memory> {
    let bytes = |field: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(field))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1_024)
    };
    Some(Memory {
        resident: bytes("Rss:")?,
        proportional: bytes("Pss:")?,
        private: bytes("Private_Clean:")? + bytes("Private_Dirty:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_sums_are_read() {
        let text = "55d0-7ffe ---p 00000000 00:00 0   [rollup]\nRss:    5500 kB\nPss:    2000 kB\nPss_Dirty: 9 kB\n\
                    Private_Clean:   100 kB\nPrivate_Dirty:    28 kB\n";
        let expected = Memory {
            resident: 5_500 << 10,
            proportional: 2_000 << 10,
            private: 128 << 10,
        };
        assert_eq!(memory_in(text), Some(expected));
        assert_eq!(memory_in("Rss: 5 kB\n"), None);
    }

    #[test]
    fn a_process_that_runs_or_ends_is_not_asleep() {
        let is_asleep = |state: &str| {
            let stat = format!("77 (a ) b) {state} 12 77 77 0");
            descendant(77, &stat).map(|process| (process.parent, process.is_asleep))
        };
        assert_eq!(is_asleep("S"), Some((12, true)));
        assert_eq!(is_asleep("R"), Some((12, false)));
        assert_eq!(is_asleep("Z"), Some((12, false)));
    }
}
