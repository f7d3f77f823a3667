//! The deployment templates: what CloudFormation takes, and rules of our own about what they make.

mod deployment;
mod lint;
pub(crate) mod resolution;
mod rules;
mod stages;
pub(crate) mod translation;
