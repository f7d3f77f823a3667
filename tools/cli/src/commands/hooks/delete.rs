//! `hookpoint hooks delete`.

use std::time::SystemTime;

use anyhow::bail;
use clap::Args;
use hookpoint_engine::{
    application::binding::Binding,
    audit::AuditAction,
    identifier::HookName,
    ports::{HookDeletion, Publisher},
};
use hookpoint_operator::needed_until;
use serde_json::json;

use super::{place, unknown, users_of};
use crate::{audit, context::Context, exit::Exit, moment, output, store::StoreArguments};

/// The hook.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// The hook's name in hookpoint.yaml
    name: HookName,

    /// Delete a hook that a binding ran in the last 24 hours: events suspended since then cannot be resumed
    #[arg(long)]
    force: bool,

    /// Delete without asking, as always without a terminal
    #[arg(long, short)]
    yes: bool,

    /// Print the result as JSON; implies `--yes`
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Delete {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let publisher = store.publisher();
        let name = &self.name;
        // Remains of an interrupted deletion are removed without asking.
        let is_published = !publisher.versions(name).await?.is_empty();
        if is_published && !self.is_agreed(publisher.as_ref()).await? {
            output::note("nothing was deleted")?;
            return Ok(Exit::Done);
        }
        let what = format!("hook {name}");
        let entry = audit::entry(&store, AuditAction::DeleteHook, None, &what).await?;
        match publisher.delete_hook(name, Some(&entry)).await? {
            HookDeletion::Deleted => {}
            HookDeletion::Absent => return Err(unknown(publisher.as_ref(), name).await),
            // Bound meanwhile.
            HookDeletion::InUse(users) => refuse_used(name, &users)?,
        }
        if self.json {
            output::print_json(&json!({ "deleted": name }))?;
        } else {
            output::say(&format!("deleted hook {name}"))?;
        }
        Ok(Exit::Done)
    }

    /// Refuses a hook that is in use or still needed, else asks. Returns whether to delete it.
    async fn is_agreed(&self, publisher: &dyn Publisher) -> anyhow::Result<bool> {
        let name = &self.name;
        refuse_used(name, &users_of(publisher, name, None).await?)?;
        if !self.force
            && let Some(until) = needed_until(publisher, name, SystemTime::now()).await?
        {
            bail!(
                "a binding ran hook `{name}` in the last 24 hours, and events that were suspended then need it; delete it after {}, or with `--force`",
                moment::seconds(until)
            );
        }
        if self.yes || self.json {
            return Ok(true);
        }
        Ok(output::confirm(&format!(
            "Delete every version of hook `{name}`?"
        ))?)
    }
}

fn refuse_used(name: &HookName, users: &[Binding]) -> anyhow::Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let places: Vec<_> = users.iter().map(place).collect();
    bail!(
        "hook `{name}` is in use and stays: {}; remove its bindings first",
        places.join(", ")
    );
}
