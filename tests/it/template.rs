//! The deployment templates: validity, and our own rules about their resources.

mod address;
mod deliveries;
mod deployment;
mod findings;
pub(crate) mod guide;
mod lint;
mod pairs;
mod refusals;
mod releases;
pub(crate) mod resolution;
mod rules;
mod stages;
pub(crate) mod translation;
