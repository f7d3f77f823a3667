//! The catalogue of lifecycle stages: pure data, no I/O, no async.
//!
//! [`Stage`] names a stage, [`Stage::definition`] tells everything about it. Whatever else lists stages (functions, the
//! deployment template, events, documents) is generated from here, so that adding a stage edits `src/catalogue.rs` and
//! nothing else.

mod catalogue;
mod definition;
mod example;
mod fields;
mod sensitive;
#[cfg(test)]
mod tests;

pub use catalogue::{Stage, UnknownStage};
pub use definition::{
    Effect, FailureDefault, Family, Field, ModeRule, Shape, StageDefinition, TargetRule,
};
pub use sensitive::{is_sensitive_name, sensitive_names};
