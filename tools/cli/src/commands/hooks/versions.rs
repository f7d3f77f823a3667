//! `hookpoint hooks versions`.

use clap::Args;
use hookpoint_engine::{
    application::binding::Target,
    identifier::{ApplicationId, HookName},
    publish::PublicationRecord,
};
use serde_json::{Value, json};

use super::{place, place_to_json, users_of, versions_of};
use crate::{
    commands::audit::{or_dash, short_identity},
    context::Context,
    exit::Exit,
    moment,
    output::{self, Cell, DIM, Table},
    store::StoreArguments,
};

/// Characters of a hash that are shown.
const SHORT: usize = 12;

/// How many publications are searched for those that made the versions, the newest first.
const HISTORY: usize = 1_000;

/// The hook.
#[derive(Debug, Args)]
pub(crate) struct Versions {
    /// The hook
    name: HookName,

    /// Name only bindings and publications of an application
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Versions {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let versions = versions_of(publisher.as_ref(), &self.name).await?;
        let application = self.application.as_ref();
        let users = users_of(publisher.as_ref(), &self.name, application).await?;
        let users_of = |version: u32| {
            let users = users.iter();
            users.filter(move |binding| binding.hook.version == version)
        };
        // A record that cannot be read is reported by `hookpoint publications list`.
        let subject = self.application.clone().map(Target::Application);
        let history = publisher.history(subject.as_ref(), HISTORY).await?;
        let history: Vec<PublicationRecord> = history.into_iter().filter_map(Result::ok).collect();
        let publication_of = |version: u32| {
            let mut records = history.iter();
            records.find(|record| {
                let mut hooks = record.hooks.iter();
                hooks.any(|hook| hook.name == self.name && hook.version == version)
            })
        };
        if self.json {
            let list = versions.iter().map(|hook| {
                let publication = publication_of(hook.version);
                json!({
                    "version": hook.version,
                    "time": publication.map(|record| moment::milliseconds(record.id.time())),
                    "by": publication.map(|record| &record.origin.by),
                    "publication": publication.map(|record| record.id),
                    "sha256": hook.sha256,
                    "bindings": users_of(hook.version).map(place_to_json).collect::<Value>(),
                })
            });
            output::print_json(&list.collect())?;
            return Ok(Exit::Done);
        }
        let mut table = Table::new(["version", "published", "by", "sha256", "bound"])
            .without(["sha256", "published"])
            .with_remarks_in_rows();
        for hook in &versions {
            let places: Vec<_> = users_of(hook.version).map(place).collect();
            let sha256: String = hook.sha256.chars().take(SHORT).collect();
            let publication = publication_of(hook.version);
            let time = publication.map(|record| moment::seconds(record.id.time()));
            table.push([
                Cell::number(format!("v{}", hook.version)),
                or_dash(time),
                or_dash(publication.map(|record| short_identity(&record.origin.by))),
                Cell::styled(DIM, sha256),
                Cell::text(places.join(", ")),
            ]);
        }
        output::print(&table.render())?;
        Ok(Exit::Done)
    }
}
