//! Plan, run and merge lifecycle hooks.
//!
//! This crate is the domain: it does no I/O of its own. What it needs from outside stands in [`ports`]; adapters
//! implement those traits, composition roots put them into an [`Engine`]. Time is an argument: nothing here reads the
//! wall clock.

pub mod application;
mod arrival;
pub mod binding;
mod cache;
pub mod circuit;
pub mod condition;
pub mod confidential;
pub mod continuation;
pub mod deadline;
mod decimal;
pub mod deliver;
pub mod effects;
pub mod egress;
pub mod engine;
pub mod error_code;
pub mod event;
pub mod format;
pub mod gone;
pub mod header;
pub mod hook;
pub mod idempotency;
pub mod identifier;
pub mod ingest;
pub mod ingest_key;
pub mod job;
pub mod json;
pub mod late_answers;
pub mod merge;
pub mod outcome;
mod pass;
mod plan;
pub mod ports;
pub mod problem;
pub mod publish;
pub mod record;
pub mod redaction;
pub mod replay;
pub mod report;
pub mod retry;
mod run;
pub mod run_log;
pub mod secret;
mod serde_stage;
pub mod settings;
pub mod sources;
pub mod staleness;
pub mod template;
#[cfg(feature = "testing")]
pub mod testing;
mod timestamp;

pub use arrival::Arrival;
pub use engine::{Engine, Ports};
pub use hookpoint_stages as stages;
pub use run::Runners;
