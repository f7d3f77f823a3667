//! The rows: one module each.

mod delivery;
mod dev;
mod idempotency;
mod overshoot;
mod peers;
mod record;
mod redaction;
mod script;
mod script_memory;
mod script_quota;
mod script_rate;
mod signing;
mod size;
mod start;
mod warm;
mod webhook;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use hookpoint_xtask::bench::Choice;

use crate::{programs::Programs, report::Row};

/// The context of a row.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    pub(crate) programs: &'a Programs,
    /// Fewer repetitions, as a smoke test.
    pub(crate) quick: bool,
    /// Folder for files, removed at the end.
    pub(crate) folder: &'a Path,
}

/// Measures a row.
pub(crate) async fn measure(choice: Choice, bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    match choice {
        Choice::Start => start::measure(bench).await,
        Choice::Warm => warm::measure(bench).await,
        Choice::Dev => dev::measure(bench).await,
        Choice::Webhook => webhook::measure(bench).await,
        Choice::Signing => signing::measure(bench).await,
        Choice::Delivery => delivery::measure(bench).await,
        Choice::Record => record::measure(bench).await,
        Choice::Redaction => redaction::measure(bench).await,
        Choice::Idempotency => idempotency::measure(bench).await,
        Choice::Size => size::measure(bench).await,
        Choice::Script => script::measure(bench).await,
        Choice::Overshoot => overshoot::measure(bench).await,
        Choice::ScriptRate => script_rate::measure(bench).await,
        Choice::ScriptMemory => script_memory::measure().await,
        Choice::ScriptQuota => script_quota::measure(bench).await,
        Choice::Peers => peers::measure(bench).await,
    }
}

impl Bench<'_> {
    /// Selects the number of repetitions.
    pub(crate) fn times<T>(&self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }

    /// Creates a folder for a row.
    pub(crate) fn subfolder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("failed to create `{}`", folder.display()))?;
        Ok(folder)
    }
}
