//! `hookpoint hooks diff`.

use anyhow::bail;
use clap::Args;
use hookpoint_engine::identifier::HookName;
use serde_json::json;

use super::{read, version_number, versions_of};
use crate::{commands::changes, context::Context, exit::Exit, output, store::StoreArguments};

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

impl Diff {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let publisher = self.store.open(&context.source).await?;
        let versions = versions_of(publisher.as_ref(), &self.name).await?;
        let newest = versions.first().map_or(0, |newest| newest.version);
        let after = self.after.unwrap_or(newest);
        let mut older = versions.iter().map(|hook| hook.version);
        let before = match self.before {
            Some(before) => before,
            None => match older.find(|version| *version < after) {
                Some(before) => before,
                None => bail!(
                    "hook `{0}` has no version before v{after}; `hookpoint hooks versions {0}` lists them",
                    self.name
                ),
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
            output::say(&format!("v{before} and v{after} are the same"))?;
        } else {
            let lines: Vec<_> = difference.lines().map(changes::painted).collect();
            output::print(&lines.join("\n"))?;
        }
        Ok(Exit::Done)
    }
}
