//! `hookpoint check`: checks the workspace and its scripts.

mod advice;
mod conditions;
mod misspelling;
mod names;

use std::collections::BTreeSet;

use clap::Args;
use hookpoint_engine::{
    identifier::SecretName,
    ports::SecretSource as _,
    publish::{Desired, DesiredApplication, DesiredBinding},
};
use hookpoint_operator::{ScriptErrors, ScriptsError, compile_scripts};
use hookpoint_workspace::{Workspace, WorkspaceErrors};
use serde_json::{Value, json};

pub(crate) use self::misspelling::misspelt;
use super::{
    needed_secrets::{Secrets, local_remedy},
    plugins::killed,
};
use crate::{
    context::{COMPILING, Context},
    exit::{self, Exit},
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
        let (mut workspace, errors) = match context.read_workspace().await? {
            Ok(workspace) => (Some(workspace), None),
            Err(errors) => (errors.valid_part().cloned(), Some(errors)),
        };
        // What has no problems is checked further, so that one round reports everything.
        let scripts = match &mut workspace {
            Some(workspace) => {
                of_scripts(output::waiting(COMPILING, compile_scripts(workspace)).await)?
            }
            None => None,
        };
        let advice = match &workspace {
            Some(workspace) => {
                let advising = advice::on(workspace, scripts.as_ref());
                let mut advice = output::waiting("trying scripts on sample events", advising).await;
                advice.extend(missing_secrets(workspace, context).await?);
                advice
            }
            None => Vec::new(),
        };
        let folder = killed::folder_of(context.source.path());
        let unread = context.source.misnamed().map(|path| {
            format!(
                "`{}` is not read: the workspace is `{}`",
                path.display(),
                context.source.path().display()
            )
        });
        let advice = [
            advice,
            killed::warnings(folder),
            unread.into_iter().collect(),
        ]
        .concat();
        if self.json {
            output::print_json(&as_json(errors.as_ref(), scripts.as_ref(), &advice)?)?;
        } else {
            // Errors come first: they may cause the warnings.
            let scripts = scripts.as_ref().map(ScriptErrors::to_string);
            let errors = errors.as_ref();
            let errors =
                errors.map(|errors| exit::of_workspace(errors, output::width::of_errors()));
            let scripts = scripts.map(|text| output::printable_lines(&text));
            let advice = advice.iter().map(|text| warning(text)).collect::<Vec<_>>();
            let advice = (!advice.is_empty()).then(|| advice.join("\n"));
            let blocks: Vec<_> = [scripts, errors, advice].into_iter().flatten().collect();
            if !blocks.is_empty() {
                output::remark(output::PLAIN, &blocks.join("\n\n"))?;
            }
        }
        if errors.is_some() || scripts.is_some() {
            return Ok(Exit::Refused);
        }
        if let (false, Some(workspace)) = (self.json, &workspace) {
            output::say(&describe(workspace, context))?;
        }
        Ok(Exit::Done)
    }
}

/// Likely mistakes in what is valid, and secrets without a value, or why these cannot be read.
pub(crate) async fn warnings(workspace: &Workspace, context: &Context) -> Vec<String> {
    let mut warnings = advice::on(workspace, None).await;
    match missing_secrets(workspace, context).await {
        Ok(missing) => warnings.extend(missing),
        Err(error) => warnings.push(format!("{error:#}")),
    }
    warnings
}

/// A warning as it is shown.
pub(crate) fn warning(text: &str) -> String {
    let lines = output::printable_lines(text);
    format!("{}: {lines}", output::paint(WARNING, "warning"))
}

