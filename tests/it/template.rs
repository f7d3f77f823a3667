//! The deployment templates: validity, and our own rules about their resources.

mod deployment;
mod lint;
pub(crate) mod resolution;
mod rules;
mod stages;
pub(crate) mod translation;
