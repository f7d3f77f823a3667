//! The application of a workspace that posts an event.

use anyhow::anyhow;
use hookpoint_engine::{identifier::ApplicationId, publish::DesiredApplication};
use hookpoint_stages::{Family, Stage};
use hookpoint_workspace::{Workspace, syntax::for_unknown};

/// The application with this id, or the first one of the kind: with a binding at the stage, if one is given. `needing` is what it is for, such as "the journey `login`".
///
/// # Errors
/// There is none, or it is of another kind.
pub(crate) fn poster<'a>(
    workspace: &'a Workspace,
    id: Option<&ApplicationId>,
    family: Family,
    stage: Option<Stage>,
    needing: &str,
) -> anyhow::Result<&'a DesiredApplication> {
    let desired = workspace.desired();
    let fits = |known: &&DesiredApplication| {
        known.kind.family() == family && id.is_none_or(|id| known.id == *id)
    };
    let has_binding = |known: &&DesiredApplication| {
        let mut bindings = desired.bindings.iter();
        bindings.any(|binding| {
            Some(binding.stage) == stage && known.targets().any(|target| target == binding.target)
        })
    };
    let mut fitting = desired.applications.iter().filter(fits);
    let first = fitting.clone().next();
    fitting
        .find(has_binding)
        .or(first)
        .ok_or_else(|| missing(workspace, id, family, needing))
}

/// Why [`poster`] finds none.
pub(crate) fn missing(
    workspace: &Workspace,
    id: Option<&ApplicationId>,
    family: Family,
    needing: &str,
) -> anyhow::Error {
    let all = &workspace.desired().applications;
    let fitting = all.iter().filter(|known| known.kind.family() == family);
    let fitting: Vec<_> = fitting.map(|known| known.id.as_str()).collect();
    let addition = format!(
        "add one under `applications`, such as `{}`",
        example(family)
    );
    let named = id.and_then(|id| all.iter().find(|known| known.id == *id));
    match (id, named) {
        (_, Some(other)) => anyhow!(
            "{needing} is for {family} applications, and `{}` is of the {} kind; {}",
            other.id,
            other.kind.family(),
            if fitting.is_empty() {
                addition
            } else {
                format!("use `{}`", fitting.join("` or `"))
            }
        ),
        (Some(id), None) if !fitting.is_empty() => anyhow!(
            "the workspace has no application `{id}`; {}",
            for_unknown(id.as_str(), "application", fitting)
        ),
        _ => {
            anyhow!("the workspace has no {family} application, which {needing} needs: {addition}")
        }
    }
}

/// The name of an application in examples.
pub(crate) fn example_name(family: Family) -> &'static str {
    match family {
        Family::Identity => "web-shop",
        Family::Conversation => "support-bot",
    }
}

/// An application of a kind, as `hookpoint.yaml` has it.
pub(crate) fn example(family: Family) -> String {
    format!("{}: {{ kind: {family} }}", example_name(family))
}
