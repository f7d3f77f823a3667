//! Exit codes and error output.

use std::{io, process::ExitCode};

use hookpoint_devserver::{AppError, DevError};
use hookpoint_operator::ScriptsError;
use hookpoint_workspace::WorkspaceErrors;
use serde_json::{Value, json};

use crate::{
    env,
    output::{self, BAD},
};

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
    if is_closed_pipe(error) {
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

/// Prints an error as `{"error": {…}}` to standard output, for commands with `--json`.
pub(crate) fn report_json(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let of_workspace = problems(error);
    let message = of_workspace.clone().unwrap_or_else(|| format!("{error:#}"));
    let kind = if of_workspace.is_some() {
        "workspace"
    } else {
        "failed"
    };
    print_error(kind, &message, workspace_errors(error))
}

/// Ends a command whose arguments are wrong, or that only shows help.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && env::wants_json() {
        let message = error.render().to_string();
        let message = message.trim_end();
        return print_error(
            "usage",
            message.strip_prefix("error: ").unwrap_or(message),
            None,
        );
    }
    // If the stream is closed, so is the reader.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn print_error(kind: &str, message: &str, problems: Option<Value>) -> ExitCode {
    let mut value = json!({ "error": { "kind": kind, "message": message } });
    if let Some(problems) = problems {
        value["error"]["problems"] = problems;
    }
    // If standard output is closed, the error is lost.
    let _ = output::print_json(&value);
    ExitCode::from(2)
}

/// Whether the reader has closed the pipe, as in `hookpoint … | head`.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// The problems of the workspace, each with file, line, column, message and help.
fn workspace_errors(error: &anyhow::Error) -> Option<Value> {
    let app = match error.downcast_ref::<DevError>() {
        Some(DevError::App(error)) => Some(error),
        _ => error.downcast_ref::<AppError>(),
    };
    let errors = match app {
        Some(AppError::Workspace(errors)) => errors,
        _ => error.downcast_ref::<WorkspaceErrors>()?,
    };
    serde_json::to_value(errors)
        .ok()?
        .get_mut("errors")
        .map(Value::take)
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
