//! Reads and checks `hookpoint.yaml`, and turns it into the desired state.
//!
#![doc = include_str!("../README.md")]

mod bundling;
mod case;
mod check;
mod document;
mod draft;
mod files;
mod imports;
mod local;
mod problem;
mod raw;
mod suggestion;
#[cfg(test)]
mod tests;
mod workspace;

pub use hookpoint_bundler_protocol as protocol;

pub use self::{
    bundling::{Bundler, BundlerUnavailable, NoBundler},
    case::{Body, CASE_SUFFIX, Case, CaseReply, Expectation, ExpectedRequest, case_files},
    draft::Draft,
    local::{DEFAULT_PORT, LocalSettings},
    problem::{Problem, WorkspaceErrors},
    workspace::Workspace,
};
