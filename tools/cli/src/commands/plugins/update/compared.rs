//! An added plugin beside that of the library: what each side changed, and what an update does about it.

use std::path::PathBuf;

use hookpoint_plugins::{
    Change, FileChange, OpenEntries, OwnEntries, RECORD_FILE, Record, Version,
};
use serde_json::{Value, json};

use super::journal::{Entry, Journal};
use crate::output::{self, BOLD, WARNING, difference, paint};

/// An added plugin beside that of the library.
pub(super) struct Compared {
    pub(super) folder: PathBuf,
    pub(super) record: Record,
    pub(super) record_text: String,
    pub(super) version: String,
    pub(super) newer_record: String,
    /// What is to be changed in the workspace by hand.
    pub(super) entries: Option<OpenEntries>,
    /// What the author changed in the workspace.
    pub(super) own_entries: Option<OwnEntries>,
    pub(super) changes: Vec<FileChange>,
}

/// What an update does to a file.
pub(super) enum Step<'a> {
    /// It gets the plugin's text.
    Write(&'a str),
    /// The plugin no longer has it.
    Remove,
}

impl Compared {
    /// What an update does to files, by path; `replaces` is about those that the author changed, too.
    pub(super) fn steps(&self, replaces: bool) -> impl Iterator<Item = (&str, Step<'_>)> {
        let changes = self.changes.iter();
        changes.filter_map(move |file| Some((file.path.as_str(), step(file, replaces)?)))
    }

    /// What an update changes. The record is the last.
    pub(super) fn journal(&self, replaces: bool) -> Journal {
        let files = self.changes.iter().filter_map(|file| {
            let after = match step(file, replaces)? {
                Step::Write(text) => Some(text.to_owned()),
                Step::Remove => None,
            };
            Some(Entry {
                path: file.path.clone(),
                before: file.present.clone(),
                after,
            })
        });
        let record = Entry {
            path: RECORD_FILE.to_owned(),
            before: Some(self.record_text.clone()),
            after: Some(self.newer_record.clone()),
        };
        Journal(files.chain([record]).collect())
    }

    /// The files that the author and the plugin changed, differently.
    pub(super) fn conflicts(&self) -> impl Iterator<Item = &str> {
        let both = self.changes.iter();
        let both = both.filter(|file| file.change == Change::ByBoth);
        both.map(|file| file.path.as_str())
    }

    /// The files that are not as they were installed, or differ from the plugin's.
    fn changed(&self) -> impl Iterator<Item = &FileChange> {
        let changes = self.changes.iter();
        changes.filter(|file| file.change != Change::None)
    }

    /// Whether the library has a version before the added one, as that of an older program.
    pub(super) fn is_older(&self) -> bool {
        let version = |text: &str| text.parse::<Version>().ok();
        matches!(
            (version(&self.version), version(&self.record.version)),
            (Some(available), Some(added)) if available < added
        )
    }

    fn has_newer(&self) -> bool {
        if self.is_older() {
            return false;
        }
        self.has_newer_files() || self.entries.is_some() || self.record.version != self.version
    }

    fn has_newer_files(&self) -> bool {
        let of_plugin = [
            Change::ByPlugin,
            Change::ByBoth,
            Change::Added,
            Change::Dropped,
        ];
        self.changes
            .iter()
            .any(|file| of_plugin.contains(&file.change))
    }

    pub(super) fn to_json(&self) -> Value {
        let files = self.changed();
        json!({
            "plugin": self.record.plugin,
            "added": self.record.version,
            "available": self.version,
            "isNewer": self.has_newer(),
            "files": files
                .map(|file| json!({ "path": file.path, "change": word(file.change) }))
                .collect::<Value>(),
            "entries": self.entries.as_ref()
                .map(|entries| json!({ "added": entries.present, "available": entries.wanted })),
            "ownEntries": self.own_entries.as_ref()
                .map(|entries| json!({ "added": entries.added, "present": entries.present })),
        })
    }

    pub(super) fn render(&self, replaces: bool) -> String {
        let name = &self.record.plugin;
        let is_added = self.record.version == self.version && !self.has_newer_files();
        let mut parts = vec![if is_added && self.entries.is_some() {
            format!(
                "{name} {} is added, but hookpoint.yaml lacks changes of its entries",
                self.record.version
            )
        } else if self.is_older() {
            format!(
                "{name}: version {} is added, and the library has the older {}",
                self.record.version, self.version
            )
        } else if self.has_newer() {
            format!(
                "{name}: version {} is added, {} is available",
                self.record.version, self.version
            )
        } else {
            format!("{name} {} is what the library has", self.record.version)
        }];
        for file in self.changed() {
            let style = if file.change == Change::ByBoth {
                WARNING
            } else {
                BOLD
            };
            parts.push(format!(
                "\n{}: {}",
                paint(style, &file.path),
                sentence(file, replaces)
            ));
            let empty = String::new();
            let (from, to) = match file.change {
                Change::ByAuthor if !replaces => (file.newer.as_ref(), file.present.as_ref()),
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
        if let Some(OwnEntries { added, present }) = &self.own_entries {
            parts.push(format!(
                "\n{}: you changed these entries; they stay yours",
                paint(BOLD, "hookpoint.yaml")
            ));
            parts.push(output::printable_lines(&difference(added, present, false)));
        }
        if let Some(OpenEntries { present, wanted }) = &self.entries {
            parts.push(format!(
                "\n{}: change these entries by hand",
                paint(BOLD, "hookpoint.yaml")
            ));
            let lines = difference(present, wanted, false);
            parts.push(output::printable_lines(&lines));
        }
        parts.join("\n")
    }
}

/// `None` if the file stays as it is.
fn step(file: &FileChange, replaces: bool) -> Option<Step<'_>> {
    let is_taken = match file.change {
        Change::ByPlugin | Change::Added | Change::Dropped => true,
        Change::ByAuthor | Change::ByBoth => replaces,
        Change::None | Change::Deleted => false,
    };
    match (&file.newer, &file.present) {
        _ if !is_taken => None,
        (Some(text), _) => Some(Step::Write(text)),
        (None, Some(_)) => Some(Step::Remove),
        (None, None) => None,
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

fn sentence(file: &FileChange, replaces: bool) -> &'static str {
    match file.change {
        Change::None => "unchanged",
        Change::ByAuthor if replaces => "you changed it; `--replace` restores it",
        Change::ByAuthor => "you changed it; it stays yours",
        Change::ByPlugin => "the plugin changed it",
        Change::ByBoth if file.newer.is_none() => "you changed it, and the plugin no longer has it",
        Change::ByBoth => {
            "you and the plugin changed it; the difference is from yours to the plugin's"
        }
        Change::Added => "new in the plugin",
        Change::Dropped if file.present.is_none() => {
            "no longer in the plugin; you deleted it already"
        }
        Change::Dropped => "no longer in the plugin",
        Change::Deleted => "you deleted it; it stays deleted",
    }
}
