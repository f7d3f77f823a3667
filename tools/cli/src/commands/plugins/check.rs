//! `hookpoint plugins check`.

use std::path::Path;

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
        let count_of_plugins = plugins.len();
        let folder = self.library.library.as_deref().unwrap_or(Path::new(""));
        for (name, plugin) in plugins {
            match plugin {
                Err(errors) => problems.push(self.library.placed(errors).to_string()),
                Ok(plugin) => {
                    let folder = folder.join(name);
                    problems.extend(
                        lint(&plugin)
                            .iter()
                            .map(|text| folder.join(text).display().to_string()),
                    );
                }
            }
        }
        if self.json {
            let problems: Value = problems.iter().map(|text| json!(text)).collect();
            output::print_json(&json!({ "plugins": count_of_plugins, "problems": problems }))?;
        } else if problems.is_empty() {
            let checked = count(count_of_plugins, "plugin");
            output::say(&format!("{} {checked}", paint(GOOD, "ok")))?;
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
