//! The catalogue of lifecycle stages: pure data, no I/O, no async.
//!
//! [`Stage`] names a stage, [`Stage::definition`] tells everything about it. Whatever else lists stages (functions, the
//! deployment template, events, documents) is generated from here, so that adding a stage edits `src/catalogue.rs` and
//! nothing else. [`Effect`] and [`Effect::definition`] do the same for what a hook may return: adding an effect edits
//! `src/effects.rs`, and the engine's merge rule, which the compiler asks for.

mod catalogue;
mod definition;
mod effects;
mod example;
mod fields;
mod form;
mod sensitive;
#[cfg(test)]
mod tests;

pub use catalogue::{Stage, UnknownStage};
pub use definition::{FailureDefault, Family, Field, ModeRule, Shape, StageDefinition, TargetRule};
pub use effects::{Effect, EffectDefinition, Ending, is_sensitive_field_type};
pub use form::{Choice, Form, Member, Names, Reserved, Rule};
pub use sensitive::{is_sensitive_name, sensitive_names};
