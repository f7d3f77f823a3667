//! What an update changes, written down before it begins: one that was killed can be taken back.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use hookpoint_plugins::is_inside;
use serde_json::{Value, json};

use crate::tree::{Claimed, Remains, Replacing};

/// The file of a journal, in the folder of the update.
const FILE: &str = "changes.json";

/// The files that an update changes, in order: the record of the plugin is the last.
pub(in crate::commands::plugins) struct Journal(pub(super) Vec<Entry>);

/// A file, and its text before and after the update; `None` if there is no such file.
pub(in crate::commands::plugins) struct Entry {
    /// Its path in the plugin.
    pub(super) path: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// How far an update came.
pub(in crate::commands::plugins) enum Reach {
    Nothing,
    /// These files are replaced.
    Half(Vec<String>),
    All,
    /// These files are neither as they were before nor as the update writes them.
    Changed(Vec<String>),
}

impl Journal {
    /// The journal of a killed update; `None` if it was killed before its first change.
    pub(in crate::commands::plugins) fn read(remains: &Remains) -> Option<Self> {
        let text = fs::read_to_string(remains.path().join(FILE)).ok()?;
        let Value::Array(entries) = serde_json::from_str(&text).ok()? else {
            return None;
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let entries = entries.iter().map(|entry| {
            let path = text(&entry["path"]).filter(|path| is_inside(path))?;
            let (before, after) = (text(&entry["before"]), text(&entry["after"]));
            Some(Entry {
                path,
                before,
                after,
            })
        });
        entries.collect::<Option<_>>().map(Self)
    }

    /// Changes the files of this folder, all or none.
    ///
    /// # Errors
    /// The file that cannot be changed, and why.
    pub(super) fn make(
        &self,
        folder: &Path,
        scratch: &Claimed,
    ) -> Result<(), (PathBuf, io::Error)> {
        let entries = self.0.iter();
        let changes = entries.map(|entry| (folder.join(&entry.path), entry.after.as_deref()));
        let replacing = prepared(changes, scratch)?;
        scratch
            .write(FILE, &self.to_json().to_string())
            .map_err(|error| (scratch.path().join(FILE), error))?;
        for Entry { path, before, .. } in &self.0 {
            let path = folder.join(path);
            if !is(&path, before.as_ref()) {
                let what = "it changed meanwhile, or is no text; run the command again";
                return Err((path, io::Error::other(what)));
            }
        }
        replacing.finish()
    }

    fn to_json(&self) -> Value {
        let entries = self.0.iter();
        entries
            .map(
                |entry| json!({ "path": entry.path, "before": entry.before, "after": entry.after }),
            )
            .collect()
    }

    /// How far the update of this folder came.
    pub(in crate::commands::plugins) fn reach(&self, folder: &Path) -> Reach {
        let is_old = |entry: &Entry| is(&folder.join(&entry.path), entry.before.as_ref());
        let is_new = |entry: &Entry| is(&folder.join(&entry.path), entry.after.as_ref());
        let paths = |found: &dyn Fn(&Entry) -> bool| -> Vec<String> {
            let entries = self.0.iter().filter(|entry| found(entry));
            entries.map(|entry| entry.path.clone()).collect()
        };
        let last = self.0.last();
        if last.is_some_and(|record| is_new(record) && !is_old(record)) {
            return Reach::All;
        }
        let changed =
            paths(&|entry| folder.join(&entry.path).exists() && !is_old(entry) && !is_new(entry));
        let new = paths(&is_new);
        match () {
            () if new.len() == self.0.len() => Reach::All,
            () if self.0.iter().all(is_old) => Reach::Nothing,
            () if changed.is_empty() => Reach::Half(new),
            () => Reach::Changed(changed),
        }
    }

    /// Gives the files of this folder the texts that they had before.
    pub(in crate::commands::plugins) fn take_back(
        &self,
        folder: &Path,
        scratch: &Claimed,
    ) -> Result<(), (PathBuf, io::Error)> {
        // First the record: while it is the newer one, the update counts as complete.
        let entries = self.0.iter().rev();
        let changes = entries.map(|entry| (folder.join(&entry.path), entry.before.as_deref()));
        prepared(changes, scratch)?.finish()
    }
}

/// Changes of files that are ready to be put in place; a file without a text is removed.
fn prepared<'a>(
    changes: impl Iterator<Item = (PathBuf, Option<&'a str>)>,
    scratch: &Claimed,
) -> Result<Replacing, (PathBuf, io::Error)> {
    let mut replacing = Replacing::in_folder(scratch.path());
    for (path, text) in changes {
        let prepared = match text {
            Some(text) => replacing.write(&path, text),
            None => replacing.remove(&path),
        };
        prepared.map_err(|error| (path, error))?;
    }
    Ok(replacing)
}

/// Whether a file has this text; `None` if there must be none.
fn is(path: &Path, text: Option<&String>) -> bool {
    match (fs::read(path), text) {
        (Ok(found), Some(text)) => found == text.as_bytes(),
        (Err(error), None) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    }
}
