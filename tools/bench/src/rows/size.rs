//! The size of a function: its zip, and the memory of its process.

use hookpoint_xtask::size::sizes;

use super::{Bench, warm::ensure_answered};
use crate::{
    emulated::Emulated,
    function::Function,
    report::{Figures, Goal, Row, Unit},
    sample::{self, STAGE},
};

/// Goal for the zip: 6.5 MB.
const ZIP: f64 = 6_500_000.0;
/// Goal for the memory: 30 MB.
const MEMORY: f64 = 30_000_000.0;
/// Events before memory is read.
const EVENTS: usize = 100;

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let stage = bench.programs.stage_function()?;
    let hello = bench.programs.hello_lambda()?;
    let (_, zip) = sizes(&stage)?;
    let (_, hello_zip) = sizes(&hello)?;
    let emulated = Emulated::start(bench.folder).await?;
    let (mut stage, _) = Function::start(&stage, &emulated.variables(), bench.folder).await?;
    let (mut hello, _) = Function::start(&hello, &[], bench.folder).await?;
    let event = sample::gateway_event()?;
    for function in [&mut stage, &mut hello] {
        for _ in 0..EVENTS {
            ensure_answered(&function.invoke(&event).await?)?;
        }
    }
    let (memory, hello_memory) = (stage.memory()?, hello.memory()?);
    let row = |what: String, measured: u64, baseline: u64, limit: f64| Row {
        name: "size",
        what,
        unit: Unit::Bytes,
        measured: constant(measured),
        baseline: Some(constant(baseline)),
        goal: Some(Goal::AtMost(limit)),
    };
    Ok(vec![
        row(
            format!("zip of `{}` (hello beside it)", STAGE.name()),
            zip,
            hello_zip,
            ZIP,
        ),
        row(
            format!("resident memory after {EVENTS} events"),
            memory.resident,
            hello_memory.resident,
            MEMORY,
        ),
        row(
            "peak memory".to_owned(),
            memory.peak,
            hello_memory.peak,
            MEMORY,
        ),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn constant(bytes: u64) -> Figures {
    Figures::constant(bytes as f64)
}
