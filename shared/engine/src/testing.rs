//! Fakes for the ports, and small things to publish.
//!
//! Behind the feature `testing`: adapters and composition roots use it in their tests, nothing ships it.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a broken expectation must fail the test that uses these fakes"
)]

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
