//! `hookpoint bindings`: what runs where, and in which order.

use std::{collections::BTreeSet, time::SystemTime};

use anyhow::bail;
use clap::{Args, Subcommand};
use hookpoint_engine::{
    application::binding::{Binding, FailurePolicy, Mode},
    identifier::{BindingId, HookName},
};
use hookpoint_operator::{bindings_at, every_binding, plan_order};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::{
    applications::refuse_unpublished,
    hooks::{self, settings::binding_settings},
    publications::Subject,
    publishing::{self, Options},
};
use crate::{
    author::author,
    context::Context,
    exit::Exit,
    output::{self, Cell, Table},
    stage,
    store::StoreArguments,
};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Bindings {
    /// List the bindings by application or store, stage and order
    List(List),
    /// Reorder the bindings of a stage
    Order(Order),
}

/// Filters and output options.
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    subject: Subject,

    /// Only of a stage
    #[arg(long, value_parser = stage::parser(), hide_possible_values = true)]
    stage: Option<Stage>,

    /// Only those that run a hook
    #[arg(long, value_name = "NAME")]
    hook: Option<HookName>,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// The new order.
#[derive(Debug, Args)]
pub(crate) struct Order {
    /// All bindings of the stage in their new order; those joined with commas run at once
    #[arg(required = true, value_parser = group)]
    ids: Vec<Group>,

    #[command(flatten)]
    subject: Subject,

    /// The stage, such as `before-registration`
    #[arg(long, value_parser = stage::parser(), hide_possible_values = true)]
    stage: Stage,

    /// Publish without asking, as always without a terminal
    #[arg(long, short)]
    yes: bool,

    /// Print the changes as JSON; implies `--yes`
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// Bindings that run at once.
#[derive(Debug, Clone)]
struct Group(Vec<BindingId>);

fn group(text: &str) -> Result<Group, String> {
    let ids = text.split(',').map(str::parse);
    let ids: Result<Vec<BindingId>, _> = ids.collect();
    ids.map(Group).map_err(|error| error.to_string())
}

impl Bindings {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Order(order) => order.run(context).await,
        }
    }
}

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let mut bindings = match self.subject.target() {
            Some(target) => bindings_at(publisher.as_ref(), BTreeSet::from([target])).await?,
            None => every_binding(publisher.as_ref()).await?,
        };
        if bindings.is_empty() {
            refuse_unpublished(publisher.as_ref(), self.subject.target()).await?;
        }
        bindings.retain(|binding| {
            self.stage.is_none_or(|stage| stage == binding.stage)
                && self
                    .hook
                    .as_ref()
                    .is_none_or(|hook| *hook == binding.hook.name)
        });
        if bindings.is_empty() {
            hooks::refuse_unpublished(publisher.as_ref(), self.hook.as_ref()).await?;
        }
        if self.json {
            output::print_json(&bindings.iter().map(to_json).collect())?;
        } else if bindings.is_empty() {
            output::say("no such binding is published")?;
        } else {
            output::print(&render(&bindings))?;
        }
        Ok(Exit::Done)
    }
}

/// A table of bindings.
pub(crate) fn render(bindings: &[Binding]) -> String {
    let mut table = Table::new(["target", "stage", "order", "id", "hook", "mode", "failure"])
        .without(["failure", "mode", "order", "hook"]);
    for binding in bindings {
        let mode = match binding.mode {
            Mode::Synchronous => "sync",
            Mode::Asynchronous => "async",
        };
        let failure = match (&binding.failure, binding.mode) {
            (_, Mode::Asynchronous) => "retry",
            (FailurePolicy::Continue, _) => "continue",
            (FailurePolicy::Deny, _) => "deny",
            (FailurePolicy::Fallback(_), _) => "fallback",
        };
        table.push([
            Cell::text(binding.target.to_string()),
            Cell::text(binding.stage.name()),
            Cell::number(binding.order.to_string()),
            Cell::text(binding.id.as_str()),
            Cell::text(format!("{} v{}", binding.hook.name, binding.hook.version)),
            Cell::text(mode),
            Cell::text(failure),
        ]);
    }
    table.render()
}

/// A binding with its place.
pub(crate) fn to_json(binding: &Binding) -> Value {
    json!({
        "target": binding.target.to_string(),
        "stage": binding.stage.id(),
        "id": binding.id,
        "hook": binding.hook.name,
        "version": binding.hook.version,
        "settings": binding_settings(binding),
    })
}

impl Order {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let Some(target) = self.subject.target() else {
            bail!(
                "name the application or the identity store: `--application ID` or `--identity-store ID`"
            );
        };
        let store = self.store.store(&context.source).await?;
        let publisher = store.publisher();
        let groups: Vec<_> = self.ids.iter().map(|group| group.0.clone()).collect();
        let now = SystemTime::now();
        let plan = plan_order(publisher.as_ref(), &target, self.stage, &groups).await?;
        let author = author(&store, context, now).await?;
        let options = Options {
            is_agreed: self.yes,
            is_json: self.json,
            store: &self.store,
            context,
        };
        publishing::publish(plan, publisher.as_ref(), &author, options).await
    }
}
