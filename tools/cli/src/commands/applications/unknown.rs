//! Refuses an application or identity store that does not exist.

use hookpoint_engine::{application::binding::Target, identifier::ApplicationId, ports::Publisher};
use hookpoint_operator::unknown_target;
use hookpoint_workspace::{Workspace, syntax::nearest};

use crate::context::Context;

/// Fails if this application was never published, as far as is recorded. Runs, dead letters and history outlive their application, so
/// commands that search them call this when they found nothing.
pub(crate) async fn refuse_unknown(
    publisher: &dyn Publisher,
    application: Option<&ApplicationId>,
) -> anyhow::Result<()> {
    let Some(id) = application else { return Ok(()) };
    let target = Target::Application(id.clone());
    match publisher.history(Some(&target), 1).await {
        Ok(history) if history.is_empty() => refuse_unpublished(publisher, Some(target)).await,
        // Who may list runs may not be allowed to read the history.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Fails if this application or identity store is not published.
pub(crate) async fn refuse_unpublished(
    publisher: &dyn Publisher,
    target: Option<Target>,
) -> anyhow::Result<()> {
    let Some(target) = target else { return Ok(()) };
    match unknown_target(publisher, &target).await {
        Ok(Some(unknown)) => Err(unknown.into()),
        // The caller may not be allowed to read applications.
        Ok(None) | Err(_) => Ok(()),
    }
}

/// Fails if this application is neither published nor in the workspace: secrets are set before the first publication.
pub(crate) async fn refuse_undeclared(
    publisher: &dyn Publisher,
    context: &Context,
    application: Option<&ApplicationId>,
) -> anyhow::Result<()> {
    let Some(id) = application else { return Ok(()) };
    let target = Target::Application(id.clone());
    let Ok(Some(_)) = unknown_target(publisher, &target).await else {
        return Ok(());
    };
    let (Some(mut known), Ok(all)) = (declared(context), publisher.applications().await) else {
        return Ok(());
    };
    known.extend(all.into_iter().map(|known| known.id.to_string()));
    if known.is_empty() || known.iter().any(|known| known == id.as_str()) {
        return Ok(());
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = nearest(id.as_str(), &known).map_or_else(
        || "declare it first, or name the workspace that does with `--workspace FILE`".to_owned(),
        |meant| format!("did you mean `{meant}`?"),
    );
    anyhow::bail!("application `{id}` is neither published nor in the workspace; {help}")
}

/// The names of the applications of the workspace, or `None` if they are not known: the file has another name or cannot be read. Its
/// hooks are not bundled for that.
fn declared(context: &Context) -> Option<Vec<String>> {
    match context.is_without_workspace() {
        Ok(true) => Some(Vec::new()),
        Ok(false) => Workspace::applications_in(context.source.path()),
        Err(_) => None,
    }
}
