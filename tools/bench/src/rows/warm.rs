//! An event with one static hook, in a function with cached bindings.
//!
//! Bindings are read again every ten seconds from the emulated DynamoDB, too rarely to affect a median. After each
//! response the function's extension writes the run record there. Like Lambda, this waits for that before the next
//! event; the emulator's time is not measured, but affects the processors' caches. So the functions alternate event by
//! event.

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use serde_json::Value;

use crate::bench::Bench;
use crate::{
    emulated::Emulated,
    function::Function,
    report::{Figures, Goal, Row, Unit},
    runtime_api::Invocation,
    sample,
    series::Series,
};

/// Maximum cost of an event beyond that of any Lambda, in microseconds.
const BUDGET: Goal = Goal::MoreAtMost(100.0);
/// Events before the first that counts.
const WARM_UP: usize = 200;

/// The series of one function.
#[derive(Debug, Default)]
struct Measured {
    answered: Series,
    ready: Series,
}

pub(super) async fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let emulated = Emulated::start(bench.folder).await?;
    let (mut stage, _) = Function::start(
        &bench.programs.stage_function()?,
        &emulated.variables(),
        bench.folder,
    )
    .await?;
    let (mut hello, _) =
        Function::start(&bench.programs.hello_lambda()?, &[], bench.folder).await?;
    let event = sample::gateway_event()?;
    for function in [&mut stage, &mut hello] {
        let first = function.invoke(&event).await?;
        ensure_answered(&first)?;
        turn(function, &event, WARM_UP).await?;
    }
    let (mut measured, mut baseline) = (Measured::default(), Measured::default());
    for _ in 0..bench.times(20, 3) {
        let (mut of_stage, mut of_hello) = (Vec::new(), Vec::new());
        for _ in 0..bench.times(50, 10) {
            // The first one finds the processors as the emulator left them.
            of_hello.push(hello.invoke(&event).await?);
            of_stage.push(stage.invoke(&event).await?);
            of_stage.push(stage.invoke(&event).await?);
            of_hello.push(hello.invoke(&event).await?);
        }
        measured.push(of_stage);
        baseline.push(of_hello);
    }
    ensure_answered(&stage.invoke(&event).await?)?;
    let row = |what: &str, measured: &Series, baseline: &Series| Row {
        name: "warm",
        what: what.to_owned(),
        unit: Unit::Microseconds,
        measured: Figures::of(measured),
        baseline: Some(Figures::of(baseline)),
        goal: Some(BUDGET),
    };
    Ok(vec![
        row(
            "static hook, event to response / hello",
            &measured.answered,
            &baseline.answered,
        ),
        row(
            "static hook, event to next poll / hello",
            &measured.ready,
            &baseline.ready,
        ),
    ])
}

impl Measured {
    fn push(&mut self, turn: Vec<Invocation>) {
        let microseconds = |time: std::time::Duration| time.as_secs_f64() * 1_000_000.0;
        let (answered, ready) = turn
            .iter()
            .map(|event| (microseconds(event.answered), microseconds(event.ready)))
            .unzip();
        self.answered.push(answered);
        self.ready.push(ready);
    }
}

async fn turn(
    function: &mut Function,
    event: &Bytes,
    events: usize,
) -> anyhow::Result<Vec<Invocation>> {
    let mut invocations = Vec::with_capacity(events);
    for _ in 0..events {
        invocations.push(function.invoke(event).await?);
    }
    Ok(invocations)
}

/// Returns an error unless the function's response is a 200 with the hook's effects.
pub(super) fn ensure_answered(invocation: &Invocation) -> anyhow::Result<()> {
    let answer: Value =
        serde_json::from_slice(&invocation.answer).context("the response is not JSON")?;
    ensure!(answer["statusCode"] == 200, "the response is {answer}");
    let body = answer["body"].as_str().unwrap_or_default();
    sample::ensure_answered(body.as_bytes())
}
