//! `hookpoint check`: checks the workspace and its scripts.

mod advice;

use clap::Args;
use hookpoint_engine::ports::SecretSource as _;
use hookpoint_operator::{ScriptErrors, ScriptsError};
use hookpoint_workspace::{Workspace, WorkspaceErrors};
use serde_json::{Value, json};

use super::needed_secrets::Secrets;
use crate::{
    context::Context,
    exit::Exit,
    output::{self, GOOD, WARNING, count},
};

/// The output format.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Print the problems as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match context.workspace().await {
            Ok(workspace) => {
                let advice = warnings(&workspace, context).await?;
                if self.json {
                    output::print_json(&json!({ "errors": [], "omitted": 0, "warnings": advice }))?;
                } else {
                    for text in &advice {
                        output::note(&warning(text))?;
                    }
                    output::print(&describe(&workspace, context))?;
                }
                Ok(Exit::Done)
            }
            Err(error) => match problems(&error)? {
                Some(problems) if self.json => {
                    output::print_json(&problems)?;
                    Ok(Exit::Refused)
                }
                _ => Err(error),
            },
        }
    }
}

/// What is valid and probably not meant, and secrets without a value.
pub(crate) async fn warnings(
    workspace: &Workspace,
    context: &Context,
) -> anyhow::Result<Vec<String>> {
    let mut warnings = advice::on(workspace).await;
    warnings.extend(missing_secrets(workspace, context).await?);
    Ok(warnings)
}

/// One of them as it is shown.
pub(crate) fn warning(text: &str) -> String {
    let lines = output::printable_lines(text);
    format!("{}: {lines}", output::paint(WARNING, "warning"))
}

/// Secrets without a value on this machine, and how to give them one.
async fn missing_secrets(workspace: &Workspace, context: &Context) -> anyhow::Result<Vec<String>> {
    let secrets = Secrets::local(context);
    let names: Vec<_> = workspace.secret_names().iter().cloned().collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    for application in &workspace.desired().applications {
        secrets.secrets(&application.id, &names).await?;
    }
    let remedy = secrets.remedy().unwrap_or_default();
    Ok(remedy
        .lines()
        .map(|line| format!("on this machine: {line}"))
        .collect())
}

/// The problems of the workspace or its scripts as JSON, if the error is one of those.
fn problems(error: &anyhow::Error) -> anyhow::Result<Option<Value>> {
    if let Some(errors) = error.downcast_ref::<WorkspaceErrors>() {
        return Ok(Some(serde_json::to_value(errors)?));
    }
    Ok(match error.downcast_ref::<ScriptsError>() {
        Some(ScriptsError::Broken(errors)) => Some(of_scripts(errors)),
        _ => None,
    })
}

/// Problems of scripts, with the members of workspace problems.
fn of_scripts(errors: &ScriptErrors) -> Value {
    let known = |number: u32| (number > 0).then_some(number);
    let errors = errors.diagnostics().iter().map(|diagnostic| {
        json!({
            "file": diagnostic.file,
            "line": known(diagnostic.line),
            "column": known(diagnostic.column),
            "message": diagnostic.message,
            "help": "the script must compile as an ES module or in the CommonJS form",
        })
    });
    json!({ "errors": errors.collect::<Value>(), "omitted": 0 })
}

fn describe(workspace: &Workspace, context: &Context) -> String {
    let desired = workspace.desired();
    format!(
        "{} {}: {}, {}, {}",
        output::paint(GOOD, "ok"),
        context.source.path().display(),
        count(desired.applications.len(), "application"),
        count(desired.hooks.len(), "hook"),
        count(desired.bindings.len(), "binding")
    )
}
