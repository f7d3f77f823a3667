//! `hookpoint check`: a workspace, read and judged.

use clap::Args;
use hookpoint_workspace::{Workspace, WorkspaceErrors};
use serde_json::json;

use crate::{
    context::Context,
    exit::Exit,
    output::{self, GOOD},
};

/// How to show the result.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Print the problems as JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match context.workspace() {
            Ok(workspace) => {
                if self.json {
                    output::print_json(&json!({ "errors": [], "omitted": 0 }))?;
                } else {
                    output::print(&describe(&workspace, context))?;
                }
                Ok(Exit::Done)
            }
            Err(error) => match error.downcast_ref::<WorkspaceErrors>() {
                Some(errors) if self.json => {
                    output::print_json(&serde_json::to_value(errors)?)?;
                    Ok(Exit::Refused)
                }
                _ => Err(error),
            },
        }
    }
}

fn describe(workspace: &Workspace, context: &Context) -> String {
    let desired = workspace.desired();
    format!(
        "{} {}: {} applications, {} hooks, {} bindings",
        output::paint(GOOD, "ok"),
        context.source.path().display(),
        desired.applications.len(),
        desired.hooks.len(),
        desired.bindings.len()
    )
}
