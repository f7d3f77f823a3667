//! `hookpoint hooks`: the published hooks.

pub(crate) mod settings;

use std::sync::Arc;

use anyhow::bail;
use clap::{Args, Subcommand};
use hookpoint_engine::{
    application::binding::Binding,
    hook::{Hook, HookReference},
    identifier::HookName,
    ports::{HookDeletion, Publisher},
};
use hookpoint_operator::{every_binding, hook_version};
use serde_json::{Value, json};

use super::changes;
use crate::{
    context::Context,
    exit::Exit,
    output::{self, BOLD, Cell, DIM, Table, paint},
    store::StoreArguments,
};

/// Characters of a hash that are shown.
const SHORT: usize = 12;

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

/// The output.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The hook.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The hook
    name: HookName,

    /// The version [default: the newest]
    #[arg(long = "hook-version", value_name = "NUMBER", value_parser = version_number)]
    number: Option<u32>,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The hook.
#[derive(Debug, Args)]
pub(crate) struct Versions {
    /// The hook
    name: HookName,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The versions.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The hook
    name: HookName,

    /// The older version [default: the one before the newer]
    #[arg(value_parser = version_number)]
    before: Option<u32>,

    /// The newer version [default: the newest]
    #[arg(value_parser = version_number)]
    after: Option<u32>,

    /// Print the difference as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The hook.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// The hook
    name: HookName,

    /// Delete without asking first; without a terminal there is no question
    #[arg(long, short)]
    yes: bool,

    /// Print the result as JSON; implies `--yes`
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
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

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let mut hooks = publisher.hooks().await?;
        hooks.sort_by(|one, other| one.name.cmp(&other.name));
        let bindings = every_binding(publisher.as_ref()).await?;
        let users = |hook: &HookReference| {
            let users = bindings.iter();
            users
                .filter(|binding| binding.hook.name == hook.name)
                .count()
        };
        if self.json {
            let list = hooks.iter().map(|hook| {
                json!({
                    "name": hook.name,
                    "version": hook.version,
                    "sha256": hook.sha256,
                    "bindings": users(hook),
                })
            });
            output::print_json(&list.collect())?;
            return Ok(Exit::Done);
        }
        if hooks.is_empty() {
            output::print("no hook is published")?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(["hook", "newest", "bindings"]);
        for hook in &hooks {
            table.push([
                Cell::text(hook.name.as_str()),
                Cell::number(format!("v{}", hook.version)),
                Cell::number(users(hook).to_string()),
            ]);
        }
        output::print(&table.render())?;
        Ok(Exit::Done)
    }
}

impl Show {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let hook = read(publisher.as_ref(), &self.name, self.number).await?;
        let users = users_of(publisher.as_ref(), &self.name).await?;
        let users = users
            .iter()
            .filter(|binding| binding.hook.version == hook.version);
        let sources = settings::sources(&hook.body);
        if self.json {
            output::print_json(&json!({
                "name": hook.name,
                "version": hook.version,
                "kind": hook.body.implementation.kind(),
                "settings": settings::members(&hook.body),
                "sources": sources,
                "bindings": users.map(place_to_json).collect::<Value>(),
            }))?;
            return Ok(Exit::Done);
        }
        let kind = hook.body.implementation.kind();
        let title = format!("{} v{} ({kind})", hook.name, hook.version);
        let mut lines = vec![paint(BOLD, &title)];
        lines.extend(users.map(|binding| format!("bound: {}", place(binding))));
        let members = Value::Object(settings::members(&hook.body));
        lines.push(output::pretty(&members));
        for (name, text) in &sources {
            lines.push(paint(BOLD, &output::printable(name)));
            lines.push(output::printable_lines(text.trim_end_matches('\n')));
        }
        output::print(&lines.join("\n"))?;
        Ok(Exit::Done)
    }
}

impl Versions {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let versions = versions_of(publisher.as_ref(), &self.name).await?;
        let users = users_of(publisher.as_ref(), &self.name).await?;
        let users_of = |version: u32| {
            let users = users.iter();
            users.filter(move |binding| binding.hook.version == version)
        };
        if self.json {
            let list = versions.iter().map(|hook| {
                json!({
                    "version": hook.version,
                    "sha256": hook.sha256,
                    "bindings": users_of(hook.version).map(place_to_json).collect::<Value>(),
                })
            });
            output::print_json(&list.collect())?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(["version", "sha256", "bound"]);
        for hook in &versions {
            let places: Vec<_> = users_of(hook.version).map(place).collect();
            let sha256: String = hook.sha256.chars().take(SHORT).collect();
            table.push([
                Cell::number(format!("v{}", hook.version)),
                Cell::styled(DIM, sha256),
                Cell::text(places.join(", ")),
            ]);
        }
        output::print(&table.render())?;
        Ok(Exit::Done)
    }
}

impl Diff {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let versions = versions_of(publisher.as_ref(), &self.name).await?;
        let newest = versions.first().map_or(0, |newest| newest.version);
        let after = self.after.unwrap_or(newest);
        let mut older = versions.iter().map(|hook| hook.version);
        let before = match self.before {
            Some(before) => before,
            None => match older.find(|version| *version < after) {
                Some(before) => before,
                None => bail!("hook `{}` has no version before v{after}", self.name),
            },
        };
        let old = read(publisher.as_ref(), &self.name, Some(before)).await?;
        let new = read(publisher.as_ref(), &self.name, Some(after)).await?;
        let difference = changes::hook_difference(&old, &new);
        if self.json {
            output::print_json(&json!({
                "name": self.name,
                "before": before,
                "after": after,
                "difference": difference,
            }))?;
        } else if difference.is_empty() {
            output::print(&format!("v{before} and v{after} are the same"))?;
        } else {
            let lines: Vec<_> = difference.lines().map(changes::painted).collect();
            output::print(&lines.join("\n"))?;
        }
        Ok(Exit::Done)
    }
}

impl Delete {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let name = &self.name;
        if !self.yes && !self.json {
            let question = format!("Delete every version of hook `{name}`?");
            if !output::confirm(&question)? {
                output::note("nothing was deleted")?;
                return Ok(Exit::Done);
            }
        }
        match publisher.delete_hook(name).await? {
            HookDeletion::Deleted => {}
            HookDeletion::Absent => bail!("{}", unknown(name)),
            HookDeletion::InUse(users) => {
                let places: Vec<_> = users.iter().map(place).collect();
                bail!(
                    "hook `{name}` is in use and stays: {}; remove its bindings first",
                    places.join(", ")
                );
            }
        }
        if self.json {
            output::print_json(&json!({ "deleted": name }))?;
        } else {
            output::print(&format!("deleted hook {name}"))?;
        }
        Ok(Exit::Done)
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

async fn users_of(publisher: &dyn Publisher, hook: &HookName) -> anyhow::Result<Vec<Binding>> {
    let mut bindings = every_binding(publisher).await?;
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
        bail!("{}", unknown(hook));
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
    let version = match version {
        Some(version) => version,
        None => versions_of(publisher, name).await?[0].version,
    };
    match hook_version(publisher, name, version).await? {
        Some(hook) => Ok(hook),
        None => bail!(
            "hook `{name}` has no version {version}; `hookpoint hooks versions {name}` lists them"
        ),
    }
}

fn unknown(hook: &HookName) -> String {
    format!("no hook `{hook}` is published; `hookpoint hooks list` shows them")
}
