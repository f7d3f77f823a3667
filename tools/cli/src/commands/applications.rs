//! `hookpoint applications`: lists, shows and deletes published applications.

mod one;
mod unknown;

use clap::{Args, Subcommand};
use hookpoint_engine::{
    application::{Application, Pause, binding::Target},
    delivery::gone::{self, GoneBinding},
};
use serde_json::{Value, json};

use self::one::{Delete, Show};
pub(crate) use self::unknown::{refuse_undeclared, refuse_unknown, refuse_unpublished};
use crate::{
    context::Context,
    exit::Exit,
    moment,
    output::{self, Cell, DIM, Table, WARNING},
    store::StoreArguments,
};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Applications {
    /// List the applications with their keys, pauses and bindings whose endpoint is gone
    List(List),
    /// Show an application with its bindings
    Show(Show),
    /// Delete an application with its keys and bindings
    Delete(Delete),
}

/// The store and the output format.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Applications {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Delete(delete) => delete.run(context).await,
        }
    }
}

impl List {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let list = self;
        let store = list.store.store(&context.source).await?;
        let mut applications = store.publisher().applications().await?;
        applications.sort_by(|left, right| left.id.cmp(&right.id));
        let marks = store.gone();
        let mut listed = Vec::with_capacity(applications.len());
        for application in applications {
            let gone = gone::of_application(marks.as_ref(), &application).await?;
            listed.push(Listed { application, gone });
        }
        if list.json {
            output::print_json(&listed.iter().map(Listed::to_json).collect())?;
        } else if listed.is_empty() {
            output::say("no application is published")?;
        } else {
            output::print(&render(&listed))?;
        }
        Ok(Exit::Done)
    }
}

/// An application with its bindings whose endpoint is gone.
struct Listed {
    application: Application,
    gone: Vec<GoneBinding>,
}

/// Describes a gone binding; one of a store is gone for all its applications.
pub(crate) fn describe_gone(mark: &GoneBinding) -> String {
    let place = format!("{}/{}", mark.stage.name(), mark.binding);
    match &mark.target {
        Target::Application(_) => place,
        Target::Store(store) => format!("{place} of store {store}"),
    }
}

/// Describes which hooks of the application are switched off.
pub(crate) fn describe(pause: &Pause) -> String {
    match (&pause.stage, &pause.binding) {
        (None, None) => "everything".to_owned(),
        (Some(stage), None) => stage.name(),
        (None, Some(binding)) => format!("binding {binding}"),
        (Some(stage), Some(binding)) => format!("{}/{binding}", stage.name()),
    }
}

fn render(listed: &[Listed]) -> String {
    let mut table = Table::new(["id", "name", "kind", "store", "keys", "paused", "gone"])
        .without(["name", "store", "keys", "kind"]);
    for Listed { application, gone } in listed {
        let store = application.identity_store.as_ref();
        let pauses: Vec<_> = application.pauses.iter().map(describe).collect();
        let gone: Vec<_> = gone.iter().map(describe_gone).collect();
        table.push([
            Cell::text(application.id.as_str()),
            Cell::text(&application.name),
            Cell::text(application.kind.family().as_str()),
            Cell::text(store.map_or("", |store| store.as_str())),
            Cell::number(application.ingest_keys.len().to_string()),
            if_any(&pauses),
            if_any(&gone),
        ]);
    }
    table.render()
}

fn if_any(places: &[String]) -> Cell {
    if places.is_empty() {
        Cell::styled(DIM, "no")
    } else {
        Cell::styled(WARNING, places.join(", "))
    }
}

impl Listed {
    /// The stored form without the hashes of keys, which are of no use in a list.
    fn to_json(&self) -> Value {
        let Self { application, gone } = self;
        let keys = application.ingest_keys.iter();
        json!({
            "id": application.id,
            "name": application.name,
            "kind": application.kind.family().as_str(),
            "identityStore": application.identity_store,
            "variables": application.variables,
            "keys": keys.map(|key| json!(key.id)).collect::<Value>(),
            "pauses": application.pauses,
            "gone": gone.iter().map(gone_to_json).collect::<Value>(),
        })
    }
}

fn gone_to_json(mark: &GoneBinding) -> Value {
    json!({
        "stage": mark.stage.id(),
        "target": mark.target.to_string(),
        "binding": mark.binding,
        "hook": mark.hook,
        "version": mark.version,
        "since": moment::milliseconds(mark.since()),
        "delivery": mark.delivery,
    })
}
