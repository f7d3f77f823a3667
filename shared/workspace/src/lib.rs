//! Reads and checks `hookpoint.yaml`, and turns it into the desired state.
//!
#![doc = include_str!("../README.md")]

mod check;
mod document;
mod files;
mod local;
mod problem;
mod raw;
mod suggestion;
#[cfg(test)]
mod tests;
mod workspace;

pub use self::{
    local::{DEFAULT_PORT, LocalSettings},
    problem::{Problem, WorkspaceErrors},
    workspace::Workspace,
};
