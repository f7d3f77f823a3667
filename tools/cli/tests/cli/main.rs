//! Tests of the built program in temporary folders.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test, as the test itself would"
)]

mod astray;
mod audit;
mod bad_input;
mod callers;
mod cases;
mod clock;
mod closed_pipe;
mod dead_letters;
mod deliveries;
mod dev;
mod endpoint;
mod endpoints;
mod folder;
mod following;
mod gone;
mod history;
mod journeys;
mod killing;
mod lines;
mod local_api;
mod making;
#[cfg(target_os = "linux")]
mod prompt;
mod published;
mod publishing;
mod queue;
#[cfg(target_os = "linux")]
mod recording;
mod refusals;
mod runs;
mod saving;
mod server;
#[cfg(target_os = "linux")]
mod stages;
mod strangers;
mod subjects;
#[cfg(target_os = "linux")]
mod terminal;
mod trigger;
mod usage;
#[cfg(target_os = "linux")]
mod waiting;
#[cfg(target_os = "linux")]
mod watching;
