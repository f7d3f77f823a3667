//! The list of plugins in `docs/plugins.md`.

use std::{fs, path::Path};

use anyhow::Context as _;
use hookpoint_plugins::{CATEGORIES, Library, Plugin};

use super::{Generated, block};
use crate::markdown::Table;

pub(super) const DOCUMENT: &str = "docs/plugins.md";

pub(super) fn file(root: &Path) -> anyhow::Result<Generated> {
    let library = Library::read(&root.join("plugins")).context("failed to read the plugins")?;
    let plugins: Result<Vec<Plugin>, _> = library
        .plugins()
        .into_iter()
        .map(|(_, plugin)| plugin)
        .collect();
    let text = fs::read_to_string(root.join(DOCUMENT))
        .with_context(|| format!("failed to read `{DOCUMENT}`"))?;
    let text = block::replace(&text, ("<!--", " -->"), &list(&plugins?))
        .with_context(|| format!("failed to generate the list in `{DOCUMENT}`"))?;
    Ok(Generated::new(DOCUMENT, text))
}

/// A table for each category; a plugin stands in that of its first one.
fn list(plugins: &[Plugin]) -> String {
    let mut text = String::new();
    for category in CATEGORIES {
        let mut own = plugins
            .iter()
            .filter(|plugin| {
                plugin.manifest.categories.first().map(String::as_str) == Some(category)
            })
            .peekable();
        if own.peek().is_none() {
            continue;
        }
        let mut table = Table::new(&["plugin", "what it does", "where it runs"]);
        for plugin in own {
            let manifest = &plugin.manifest;
            let mut stages: Vec<&str> = manifest
                .bindings
                .iter()
                .map(|binding| binding.stage.id())
                .collect();
            stages.dedup();
            let stages = stages
                .iter()
                .map(|stage| format!("[`{stage}`](stages.md#{})", stage.to_lowercase()));
            table.row(&[
                &format!("[{}](../plugins/{}/README.md)", plugin.name, plugin.name),
                &manifest.summary,
                &stages.collect::<Vec<_>>().join(", "),
            ]);
        }
        let (first, rest) = category.split_at(1);
        let heading = match category {
            "crm" => "CRM".to_owned(),
            _ => first.to_uppercase() + rest,
        };
        text.push_str(&format!("\n### {heading}\n\n{}", table.into_text()));
    }
    text.push('\n');
    text
}
