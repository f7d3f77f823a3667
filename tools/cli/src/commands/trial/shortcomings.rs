//! What a tried script lacks: a workspace without problems, secrets.

use std::collections::BTreeSet;

use hookpoint_engine::{hook::HookBody, identifier::SecretName};
use hookpoint_workspace::{Problem, WorkspaceErrors};

use crate::{
    context::Context,
    output::{self, WARNING},
    shell,
};

/// Says what a script lacks whose workspace has problems.
pub(super) fn warn(broken: &WorkspaceErrors, context: &Context) -> anyhow::Result<()> {
    let text = format!(
        "{} has {}: the script is tried without its application, variables and hosts; see `{}`",
        context.source.path().display(),
        output::count(broken.problems().len(), "problem"),
        shell::command(["check"], context),
    );
    output::remark(WARNING, &text)?;
    Ok(())
}

/// Whether every problem of the workspace is one of the script.
pub(super) fn is_part_of(workspace: &WorkspaceErrors, script: &WorkspaceErrors) -> bool {
    let place = |problem: &Problem| (problem.file.clone(), problem.line, problem.message.clone());
    let own: BTreeSet<_> = script.problems().iter().map(place).collect();
    workspace
        .problems()
        .iter()
        .all(|problem| own.contains(&place(problem)))
}

/// What to do about secrets that a script reads and does not get, where it names them in full.
pub(super) fn ungiven(body: &HookBody, is_hook: bool) -> Vec<String> {
    let source = body.implementation.as_script().map(|script| &script.source);
    let read = source
        .map(|source| secrets_read(source))
        .unwrap_or_default();
    let given: BTreeSet<&str> = body.secrets.iter().map(SecretName::as_str).collect();
    let ungiven = read.into_iter().filter(|name| !given.contains(name));
    ungiven
        .map(|name| {
            let remedy = if is_hook {
                "list it under the hook's `secrets`".to_owned()
            } else {
                format!("add `--secret {name}`")
            };
            format!("the script reads `secrets.{name}`, which it does not get: {remedy}")
        })
        .collect()
}

/// The names after `.secrets.` in a script.
pub(super) fn secrets_read(source: &str) -> BTreeSet<&str> {
    let after = source.split(".secrets.").skip(1);
    let names = after.map(|rest| {
        let end =
            rest.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
        &rest[..end.unwrap_or(rest.len())]
    });
    names.filter(|name| !name.is_empty()).collect()
}
