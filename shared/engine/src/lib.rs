//! Plan, run and merge lifecycle hooks.
//!
//! This crate is the domain and does no I/O of its own. [`ports`] declares what it needs from outside; adapters
//! implement those traits, and composition roots put them into an [`Engine`]. Time is an argument: nothing here reads
//! the wall clock.

pub mod application;
pub mod audit;
pub mod confidential;
pub mod continuation;
pub mod deadline;
pub mod decimal;
pub mod delivery;
pub mod engine;
pub mod event;
pub mod format;
pub mod hook;
pub mod identifier;
pub mod pass;
pub mod ports;
pub mod publish;
pub mod record;
mod serde_stage;
pub mod spelling;
#[cfg(feature = "testing")]
pub mod testing;
mod timestamp;

pub use engine::{Engine, Ports};
pub use event::arrival::Arrival;
pub use hook::run::Runners;
pub use hookpoint_stages as stages;