/// Secrets without a value on this machine, and how to give them one: for all applications, or for those that use it where others have a
/// value of their own.
pub(crate) async fn missing_secrets(
    workspace: &Workspace,
    context: &Context,
) -> anyhow::Result<Vec<String>> {
    let secrets = Secrets::local(context);
    let desired = workspace.desired();
    let names = needed_secrets(workspace);
    let mut asked = Vec::new();
    for application in &desired.applications {
        let found = secrets.secrets(&application.id, &names).await?;
        let given: BTreeSet<_> = found.into_keys().collect();
        asked.push((&application.id, used_by(desired, application), given));
    }
    let mut remedies = Vec::new();
    for name in &names {
        let lacking = asked
            .iter()
            .filter(|(_, used, given)| used.contains(name) && !given.contains(name));
        if asked.iter().any(|(_, _, given)| given.contains(name)) {
            remedies.extend(lacking.map(|(id, ..)| local_remedy(name, Some(*id))));
        } else if !asked.is_empty() {
            remedies.push(local_remedy(name, None));
        }
    }
    let warning = |remedy: String| format!("on this machine: {remedy}");
    Ok(remedies.into_iter().map(warning).collect())
}

/// The secrets of a workspace, except those that scripts can do without and those in whose place every binding of the hook puts others.
pub(crate) fn needed_secrets(workspace: &Workspace) -> Vec<SecretName> {
    let desired = workspace.desired();
    let bindings = desired.bindings.iter();
    let bound: BTreeSet<_> = bindings.clone().map(|binding| &binding.hook).collect();
    let unbound = desired.hooks.iter();
    let unbound = unbound.filter(|(hook, _)| !bound.contains(hook));
    let by_hooks = unbound.flat_map(|(_, body)| body.needed_secrets());
    let by_bindings = bindings.flat_map(|binding| needed_by(desired, binding));
    let needed: BTreeSet<&SecretName> = by_hooks.chain(by_bindings).collect();
    needed.into_iter().cloned().collect()
}

/// The secrets of the hooks that run for an application.
fn used_by<'a>(desired: &'a Desired, application: &DesiredApplication) -> BTreeSet<&'a SecretName> {
    let targets: BTreeSet<_> = application.targets().collect();
    let bindings = desired.bindings.iter();
    let bindings = bindings.filter(|binding| targets.contains(&binding.target));
    bindings
        .flat_map(|binding| needed_by(desired, binding))
        .collect()
}

/// The secrets that a binding gives its hook, except those that scripts can do without.
fn needed_by<'a>(
    desired: &'a Desired,
    binding: &'a DesiredBinding,
) -> impl Iterator<Item = &'a SecretName> {
    let body = desired.hooks.get(&binding.hook);
    let needed = body.into_iter().flat_map(|body| body.needed_secrets());
    needed.map(move |name| binding.secrets.get(name).unwrap_or(name))
}

/// The scripts that do not compile; any other failure ends the check.
fn of_scripts(compiled: Result<(), ScriptsError>) -> anyhow::Result<Option<ScriptErrors>> {
    match compiled {
        Ok(()) => Ok(None),
        Err(ScriptsError::Broken(errors)) => Ok(Some(errors)),
        Err(error) => Err(error.into()),
    }
}

/// `{"errors": […], "omitted": n, "warnings": […]}`.
fn as_json(
    errors: Option<&WorkspaceErrors>,
    scripts: Option<&ScriptErrors>,
    advice: &[String],
) -> anyhow::Result<Value> {
    let mut object = match errors {
        Some(errors) => serde_json::to_value(errors)?,
        None => json!({ "errors": [], "omitted": 0 }),
    };
    if let (Some(scripts), Some(list)) = (scripts, object["errors"].as_array_mut()) {
        let scripts = scripts.diagnostics().iter().map(|script| {
            script_problem(&script.file, script.line, script.column, &script.message)
        });
        list.extend(scripts);
    }
    object["warnings"] = json!(advice);
    Ok(object)
}

/// A script that does not compile, with the members of a workspace problem.
fn script_problem(file: &str, line: u32, column: u32, message: &str) -> Value {
    let known = |number: u32| (number > 0).then_some(number);
    json!({
        "file": file,
        "line": known(line),
        "column": known(column),
        "message": message,
        "help": "the script must compile as an ES module or in the CommonJS form",
    })
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
