//! `hookpoint hooks list`.

use clap::Args;
use hookpoint_engine::hook::HookReference;
use hookpoint_operator::every_binding;
use serde_json::json;

use crate::{
    context::Context,
    exit::Exit,
    output::{self, Cell, Table},
    store::StoreArguments,
};

/// The output.
#[derive(Debug, Args)]
pub(crate) struct List {
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
            output::say("no hook is published")?;
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
