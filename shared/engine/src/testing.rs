//! In-memory fakes of the ports, and samples to publish.
//!
//! Behind the feature `testing`, for the tests of adapters and composition roots. Not part of release builds.

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
