//! Unchanged scripts that another release compiled.

use std::fmt::Display;

use hookpoint_engine::{hook::HookReference, identifier::HookName, ports::Publisher};
use hookpoint_operator::{Plan, compile_again, outdated};
use hookpoint_workspace::Workspace;

use crate::{
    context::COMPILING,
    output::{self, DIM, WARNING},
};

/// The scripts that a publication compiles again; `None`, with a remark, if that is not known.
pub(super) async fn planned(
    publisher: &dyn Publisher,
    plan: &Plan,
    workspace: &Workspace,
) -> anyhow::Result<Option<Vec<HookReference>>> {
    let scripts = plan.published_scripts(workspace.desired());
    known(outdated(publisher, scripts).await)
}

/// Compiles them. Returns `None`, with a remark, if that fails: they run without it.
pub(super) async fn compiled(
    publisher: &dyn Publisher,
    scripts: Option<Vec<HookReference>>,
    workspace: &mut Workspace,
) -> anyhow::Result<Option<Vec<HookName>>> {
    match scripts {
        None => Ok(None),
        Some(scripts) if scripts.is_empty() => Ok(Some(Vec::new())),
        Some(scripts) => {
            let compiling = compile_again(publisher, workspace, &scripts);
            known(output::waiting(COMPILING, compiling).await)
        }
    }
}

fn known<T>(result: Result<T, impl Display>) -> anyhow::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            let text = format!(
                "unchanged scripts may still be compiled for another release, so each container compiles them before their first event: {error}"
            );
            output::remark(WARNING, &text)?;
            Ok(None)
        }
    }
}

/// Remarks on scripts that were compiled, or are to be.
pub(super) fn remark(count: usize, verb: &str) -> anyhow::Result<()> {
    if count > 0 {
        let scripts = output::count(count, "unchanged script");
        output::remark(DIM, &format!("{verb} {scripts} for this release"))?;
    }
    Ok(())
}
