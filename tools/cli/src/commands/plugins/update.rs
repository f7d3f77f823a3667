//! `hookpoint plugins update`.

mod compared;
pub(super) mod journal;

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_plugins::{EntryChanges, Installation, RECORD_FILE, Record};
use serde_json::json;

use self::compared::{Compared, Step};
use super::{LibraryArguments, ParameterArguments, killed, record_in, site::family, values};
use crate::{context::Context, env, exit::Exit, interrupt::interrupted, output, shell};

/// Which plugin, and what to do about differences.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The added plugin
    name: String,

    #[command(flatten)]
    parameters: ParameterArguments,

    /// Apply the plugin's changes; files that you changed stay yours
    #[arg(long)]
    write: bool,

    /// Also replace files that you changed, whose changes are lost, and go back to an older version
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
        // From here on, a signal does not end the command with half of the files replaced.
        let interrupted = self.write.then(interrupted);
        let folder = killed::folder_of(context.source.path());
        killed::clear_updates(folder)?;
        let compared = self.compare(context)?;
        if !self.json {
            output::print(&compared.render(self.replace)).context("nothing was written")?;
        }
        if self.write {
            self.write(&compared, folder)?;
        }
        self.report(&compared).with_context(|| {
            if self.write {
                let name = &self.name;
                format!("the files of the plugin `{name}` were written, but that cannot be shown")
            } else {
                "nothing was written".to_owned()
            }
        })?;
        if let Some(interrupted) = interrupted {
            // The changes must fit the workspace; problems are reported with their places.
            tokio::select! {
                biased;
                () = interrupted => {
                    let program = env::program();
                    bail!("interrupted after all files were written; `{program} check` says whether they fit the workspace")
                }
                read = context.workspace() => drop(read?),
            }
        }
        Ok(Exit::Done)
    }

    fn report(&self, compared: &Compared) -> io::Result<()> {
        if !self.json {
            return output::say(&self.summary(compared));
        }
        let mut value = compared.to_json();
        let (written, removed) = self.done(compared);
        value["written"] = json!(written);
        value["removed"] = json!(removed);
        output::print_json(&value)
    }

    fn compare(&self, context: &Context) -> anyhow::Result<Compared> {
        let plugin = self.library.plugin(&self.name)?;
        let folder = context
            .source
            .path()
            .with_file_name("plugins")
            .join(&plugin.name);
        if !folder.exists() {
            let name = plugin.name.as_str();
            let add = shell::command(["plugins", "add", name], context);
            bail!("`{name}` is not added here; `{add}` adds it");
        }
        let record = record_in(&folder)?;
        let path = folder.join(RECORD_FILE);
        let record_text = fs::read_to_string(&path)
            .with_context(|| format!("`{}` cannot be read", path.display()))?;
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
        let entries = entries(context.source.path(), &record, &newer_entries)?;
        let newer_record = match Record::parse(&newer_record) {
            Ok(mut newer) => {
                newer.workspace.clone_from(&entries.recorded);
                newer.to_text()
            }
            Err(reason) => bail!("`{RECORD_FILE}` cannot be made: {reason}"),
        };
        let read = |path: &str| fs::read_to_string(folder.join(path)).ok();
        let changes = record.changes(&newer, read);
        Ok(Compared {
            version: plugin.manifest.version.to_string(),
            folder,
            record,
            record_text,
            newer_record,
            entries: entries.open,
            own_entries: entries.own,
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
            let more = if compared.is_older() {
                "; use a newer `hookpoint`, or go back to the older version with `--write --replace`"
            } else if compared.conflicts().next().is_some() {
                "; merge what you and the plugin changed by hand, or take the plugin's with `--write --replace`"
            } else if compared.steps(false).next().is_some() {
                "; `--write` applies the plugin's changes"
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
        let done = if parts.is_empty() {
            format!("no file was written but `{RECORD_FILE}`")
        } else {
            format!("{} in `{}`", parts.join("; "), compared.folder.display())
        };
        if compared.entries.is_some() {
            format!("{done}; the entries of hookpoint.yaml above are still to be changed by hand")
        } else {
            done
        }
    }

    fn write(&self, compared: &Compared, folder: &Path) -> anyhow::Result<()> {
        if compared.is_older() && !self.replace {
            bail!(
                "version {} is added, and the library has the older {}: use a newer `hookpoint`, or go back with `--replace`; nothing was written",
                compared.record.version,
                compared.version
            );
        }
        let both: Vec<&str> = compared.conflicts().collect();
        if !both.is_empty() && !self.replace {
            bail!(
                "you and the plugin both changed {}: merge them by hand, or take the plugin's with `--replace`; nothing was written",
                both.join(", ")
            );
        }
        let name = compared.folder.file_name().unwrap_or_default();
        let own = format!("plugins/{}", name.display());
        let scratch = killed::claim(folder, killed::UPDATING, &own)?;
        let made = compared
            .journal(self.replace)
            .make(&compared.folder, &scratch);
        made.map_err(|(path, error)| {
            let failed = format!("failed to write `{}`; nothing was written", path.display());
            anyhow::Error::new(error).context(failed)
        })
    }
}

/// What the update means for the entries of the workspace. One that cannot be read counts as it was when the plugin was added.
fn entries(workspace: &Path, record: &Record, newer: &str) -> anyhow::Result<EntryChanges> {
    let added = &record.workspace;
    let text = fs::read_to_string(workspace).unwrap_or_default();
    EntryChanges::between(added, newer, &text)
        .or_else(|_| EntryChanges::between(added, newer, added))
        .with_context(|| format!("the entries of `{}` cannot be compared", record.plugin))
}

fn files_of(installation: Installation) -> BTreeMap<String, String> {
    let prefix = format!("{}/", installation.folder);
    let files = installation.files.into_iter();
    files
        .filter_map(|(name, text)| Some((name.strip_prefix(&prefix)?.to_owned(), text)))
        .collect()
}
