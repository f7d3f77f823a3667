//! `hookpoint plugins check`.

use clap::Args;
use hookpoint_plugins::lint;
use serde_json::{Value, json};

use super::LibraryArguments;
use crate::{
    exit::Exit,
    output::{self, GOOD, count, paint},
};

/// Which plugins.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Check this plugin only
    name: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    library: LibraryArguments,
}

impl Check {
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        let library = self.library.library()?;
        let plugins = match &self.name {
            Some(name) => vec![(name.as_str(), library.find(name)?)],
            None => library.plugins(),
        };
        let mut problems = Vec::new();
        for (name, plugin) in &plugins {
            match plugin {
                Err(errors) => problems.push(errors.to_string()),
                Ok(plugin) => {
                    problems.extend(lint(plugin).iter().map(|text| format!("{name}/{text}")));
                }
            }
        }
        if self.json {
            let problems: Value = problems.iter().map(|text| json!(text)).collect();
            output::print_json(&json!({ "plugins": plugins.len(), "problems": problems }))?;
        } else if problems.is_empty() {
            let checked = count(plugins.len(), "plugin");
            output::print(&format!("{} {checked}", paint(GOOD, "ok")))?;
        } else {
            output::note(&output::printable_lines(&problems.join("\n")))?;
        }
        Ok(if problems.is_empty() {
            Exit::Done
        } else {
            Exit::Refused
        })
    }
}
