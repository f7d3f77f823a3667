//! `hookpoint plugins update`.

mod compared;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_plugins::{Installation, RECORD_FILE};
use serde_json::json;

use self::compared::{Compared, Step};
use super::{LibraryArguments, ParameterArguments, record_in, site::family, values};
use crate::{context::Context, exit::Exit, output, shell, tree::Replacing};

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

impl Update {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let compared = self.compare(context)?;
        if !self.json {
            output::print(&compared.render(self.replace))?;
        }
        if self.write {
            self.write(&compared)?;
        }
        if self.json {
            let mut value = compared.to_json();
            let (written, removed) = self.done(&compared);
            value["written"] = json!(written);
            value["removed"] = json!(removed);
            output::print_json(&value)?;
        } else {
            output::print(&self.summary(&compared))?;
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
        if !folder.exists() {
            let name = self.name.as_str();
            let add = shell::command(["plugins", "add", name], context);
            bail!("`{name}` is not added here; `{add}` adds it");
        }
        let record = record_in(&folder)?;
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

    /// The files that were written, and those that were removed.
    fn done<'a>(&self, compared: &'a Compared) -> (Vec<&'a str>, Vec<&'a str>) {
        let (mut written, mut removed) = (Vec::new(), Vec::new());
        if self.write {
            for (path, step) in compared.steps(self.replace) {
                match step {
                    Step::Write(_) => written.push(path),
                    Step::Remove => removed.push(path),
                }
            }
        }
        (written, removed)
    }

    /// What was done, or what could be.
    fn summary(&self, compared: &Compared) -> String {
        if !self.write {
            let more = if compared.conflicts().next().is_some() {
                "; merge what you and the plugin changed by hand, or take the plugin's with `--write --replace`"
            } else if compared.steps(false).next().is_some() {
                "; `--write` takes over what the plugin changed"
            } else {
                ""
            };
            return format!("nothing was written{more}");
        }
        let (written, removed) = self.done(compared);
        let parts: Vec<String> = [("wrote", written), ("removed", removed)]
            .into_iter()
            .filter(|(_, paths)| !paths.is_empty())
            .map(|(what, paths)| format!("{what} {}", paths.join(", ")))
            .collect();
        if parts.is_empty() {
            format!("no file was written but `{RECORD_FILE}`")
        } else {
            format!("{} in `{}`", parts.join("; "), compared.folder.display())
        }
    }

    fn write(&self, compared: &Compared) -> anyhow::Result<()> {
        let both: Vec<&str> = compared.conflicts().collect();
        if !both.is_empty() && !self.replace {
            bail!(
                "you and the plugin both changed {}: merge them by hand, or take the plugin's with `--replace`; nothing was written",
                both.join(", ")
            );
        }
        let failed =
            |path: &Path| format!("failed to write `{}`; nothing was written", path.display());
        let mut replacing = Replacing::default();
        for (path, step) in compared.steps(self.replace) {
            let path = compared.folder.join(path);
            let prepared = match step {
                Step::Write(text) => replacing.write(&path, text),
                Step::Remove => replacing.remove(&path),
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
            .map_err(|(path, error): (PathBuf, _)| anyhow::Error::new(error).context(failed(&path)))
    }
}

fn files_of(installation: Installation) -> BTreeMap<String, String> {
    let prefix = format!("{}/", installation.folder);
    let files = installation.files.into_iter();
    files
        .filter_map(|(name, text)| Some((name.strip_prefix(&prefix)?.to_owned(), text)))
        .collect()
}
