//! Memory of the zygote and of the children that wait.

use anyhow::Context as _;

use crate::{
    report::{Figures, Row, Unit},
    script::{self, ROOMY_MB, processes},
};

pub(super) async fn measure() -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (index, script) in script::scripts().iter().enumerate() {
        let sandbox = script::sandbox(ROOMY_MB, false)?;
        sandbox.prepare(&script.hook(1)?).await;
        processes::settle().await?;
        let descendants = processes::descendants()?;
        let zygote = descendants
            .iter()
            .find(|process| process.parent == std::process::id())
            .context("the sandbox has no zygote")?;
        // It forks the primed one first.
        let mut spares: Vec<u32> = descendants
            .iter()
            .filter(|process| process.parent == zygote.id)
            .map(|process| process.id)
            .collect();
        spares.sort_unstable();
        let [primed, unprimed] = spares[..] else {
            anyhow::bail!("two spares should wait, but {} do", spares.len());
        };
        if index == 0 {
            rows.extend(of("zygote", zygote.id)?);
            rows.extend(of("unprimed spare", unprimed)?);
        }
        rows.extend(of(&format!("spare primed with {}", script.name), primed)?);
        sandbox.shutdown();
    }
    Ok(rows)
}

fn of(what: &str, id: u32) -> anyhow::Result<[Row; 3]> {
    let memory = processes::memory(id)?;
    let row = |kind: &str, bytes: u64| Row {
        name: "script-memory",
        what: format!("{what}, {kind}"),
        unit: Unit::Bytes,
        measured: constant(bytes),
        baseline: None,
        goal: None,
    };
    Ok([
        row("resident (Rss)", memory.resident),
        row("shared pages divided (Pss)", memory.proportional),
        row("its own (Private)", memory.private),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn constant(bytes: u64) -> Figures {
    Figures::constant(bytes as f64)
}
