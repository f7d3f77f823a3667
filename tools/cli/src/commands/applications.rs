//! `hookpoint applications`: what is published.

use clap::{Args, Subcommand};
use hookpoint_engine::application::{Application, Pause};
use serde_json::{Value, json};

use crate::{
    context::Context,
    exit::Exit,
    output::{self, Cell, DIM, Table, WARNING},
    store::StoreArguments,
};

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Applications {
    /// List the applications with their keys and pauses
    List(List),
}

/// Which store, and how to show it.
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
        let Self::List(list) = self;
        let publisher = list.store.open(&context.source).await?;
        let mut applications = publisher.applications().await?;
        applications.sort_by(|left, right| left.id.cmp(&right.id));
        if list.json {
            output::print_json(&applications.iter().map(to_json).collect())?;
        } else if applications.is_empty() {
            output::print("no application is published")?;
        } else {
            output::print(&render(&applications))?;
        }
        Ok(Exit::Done)
    }
}

/// A pause in words: what of the application is switched off.
pub(crate) fn describe(pause: &Pause) -> String {
    match (&pause.stage, &pause.binding) {
        (None, None) => "everything".to_owned(),
        (Some(stage), None) => stage.name(),
        (None, Some(binding)) => format!("binding {binding}"),
        (Some(stage), Some(binding)) => format!("{}/{binding}", stage.name()),
    }
}

fn render(applications: &[Application]) -> String {
    let mut table = Table::new(["id", "name", "kind", "store", "keys", "paused"]);
    for application in applications {
        let store = application.identity_store.as_ref();
        let pauses: Vec<_> = application.pauses.iter().map(describe).collect();
        table.push([
            Cell::text(application.id.as_str()),
            Cell::text(&application.name),
            Cell::text(application.kind.family().as_str()),
            Cell::text(store.map_or("", |store| store.as_str())),
            Cell::number(application.ingest_keys.len().to_string()),
            if pauses.is_empty() {
                Cell::styled(DIM, "no")
            } else {
                Cell::styled(WARNING, pauses.join(", "))
            },
        ]);
    }
    table.render()
}

/// The stored form, with the hashes of the keys left out: they help nobody who reads a list.
fn to_json(application: &Application) -> Value {
    let keys = application.ingest_keys.iter();
    json!({
        "id": application.id,
        "name": application.name,
        "kind": application.kind.family().as_str(),
        "identityStore": application.identity_store,
        "variables": application.variables,
        "keys": keys.map(|key| json!(key.id)).collect::<Value>(),
        "pauses": application.pauses,
    })
}
