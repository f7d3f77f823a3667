//! Fakes for the ports, and the contracts that every store and queue must pass.
//!
//! Behind the feature `testing`: adapters and composition roots use it in their tests, nothing ships it.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a broken expectation must fail the test that uses these fakes"
)]

pub mod contract;
mod fixed;
mod flaky;
pub mod hostile_json;
mod kept;
mod memory;
mod ports;
mod queue;
pub mod sample;
mod scripted;
pub mod stored;

pub use self::{
    fixed::{FixedContinuationKeys, FixedSecrets},
    flaky::Flaky,
    kept::{MemoryGone, MemoryIdempotency, MemoryRuns},
    memory::MemoryStore,
    ports::{ports, runners},
    queue::MemoryQueue,
    scripted::{Answer, FakeScript, FakeWebhook, RecordedPost, RecordedRun, Scripted},
};
