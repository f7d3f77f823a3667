//! How a command ends.

use std::{io, process::ExitCode};

use hookpoint_devserver::{AppError, DevError};
use hookpoint_workspace::WorkspaceErrors;

use crate::output::{self, BAD};

/// The end of a command that did what it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done,
    /// The event was answered with a problem.
    Problem,
    /// What was given to it is wrong, and it said so itself.
    Refused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Problem => Self::from(1),
            Exit::Refused => Self::from(2),
        }
    }
}

/// Prints an error. The problems of a workspace name their own places and stand as they are.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let is_closed_pipe = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if is_closed_pipe {
        // `hookpoint … | head` has what it wanted.
        return ExitCode::SUCCESS;
    }
    let text = match workspace_errors(error) {
        Some(errors) => errors.to_string(),
        None => format!("{}: {error:#}", output::paint(BAD, "error")),
    };
    // Nothing is left to tell it to when standard error is closed as well.
    let _ = output::note(&text);
    ExitCode::from(2)
}

fn workspace_errors(error: &anyhow::Error) -> Option<&WorkspaceErrors> {
    if let Some(errors) = error.downcast_ref::<WorkspaceErrors>() {
        Some(errors)
    } else if let Some(DevError::App(error)) = error.downcast_ref::<DevError>() {
        of_app(error)
    } else {
        error.downcast_ref::<AppError>().and_then(of_app)
    }
}

fn of_app(error: &AppError) -> Option<&WorkspaceErrors> {
    match error {
        AppError::Workspace(errors) => Some(errors),
        _ => None,
    }
}
