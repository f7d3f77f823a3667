//! Reads and checks `hookpoint.yaml`, and turns it into the desired state.
//!
#![doc = include_str!("../README.md")]

mod bundling;
mod case;
mod check;
mod document;
mod draft;
mod editing;
mod errors;
mod files;
mod imports;
mod inline;
mod journey;
mod loading;
mod local;
mod place;
mod problem;
mod raw;
mod suggestion;
#[cfg(test)]
mod tests;
mod type_files;
mod workspace;
mod yaml;

pub use hookpoint_bundler_protocol as protocol;

/// What readers of other files share, which are written in the same YAML.
pub mod syntax {
    pub use crate::{
        bundling::is_typescript,
        document::{Entry, Node, NodeValue, Place, Spanned, read},
        problem::Problems,
        raw::{
            Text, Texts,
            fields::{self, Fields},
        },
        suggestion::{alternatives, for_unknown, nearest},
    };
}

pub use self::{
    bundling::{Bundler, BundlerUnavailable, NoBundler},
    case::{
        Body, CASE_SUFFIX, Case, CaseReply, Expectation, ExpectedRequest, case_files, files_below,
        folders_below, merge,
    },
    draft::Draft,
    editing::{Additions, EditError},
    errors::WorkspaceErrors,
    inline::InlineScript,
    journey::{Action, JOURNEY_SUFFIX, JourneyScript, ScriptStep, StepExpectation},
    local::{DEFAULT_PORT, LocalSettings},
    problem::Problem,
    workspace::Workspace,
    yaml::to_yaml,
};
