//! Who runs: a function, its sandbox, and the children that wait there.

use std::{collections::BTreeSet, fs, time::Duration};

/// The argument that a sandbox process is started with.
const SANDBOX: &str = "--hookpoint-sandbox-zygote";

/// The sandbox process of a function and its children, all of them alive.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sandbox {
    pub(super) zygote: Option<u32>,
    pub(super) children: BTreeSet<u32>,
}

impl Sandbox {
    /// What a function has now.
    pub(super) fn of(function: u32) -> Self {
        let is_zygote = |id: &u32| {
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(SANDBOX)
        };
        let zygote = children(function).into_iter().find(is_zygote);
        Self {
            zygote,
            children: zygote.map(children).unwrap_or_default(),
        }
    }

    /// All of its processes.
    pub(super) fn processes(&self) -> impl Iterator<Item = u32> {
        self.zygote.iter().chain(&self.children).copied()
    }
}

/// The children that a function's sandbox keeps while there is nothing to run; those of runs end within moments.
pub(super) async fn waiting_children(function: u32) -> BTreeSet<u32> {
    for _ in 0..50 {
        let before = Sandbox::of(function).children;
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !before.is_empty() && before == Sandbox::of(function).children {
            return before;
        }
    }
    panic!("not within 5 s: a child waits for the next event");
}

/// Whether a process runs. One that has ended and was not waited for does not.
pub(super) fn is_alive(process: u32) -> bool {
    state_and_parent(process).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// Waits until something is so, for a few seconds at most.
pub(super) async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within 5 s: {what}");
}

fn children(parent: u32) -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").unwrap();
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes
        .filter(|process| {
            state_and_parent(*process).is_some_and(|(_, found)| found == parent)
                && is_alive(*process)
        })
        .collect()
}

/// The name before them is in brackets and may hold anything.
fn state_and_parent(process: u32) -> Option<(char, u32)> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = status.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}
