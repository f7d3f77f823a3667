//! `hookpoint plugins update`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_plugins::{Change, FileChange, Installation, RECORD_FILE, Record};
use serde_json::{Value, json};

use super::{LibraryArguments, ParameterArguments, site::family, values};
use crate::{
    context::Context,
    env,
    exit::Exit,
    output::{self, BOLD, WARNING, difference, paint},
    tree::Replacing,
};

/// Which plugin, and what to do about differences.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The added plugin
    name: String,

    #[command(flatten)]
    parameters: ParameterArguments,

    /// Take over what the plugin changed; files that you changed stay yours
    #[arg(long)]
    write: bool,

    /// Also take over files that you changed: your changes of them are lost
    #[arg(long, requires = "write")]
    replace: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    library: LibraryArguments,
}

/// An added plugin beside that of the library.
struct Compared {
    folder: PathBuf,
    record: Record,
    version: String,
    newer_record: String,
    newer_entries: String,
    changes: Vec<FileChange>,
}

impl Update {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let compared = self.compare(context)?;
        if self.json {
            output::print_json(&compared.to_json())?;
        } else {
            output::print(&compared.render(self.replace))?;
        }
        if self.write {
            self.write(&compared)?;
        }
        if !self.json {
            output::print(&self.done(&compared))?;
        }
        if self.write {
            // What was taken over must fit the workspace; its problems are reported with their places.
            context.workspace().await?;
        }
        Ok(Exit::Done)
    }

    fn compare(&self, context: &Context) -> anyhow::Result<Compared> {
        let plugin = self.library.plugin(&self.name)?;
        let folder = context
            .source
            .path()
            .with_file_name("plugins")
            .join(&self.name);
        let path = folder.join(RECORD_FILE);
        if !path.exists() {
            let (name, program) = (&self.name, env::program());
            bail!("`{name}` is not added here; `{program} plugins add {name}` adds it");
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("`{}` cannot be read", path.display()))?;
        let record = Record::parse(&text)
            .map_err(|reason| anyhow::anyhow!("`{}` cannot be used: {reason}", path.display()))?;
        // Parameters that no longer exist are dropped, new ones have their defaults.
        let known = |name: &String| {
            plugin
                .manifest
                .parameters
                .iter()
                .any(|known| known.name == *name)
        };
        let mut given = record.parameters.clone();
        given.retain(|name, _| known(name));
        given.extend(self.parameters.given()?);
        let values = values(&plugin.manifest, &given)?;
        let installation = plugin.install(&values, &record.site(family(&plugin)))?;
        let newer_entries = installation.additions.as_text();
        let mut newer = files_of(installation);
        let newer_record = newer.remove(RECORD_FILE).unwrap_or_default();
        let read = |path: &str| fs::read_to_string(folder.join(path)).ok();
        let changes = record.changes(&newer, read);
        Ok(Compared {
            version: plugin.manifest.version.to_string(),
            folder,
            record,
            newer_record,
            newer_entries,
            changes,
        })
    }

    /// Whether the plugin's text of a file so changed is taken over.
    fn takes(&self, change: Change) -> bool {
        match change {
            Change::ByPlugin | Change::ByBoth | Change::Added => true,
            Change::ByAuthor => self.replace,
            Change::None | Change::Dropped | Change::Deleted => false,
        }
    }

    /// What was written and removed.
    fn done(&self, compared: &Compared) -> String {
        let paths = |is_meant: &dyn Fn(Change) -> bool| {
            let changes = compared.changes.iter();
            let paths: Vec<&str> = changes
                .filter(|file| is_meant(file.change))
                .map(|file| file.path.as_str())
                .collect();
            paths.join(", ")
        };
        let written = paths(&|change| self.takes(change));
        let removed = paths(&|change| change == Change::Dropped);
        let parts = [("wrote", written), ("removed", removed)];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, paths)| !paths.is_empty())
            .map(|(what, paths)| format!("{what} {paths}"))
            .collect();
        match (self.write, parts.is_empty()) {
            (false, true) => "nothing was written".to_owned(),
            (false, false) => {
                "nothing was written; `--write` takes over what the plugin changed".to_owned()
            }
            (true, true) => format!("no file was written but `{RECORD_FILE}`"),
            (true, false) => format!("{} in `{}`", parts.join("; "), compared.folder.display()),
        }
    }

    fn write(&self, compared: &Compared) -> anyhow::Result<()> {
        let both: Vec<&str> = compared
            .of(Change::ByBoth)
            .map(|file| file.path.as_str())
            .collect();
        if !both.is_empty() && !self.replace {
            bail!(
                "you and the plugin both changed {}: merge them by hand, or take the plugin's with `--replace`; nothing was written",
                both.join(", ")
            );
        }
        let failed =
            |path: &Path| format!("failed to write `{}`; nothing was written", path.display());
        let mut replacing = Replacing::default();
        for file in &compared.changes {
            let path = compared.folder.join(&file.path);
            let prepared = match (file.change, &file.newer) {
                (change, Some(text)) if self.takes(change) => replacing.write(&path, text),
                (Change::Dropped, _) => replacing.remove(&path),
                _ => Ok(()),
            };
            prepared.with_context(|| failed(&path))?;
        }
        // Last: an update that is killed is taken up by the next one.
        let record = compared.folder.join(RECORD_FILE);
        replacing
            .write(&record, &compared.newer_record)
            .with_context(|| failed(&record))?;
        replacing
            .finish()
            .map_err(|(path, error)| anyhow::Error::new(error).context(failed(&path)))
    }
}

