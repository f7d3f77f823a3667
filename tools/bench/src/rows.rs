//! The rows: one module each.

mod author;
mod cold;
mod delivery;
mod dev;
mod idempotency;
mod overshoot;
mod peers;
mod plugins;
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

use hookpoint_xtask::bench::Choice;

use crate::{bench::Bench, report::Row};

/// Measures a row.
pub(crate) async fn measure(choice: Choice, bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    match choice {
        Choice::Start => start::measure(bench).await,
        Choice::Warm => warm::measure(bench).await,
        Choice::Dev => dev::measure(bench).await,
        Choice::Webhook => webhook::measure(bench).await,
        Choice::Signing => signing::measure(bench).await,
        Choice::Delivery => delivery::measure(bench).await,
        Choice::Record => Box::pin(record::measure(bench)).await,
        Choice::Redaction => Box::pin(redaction::measure(bench)).await,
        Choice::Idempotency => idempotency::measure(bench).await,
        Choice::Size => size::measure(bench).await,
        Choice::Script => script::measure(bench).await,
        Choice::Overshoot => overshoot::measure(bench).await,
        Choice::ScriptRate => script_rate::measure(bench).await,
        Choice::ScriptMemory => script_memory::measure().await,
        Choice::ScriptQuota => script_quota::measure(bench).await,
        Choice::Cold => cold::measure(bench).await,
        Choice::Peers => peers::measure(bench).await,
        Choice::Plugins => plugins::measure(bench).await,
        Choice::Author => author::measure(bench).await,
    }
}
