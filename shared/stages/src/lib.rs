//! The catalogue of lifecycle stages: pure data, no I/O, no async.
//!
//! [`Stage`] names a stage; [`Stage::definition`] returns its catalogue entry. Everything else that lists stages
//! (functions, the deployment template, events, documents) is generated from here, so adding a stage edits
//! `src/catalogue.rs` and its place in `src/journey/table.rs`. [`Effect`] and [`Effect::definition`] do likewise for hook
//! responses: adding an effect edits `src/effects.rs`, whose entry says which stages accept it, and the engine's
//! merge rule, which the compiler requires. [`Stage::effects`] is computed from those entries.

mod catalogue;
mod definition;
mod effects;
mod example;
mod fields;
mod form;
mod journey;
mod sensitive;
#[cfg(test)]
mod tests;

pub use catalogue::{Stage, UnknownStage};
pub use definition::{FailureDefault, Family, Field, ModeRule, Shape, StageDefinition, TargetRule};
pub use effects::{
    Effect, EffectDefinition, EffectSet, Ending, Lead, Stages, is_sensitive_field_type,
};
pub use form::{Choice, Form, Member, Names, Reserved, Rule};
pub use journey::{JOURNEYS, Journey, Moment, Point, Step};
pub use sensitive::{is_sensitive_name, sensitive_names};