fn files_of(installation: Installation) -> BTreeMap<String, String> {
    let prefix = format!("{}/", installation.folder);
    let files = installation.files.into_iter();
    files
        .filter_map(|(name, text)| Some((name.strip_prefix(&prefix)?.to_owned(), text)))
        .collect()
}

impl Compared {
    fn of(&self, change: Change) -> impl Iterator<Item = &FileChange> {
        self.changes
            .iter()
            .filter(move |file| file.change == change)
    }

    fn has_newer(&self) -> bool {
        let of_plugin = [
            Change::ByPlugin,
            Change::ByBoth,
            Change::Added,
            Change::Dropped,
        ];
        self.changes
            .iter()
            .any(|file| of_plugin.contains(&file.change))
            || self.record.workspace != self.newer_entries
            || self.record.version != self.version
    }

    fn to_json(&self) -> Value {
        let files = self
            .changes
            .iter()
            .filter(|file| file.change != Change::None);
        json!({
            "plugin": self.record.plugin,
            "added": self.record.version,
            "available": self.version,
            "isNewer": self.has_newer(),
            "files": files
                .map(|file| json!({ "path": file.path, "change": word(file.change) }))
                .collect::<Value>(),
            "entries": (self.record.workspace != self.newer_entries)
                .then(|| json!({ "added": self.record.workspace, "available": self.newer_entries })),
        })
    }

    fn render(&self, replaces: bool) -> String {
        let name = &self.record.plugin;
        let mut parts = vec![if self.has_newer() {
            format!(
                "{name}: version {} is added, {} is available",
                self.record.version, self.version
            )
        } else {
            format!("{name} {} is what the library has", self.record.version)
        }];
        for file in self
            .changes
            .iter()
            .filter(|file| file.change != Change::None)
        {
            let style = if file.change == Change::ByBoth {
                WARNING
            } else {
                BOLD
            };
            parts.push(format!(
                "\n{}: {}",
                paint(style, &file.path),
                match file.change {
                    Change::ByAuthor if replaces => "you changed it; `--replace` restores it",
                    change => sentence(change),
                }
            ));
            let empty = String::new();
            let (from, to) = match file.change {
                Change::ByAuthor => (file.newer.as_ref(), file.present.as_ref()),
                _ => (file.present.as_ref(), file.newer.as_ref()),
            };
            if ![Change::Added, Change::Dropped, Change::Deleted].contains(&file.change) {
                let lines = output::printable_lines(&difference(
                    from.unwrap_or(&empty),
                    to.unwrap_or(&empty),
                    false,
                ));
                parts.push(lines);
            }
        }
        if self.record.workspace != self.newer_entries {
            parts.push(format!(
                "\n{}: change these entries by hand",
                paint(BOLD, "hookpoint.yaml")
            ));
            let lines = difference(&self.record.workspace, &self.newer_entries, false);
            parts.push(output::printable_lines(&lines));
        }
        parts.join("\n")
    }
}

fn word(change: Change) -> &'static str {
    match change {
        Change::None => "none",
        Change::ByAuthor => "by-author",
        Change::ByPlugin => "by-plugin",
        Change::ByBoth => "by-both",
        Change::Added => "added",
        Change::Dropped => "dropped",
        Change::Deleted => "deleted",
    }
}

fn sentence(change: Change) -> &'static str {
    match change {
        Change::None => "unchanged",
        Change::ByAuthor => "you changed it; it stays yours",
        Change::ByPlugin => "the plugin changed it",
        Change::ByBoth => {
            "you and the plugin changed it; the difference is from yours to the plugin's"
        }
        Change::Added => "new in the plugin",
        Change::Dropped => "no longer in the plugin",
        Change::Deleted => "you deleted it; it stays deleted",
    }
}
