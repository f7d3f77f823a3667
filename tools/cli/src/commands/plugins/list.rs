//! `hookpoint plugins list`.

use anyhow::bail;
use clap::{Args, builder::PossibleValuesParser};
use hookpoint_plugins::{CATEGORIES, Plugin};
use serde_json::{Value, json};

use super::{LibraryArguments, text::wrapped};
use crate::{
    exit::Exit,
    output::{self, BOLD, paint},
};

/// Which plugins.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// List plugins about these words only
    words: Vec<String>,

    /// List plugins of this category only
    #[arg(long, value_parser = PossibleValuesParser::new(CATEGORIES))]
    category: Option<String>,

    /// Print the list as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    library: LibraryArguments,
}

impl List {
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        let library = self.library.library()?;
        // Report unreadable plugins of the user's own library instead of leaving them out silently.
        for (_, plugin) in library.plugins() {
            plugin.map_err(|errors| self.library.placed(errors))?;
        }
        if let (Some(folder), true) = (&self.library.library, library.names().is_empty()) {
            bail!(
                "there is no plugin in `{}`: each is a folder in it with a `plugin.yaml`",
                folder.display()
            );
        }
        let words = self.words.join(" ");
        let mut plugins = library.search(&words);
        if let Some(category) = &self.category {
            plugins.retain(|plugin| plugin.manifest.categories.contains(category));
        }
        if self.json {
            output::print_json(&plugins.iter().map(to_json).collect())?;
        } else if plugins.is_empty() {
            match &self.category {
                None => bail!("no plugin matches; {}", library.suggestion(&words)),
                Some(_) => bail!("no plugin matches; `hookpoint plugins list` shows all"),
            }
        } else {
            output::print(&self.render(&plugins))?;
        }
        Ok(Exit::Done)
    }

    /// By category; with words, the best match first.
    fn render(&self, plugins: &[Plugin]) -> String {
        let names = plugins.iter().map(|plugin| plugin.name.chars().count());
        let widest = names.max().unwrap_or_default();
        let line = |plugin: &Plugin| {
            let name = format!("  {:<widest$}  ", plugin.name);
            let indent = name.chars().count();
            wrapped(&output::printable(&plugin.manifest.summary), &name, indent)
        };
        if !self.words.is_empty() || self.category.is_some() {
            return plugins.iter().map(line).collect::<Vec<_>>().join("\n");
        }
        let sections = CATEGORIES.iter().filter_map(|category| {
            let mut lines = plugins
                .iter()
                .filter(|plugin| {
                    plugin.manifest.categories.first().map(String::as_str) == Some(category)
                })
                .map(line)
                .peekable();
            lines.peek()?;
            let lines: Vec<String> = lines.collect();
            Some(format!("{}\n{}", paint(BOLD, category), lines.join("\n")))
        });
        sections.collect::<Vec<_>>().join("\n\n")
    }
}

/// The members that `list` and `show` have in common.
pub(super) fn to_json(plugin: &Plugin) -> Value {
    let manifest = &plugin.manifest;
    json!({
        "name": plugin.name,
        "version": manifest.version.to_string(),
        "title": manifest.title,
        "summary": manifest.summary,
        "categories": manifest.categories,
        "journeys": manifest.journeys,
    })
}

#[cfg(test)]
mod tests {
    use hookpoint_plugins::Library;

    use super::*;

    #[test]
    fn names_have_a_column_as_wide_as_the_longest() {
        let list = List {
            words: Vec::new(),
            category: None,
            json: false,
            library: LibraryArguments { library: None },
        };
        let plugins = Library::embedded().search("");
        let names: Vec<&str> = plugins.iter().map(|plugin| plugin.name.as_str()).collect();
        let widest = names.iter().map(|name| name.len()).max().unwrap();
        let text = list.render(&plugins);
        let text = anstream::adapter::strip_str(&text).to_string();
        let mut found = 0;
        for line in text.lines().filter(|line| line.starts_with("  ")) {
            assert!(line.chars().count() <= 80, "{line}");
            let (name, summary) = line.split_at(2 + widest);
            assert!(summary.starts_with("  "), "{line}");
            assert!(!summary[2..].starts_with(' '), "{line}");
            found += usize::from(names.contains(&name.trim()));
        }
        assert_eq!(found, names.len(), "{text}");
    }
}
