//! Memory of prepared hooks, and growth of this process over many runs.

use std::fs;

use anyhow::Context as _;

use crate::{
    report::{Figures, Row, Unit},
    script::{self, ROOMY_MB},
};

/// Number of runs over which growth is measured.
const RUNS: usize = 2_000;

pub(super) async fn measure() -> anyhow::Result<Vec<Row>> {
    let event = script::event()?;
    let mut rows = Vec::new();
    for script in script::scripts() {
        let before = resident()?;
        let sandbox = script::sandbox(ROOMY_MB);
        let hook = script.hook(1)?;
        for _ in 0..5 {
            script::run(&sandbox, &hook, &event).await?;
        }
        let (_, template) = sandbox.prepared();
        let ready = resident()?;
        for _ in 0..RUNS {
            script::run(&sandbox, &hook, &event).await?;
        }
        let after = resident()?;
        rows.push(row(format!("{}, template", script.name), template as u64));
        rows.push(row(
            format!("{}, engine, slot and template", script.name),
            ready.saturating_sub(before),
        ));
        rows.push(row(
            format!("{}, growth over {RUNS} runs", script.name),
            after.saturating_sub(ready),
        ));
    }
    Ok(rows)
}

/// Resident memory of this process in bytes.
fn resident() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/self/smaps_rollup")
        .context("failed to read `/proc/self/smaps_rollup`")?;
    resident_in(&text).context("`/proc/self/smaps_rollup` is not as expected")
}

fn resident_in(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn row(what: String, bytes: u64) -> Row {
    Row {
        name: "script-memory",
        what,
        unit: Unit::Bytes,
        measured: Figures::constant(bytes as f64),
        baseline: None,
        goal: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_sum_is_read() {
        let text = "55d0-7ffe ---p 00000000 00:00 0   [rollup]\nRss:    5500 kB\nPss: 9 kB\n";
        assert_eq!(resident_in(text), Some(5_500 << 10));
        assert_eq!(resident_in("Pss: 5 kB\n"), None);
    }
}
