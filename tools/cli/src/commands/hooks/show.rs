//! `hookpoint hooks show`.

use clap::Args;
use hookpoint_engine::identifier::{ApplicationId, HookName};
use serde_json::{Value, json};

use super::{place, place_to_json, read, settings, users_of, version_number};
use crate::{
    context::Context,
    exit::Exit,
    output::{self, BOLD, paint},
    store::StoreArguments,
};

/// The hook.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The hook
    name: HookName,

    /// The version [default: the newest]
    #[arg(long = "hook-version", value_name = "NUMBER", value_parser = version_number)]
    number: Option<u32>,

    /// Name only the bindings of an application
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Print it as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Show {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let hook = read(publisher.as_ref(), &self.name, self.number).await?;
        let application = self.application.as_ref();
        let users = users_of(publisher.as_ref(), &self.name, application).await?;
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
