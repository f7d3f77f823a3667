//! Exit codes and error output.

use std::process::ExitCode;

use hookpoint_devserver::{AppError, DevError};
use hookpoint_operator::{ApplyError, ScriptsError};
use hookpoint_workspace::WorkspaceErrors;
use serde_json::{Value, json};

use crate::{
    commands::changes,
    env,
    output::{self, BAD},
    shell,
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
    /// Ctrl-C or SIGTERM ended it before it was done.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Problem | Exit::Different => Self::from(1),
            Exit::Refused => Self::from(2),
            Exit::Interrupted => Self::from(130),
        }
    }
}

/// Prints an error. Problems of a workspace and its scripts have their own format.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let text = match problems(error, output::width::of_errors()) {
        Some(problems) => problems,
        None => format!("{}: {error:#}", output::paint(BAD, "error")),
    };
    // If standard error is closed too, the error is lost.
    let _ = output::remark(output::PLAIN, &text);
    ExitCode::from(2)
}

/// Prints an error as `{"error": {…}}` to standard output, for commands with `--json`.
pub(crate) fn report_json(error: &anyhow::Error) -> ExitCode {
    print_error(&to_json(error))
}

/// An error as `{"error": {…}}`.
pub(crate) fn to_json(error: &anyhow::Error) -> Value {
    let failure = || shell::completed(&format!("{error:#}"));
    let mut value = as_json(problems(error, None), failure, workspace_errors(error));
    if let Some(ApplyError::Overtaken(theirs)) = error.downcast_ref() {
        value["error"]["difference"] = changes::difference_to_json(&theirs.difference);
        value["error"]["publication"] = json!(theirs.publication.as_ref().map(|record| record.id));
    }
    value
}

/// Why an edit is not in effect, as `{"error": {…}}`.
pub(crate) fn of_dev(error: &DevError) -> Value {
    let app = match error {
        DevError::App(error) => Some(error),
        _ => None,
    };
    let failure = || error.to_string();
    let problems = app.and_then(|app| of_app(app, None));
    as_json(problems, failure, app.and_then(errors_of_app))
}

/// The problems of a workspace, or else a failure.
fn as_json(
    workspace: Option<String>,
    failure: impl FnOnce() -> String,
    problems: Option<Value>,
) -> Value {
    let kind = if workspace.is_some() {
        "workspace"
    } else {
        "failed"
    };
    error_json(kind, &workspace.unwrap_or_else(failure), problems)
}

/// Ends a command whose arguments are wrong, or that only shows help.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && env::wants_json() {
        let message = error.render().to_string();
        let message = message.trim_end();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        return print_error(&error_json("usage", message, None));
    }
    // If the stream is closed, so is the reader.
    let _ = if error.use_stderr() {
        let text = error.render().ansi().to_string();
        output::remark(output::PLAIN, text.trim_end())
    } else {
        error.print()
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn error_json(kind: &str, message: &str, problems: Option<Value>) -> Value {
    let mut value = json!({ "error": { "kind": kind, "message": message } });
    if let Some(problems) = problems {
        value["error"]["problems"] = problems;
    }
    value
}

fn print_error(value: &Value) -> ExitCode {
    if output::print_json(value).is_err() {
        // A full disk, for example. If standard error is closed as well, the error is lost.
        let message = value["error"]["message"].as_str().unwrap_or_default();
        let _ = output::note(&format!("{}: {message}", output::paint(BAD, "error")));
    }
    ExitCode::from(2)
}

/// The problems of the workspace, each with file, line, column, message and help.
fn workspace_errors(error: &anyhow::Error) -> Option<Value> {
    let app = match error.downcast_ref::<DevError>() {
        Some(DevError::App(error)) => Some(error),
        _ => error.downcast_ref::<AppError>(),
    };
    app.and_then(errors_of_app)
        .or_else(|| list(error.downcast_ref::<WorkspaceErrors>()?))
}

fn errors_of_app(error: &AppError) -> Option<Value> {
    match error {
        AppError::Workspace(errors) => list(errors),
        _ => None,
    }
}

fn list(errors: &WorkspaceErrors) -> Option<Value> {
    serde_json::to_value(errors)
        .ok()?
        .get_mut("errors")
        .map(Value::take)
}

/// The problems of a workspace or its scripts, for this many columns.
fn problems(error: &anyhow::Error, columns: Option<usize>) -> Option<String> {
    if let Some(errors) = error.downcast_ref::<WorkspaceErrors>() {
        Some(of_workspace(errors, columns))
    } else if let Some(error) = error.downcast_ref::<ScriptsError>() {
        of_scripts(error)
    } else if let Some(DevError::App(error)) = error.downcast_ref::<DevError>() {
        of_app(error, columns)
    } else {
        of_app(error.downcast_ref::<AppError>()?, columns)
    }
}

/// The problems of a workspace as text, for a stream of this many columns.
pub(crate) fn of_workspace(errors: &WorkspaceErrors, columns: Option<usize>) -> String {
    match columns {
        Some(columns) => errors.within(columns),
        None => errors.to_string(),
    }
}

/// The problems of what keeps the workspace from being served.
pub(crate) fn of_app(error: &AppError, columns: Option<usize>) -> Option<String> {
    match error {
        AppError::Workspace(errors) => Some(of_workspace(errors, columns)),
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
