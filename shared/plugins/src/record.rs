//! What was installed, so that a later version can tell the author's changes from its own.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Component, Path},
};

use hookpoint_stages::Family;
use hookpoint_workspace::Additions;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Plugin, Site, Values};

/// The file of the record, in the folder of the plugin.
pub const RECORD_FILE: &str = "installed.json";
/// The format of records.
const FORMAT: u32 = 1;

/// What was installed. Files of an unknown format are refused, unknown members ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// The plugin.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// The application that it was added to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The store that it was added to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The values of its parameters.
    pub parameters: BTreeMap<String, String>,
    /// The SHA-256 of each file as it was installed, by its path in the plugin.
    pub files: BTreeMap<String, String>,
    /// The entries of the workspace as they were added.
    pub workspace: String,
}

/// How a file differs from the installed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// The author changed it.
    ByAuthor,
    /// The plugin changed it.
    ByPlugin,
    /// Both did, differently.
    ByBoth,
    /// The plugin has it now.
    Added,
    /// The plugin no longer has it.
    Dropped,
    /// The author deleted it.
    Deleted,
}

/// A file and how it differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path in the plugin.
    pub path: String,
    /// How it differs.
    pub change: Change,
    /// Its text in the workspace.
    pub present: Option<String>,
    /// Its text in the plugin.
    pub newer: Option<String>,
}

/// Whether a path leads below the folder that it is relative to.
pub fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    parts.all(|part| matches!(part, Component::Normal(_))) && !path.is_empty()
}

impl Record {
    pub(crate) fn of(
        plugin: &Plugin,
        values: &Values,
        site: &Site,
        files: &[(String, String)],
        additions: &Additions,
    ) -> Self {
        Self {
            format: FORMAT,
            plugin: plugin.name.clone(),
            version: plugin.manifest.version.to_string(),
            application: site.application.clone(),
            store: site.store.clone(),
            parameters: values.all().clone(),
            files: files
                .iter()
                .map(|(path, text)| (path.clone(), hash(text)))
                .collect(),
            workspace: additions.as_text(),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// It is none, of a newer format, or lists a file outside of the plugin's folder.
    pub fn parse(text: &str) -> Result<Self, String> {
        let record: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if record.format != FORMAT {
            return Err(format!(
                "its format is {}, and this program reads {FORMAT}",
                record.format
            ));
        }
        if let Some(path) = record.files.keys().find(|path| !is_inside(path)) {
            return Err(format!(
                "it lists `{}`, which is not in the folder of the plugin",
                path.escape_debug()
            ));
        }
        Ok(record)
    }

    /// The text of its file.
    pub fn to_text(&self) -> String {
        // A structure of texts can be serialised.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// The place where the plugin is bound.
    pub fn site(&self, family: Family) -> Site {
        Site {
            application: self.application.clone(),
            store: self.store.clone(),
            family,
        }
    }

    /// How each file differs: `newer` has what the plugin would install now, by the path in it, and `present` reads
    /// what the workspace has.
    pub fn changes(
        &self,
        newer: &BTreeMap<String, String>,
        present: impl Fn(&str) -> Option<String>,
    ) -> Vec<FileChange> {
        let mut paths: Vec<&String> = self.files.keys().chain(newer.keys()).collect();
        paths.sort();
        paths.dedup();
        paths
            .into_iter()
            .map(|path| {
                let present = present(path);
                let newer = newer.get(path).cloned();
                let change = change(self.files.get(path), present.as_deref(), newer.as_deref());
                FileChange {
                    path: path.clone(),
                    change,
                    present,
                    newer,
                }
            })
            .collect()
    }
}

fn change(installed: Option<&String>, present: Option<&str>, newer: Option<&str>) -> Change {
    let present_hash = present.map(hash);
    let is_untouched = installed == present_hash.as_ref();
    let is_same_upstream = installed == newer.map(hash).as_ref();
    match (installed, present, newer) {
        (_, Some(present), Some(newer)) if present == newer => Change::None,
        (None, None, _) => Change::Added,
        (None, Some(_), _) => Change::ByBoth,
        (Some(_), None, Some(_)) => Change::Deleted,
        (Some(_), _, None) if is_untouched || present.is_none() => Change::Dropped,
        (Some(_), _, _) => match (is_untouched, is_same_upstream) {
            (true, true) => Change::None,
            (true, false) => Change::ByPlugin,
            (false, true) => Change::ByAuthor,
            (false, false) => Change::ByBoth,
        },
    }
}

/// The SHA-256 of a text in hexadecimal. Line endings do not count: version control may change them.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.replace("\r\n", "\n").as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Formatting into memory cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
