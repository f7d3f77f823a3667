//! Plan, run and merge lifecycle hooks.
//!
//! This crate is the domain: it does no I/O of its own. What it needs from outside stands in [`ports`]; adapters
//! implement those traits, composition roots put them into an [`Engine`]. Time is an argument: nothing here reads the
//! wall clock.

pub mod application;
pub mod binding;
pub mod condition;
pub mod deadline;
pub mod egress;
pub mod hook;
pub mod identifier;
pub mod ingest_key;
pub mod outcome;
pub mod ports;
pub mod publish;
pub mod secret;
mod serde_stage;
pub mod template;

pub use hookpoint_stages as stages;
