//! `hookpoint hooks`: the published hooks.

mod delete;
mod diff;
mod list;
pub(crate) mod settings;
mod show;
mod versions;

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{anyhow, bail};
use clap::Subcommand;
use hookpoint_engine::{
    application::binding::{Binding, Target},
    hook::{Hook, HookReference},
    identifier::{ApplicationId, HookName},
    ports::Publisher,
};
use hookpoint_operator::{bindings_at, every_binding, hook_version};
use serde_json::{Value, json};

use self::{delete::Delete, diff::Diff, list::List, show::Show, versions::Versions};
use super::applications;
use crate::{context::Context, exit::Exit, meant::meant};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Hooks {
    /// List the hooks with their newest versions, and how many bindings run them
    List(List),
    /// Show settings and sources of a hook
    Show(Show),
    /// List the versions of a hook, and what runs each
    Versions(Versions),
    /// Show what differs between two versions of a hook
    Diff(Diff),
    /// Delete a hook that no binding runs
    Delete(Delete),
}

impl Hooks {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Versions(versions) => versions.run(context).await,
            Self::Diff(diff) => diff.run(context).await,
            Self::Delete(delete) => delete.run(context).await,
        }
    }
}

/// Where a binding is, for people.
fn place(binding: &Binding) -> String {
    let name = binding.stage.name();
    format!("{} {name}/{}", binding.target, binding.id)
}

fn place_to_json(binding: &Binding) -> Value {
    json!({
        "target": binding.target.to_string(),
        "stage": binding.stage.id(),
        "id": binding.id,
    })
}

/// The bindings of an application, or all of them. Who may read those of one application need not be allowed to list all.
async fn bindings_of(
    publisher: &dyn Publisher,
    application: Option<&ApplicationId>,
) -> anyhow::Result<Vec<Binding>> {
    let Some(id) = application else {
        return Ok(every_binding(publisher).await?);
    };
    let target = Target::Application(id.clone());
    let bindings = bindings_at(publisher, BTreeSet::from([target.clone()])).await?;
    if bindings.is_empty() {
        applications::refuse_unpublished(publisher, Some(target)).await?;
    }
    Ok(bindings)
}

async fn users_of(
    publisher: &dyn Publisher,
    hook: &HookName,
    application: Option<&ApplicationId>,
) -> anyhow::Result<Vec<Binding>> {
    let mut bindings = bindings_of(publisher, application).await?;
    bindings.retain(|binding| binding.hook.name == *hook);
    Ok(bindings)
}

/// Every version, the newest first; at least one.
async fn versions_of(
    publisher: &dyn Publisher,
    hook: &HookName,
) -> anyhow::Result<Vec<HookReference>> {
    let versions = publisher.versions(hook).await?;
    if versions.is_empty() {
        return Err(unknown(publisher, hook).await);
    }
    Ok(versions)
}

/// Reads `3` or, as tables have it, `v3`.
fn version_number(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix('v').unwrap_or(text);
    digits
        .parse()
        .map_err(|_| "a version is a number such as `3` or `v3`".to_owned())
}

/// A version, by default the newest.
async fn read(
    publisher: &dyn Publisher,
    name: &HookName,
    version: Option<u32>,
) -> anyhow::Result<Arc<Hook>> {
    let newest = versions_of(publisher, name).await?[0].version;
    let version = version.unwrap_or(newest);
    match hook_version(publisher, name, version).await? {
        Some(hook) => Ok(hook),
        None => bail!(
            "hook `{name}` has no version {version}; `hookpoint hooks versions {name}` lists them"
        ),
    }
}

/// Fails if this hook is not published. Its runs may outlive it, so commands that search them call this when they found nothing.
pub(crate) async fn refuse_unpublished(
    publisher: &dyn Publisher,
    hook: Option<&HookName>,
) -> anyhow::Result<()> {
    let Some(hook) = hook else { return Ok(()) };
    match publisher.versions(hook).await {
        Ok(versions) if versions.is_empty() => Err(unknown(publisher, hook).await),
        // Who may list runs may not be allowed to read hooks.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The error for a hook that is not published.
async fn unknown(publisher: &dyn Publisher, hook: &HookName) -> anyhow::Error {
    let known = match publisher.hooks().await {
        Ok(known) => known,
        Err(error) => return error.into(),
    };
    let known = known.iter().map(|known| known.name.as_str());
    anyhow!(
        "no hook `{hook}` is published; {}`hookpoint hooks list` shows them",
        meant(hook.as_str(), known)
    )
}
