//! `hookpoint hooks versions`.

use clap::Args;
use hookpoint_engine::identifier::HookName;
use serde_json::{Value, json};

use super::{place, place_to_json, users_of, versions_of};
use crate::{
    context::Context,
    exit::Exit,
    output::{self, Cell, DIM, Table},
    store::StoreArguments,
};

/// Characters of a hash that are shown.
const SHORT: usize = 12;

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

impl Versions {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
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
        let mut table = Table::new(["version", "sha256", "bound"]).with_remarks_in_rows();
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
