//! `hookpoint.yaml`: read, checked, turned into what should be published.
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
