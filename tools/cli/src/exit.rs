//! How a command ends.

use std::{io, process::ExitCode};

use hookpoint_devserver::{AppError, DevError};
use hookpoint_operator::ScriptsError;
use hookpoint_workspace::WorkspaceErrors;

use crate::output::{self, BAD};

/// The end of a command that did what it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done,
    /// The event was answered with a problem.
    Problem,
    /// A run that was repeated did not come to the same.
    Different,
    /// What was given to it is wrong, and it said so itself.
    Refused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Problem | Exit::Different => Self::from(1),
            Exit::Refused => Self::from(2),
        }
    }
}

/// Prints an error. The problems of a workspace and its scripts name their own places and stand as they are.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let is_closed_pipe = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if is_closed_pipe {
        // `hookpoint … | head` has what it wanted.
        return ExitCode::SUCCESS;
    }
    let text = match problems(error) {
        Some(problems) => problems,
        None => format!("{}: {error:#}", output::paint(BAD, "error")),
    };
    // Nothing is left to tell it to when standard error is closed as well.
    let _ = output::note(&text);
    ExitCode::from(2)
}

fn problems(error: &anyhow::Error) -> Option<String> {
    if let Some(errors) = error.downcast_ref::<WorkspaceErrors>() {
        Some(errors.to_string())
    } else if let Some(error) = error.downcast_ref::<ScriptsError>() {
        of_scripts(error)
    } else if let Some(DevError::App(error)) = error.downcast_ref::<DevError>() {
        of_app(error)
    } else {
        error.downcast_ref::<AppError>().and_then(of_app)
    }
}

fn of_app(error: &AppError) -> Option<String> {
    match error {
        AppError::Workspace(errors) => Some(errors.to_string()),
        AppError::Scripts(error) => of_scripts(error),
        _ => None,
    }
}

fn of_scripts(error: &ScriptsError) -> Option<String> {
    match error {
        // Part of what is said of a script is the script's own text.
        ScriptsError::Broken(errors) => Some(output::printable_lines(&errors.to_string())),
        _ => None,
    }
}
