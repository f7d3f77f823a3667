//! Exit codes and error output.

use std::{io, process::ExitCode};

use hookpoint_devserver::{AppError, DevError};
use hookpoint_operator::ScriptsError;
use hookpoint_workspace::WorkspaceErrors;

use crate::output::{self, BAD};

/// The exit code of a command that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Done,
    /// The event ended with a problem.
    Problem,
    /// A replay had a different result.
    Different,
    /// The input is wrong, and the command has reported it.
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

/// Prints an error. Problems of a workspace and its scripts have their own format.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let is_closed_pipe = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if is_closed_pipe {
        // The reader has closed the pipe, as in `hookpoint … | head`.
        return ExitCode::SUCCESS;
    }
    let text = match problems(error) {
        Some(problems) => problems,
        None => format!("{}: {error:#}", output::paint(BAD, "error")),
    };
    // If standard error is closed too, the error is lost.
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
        // Messages about a script quote its text.
        ScriptsError::Broken(errors) => Some(output::printable_lines(&errors.to_string())),
        _ => None,
    }
}
