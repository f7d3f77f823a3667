//! `hookpoint hooks list`.

use clap::Args;
use hookpoint_engine::{hook::HookReference, identifier::ApplicationId};
use serde_json::json;

use super::bindings_of;
use crate::{
    context::Context,
    exit::Exit,
    output::{self, Cell, Table},
    store::StoreArguments,
};

/// Filter and output options.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only hooks that bindings of an application run
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl List {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let mut hooks = publisher.hooks().await?;
        hooks.sort_by(|one, other| one.name.cmp(&other.name));
        let bindings = bindings_of(publisher.as_ref(), self.application.as_ref()).await?;
        let users = |hook: &HookReference| {
            let users = bindings.iter();
            users
                .filter(|binding| binding.hook.name == hook.name)
                .count()
        };
        if self.application.is_some() {
            hooks.retain(|hook| users(hook) > 0);
        }
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
            output::say(match &self.application {
                Some(_) => "no hook is bound",
                None => "no hook is published",
            })?;
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
