//! The source map of a bundled script, which maps a place in the bundle to one in the author's files.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BundleFiles, hex};

/// Maximum size of a source map stored with a version, in bytes. A bundle with a larger one is published without.
pub const SOURCE_MAP_LIMIT: usize = 8 * 1024 * 1024;

/// Marks a script as a bundle, and identifies its map.
///
/// The hash is part of the version: if lines move in the files, the same code is another version. Maps are equal if
/// their hashes are.
#[derive(Clone, Serialize, Deserialize)]
pub struct SourceMap {
    /// SHA-256 of the map, lower-case hexadecimal.
    pub sha256: String,
    /// The map as JSON, if it is at the publisher's. Stores keep it beside the body and read it only when a run has
    /// failed.
    #[serde(skip)]
    text: Option<Arc<str>>,
    /// The files that determine the bundle's content, if it is at the publisher's or they were read.
    #[serde(skip)]
    files: Option<Arc<BundleFiles>>,
}

impl SourceMap {
    /// The map of a bundle; `None` when it is too large to store.
    pub fn new(json: &str) -> Option<Self> {
        (json.len() <= SOURCE_MAP_LIMIT).then(|| Self {
            sha256: sha256(json),
            text: Some(json.into()),
            files: None,
        })
    }

    /// The files beside the sources, if they were read.
    pub fn files(&self) -> Option<&BundleFiles> {
        self.files.as_deref()
    }

    /// With the files beside the sources.
    #[must_use]
    pub fn with_files(mut self, files: Option<BundleFiles>) -> Self {
        self.files = files.map(Arc::new);
        self
    }

    /// The map itself, if it was read.
    pub fn text(&self) -> Option<&Arc<str>> {
        self.text.as_ref()
    }

    /// Adds the text that a store kept, unless it belongs to another map.
    #[must_use]
    pub fn with_text(mut self, text: Option<&str>) -> Self {
        self.text = text.filter(|text| self.is(text)).map(Into::into);
        self
    }

    /// Whether this is the text of the map.
    pub fn is(&self, text: &str) -> bool {
        text.len() <= SOURCE_MAP_LIMIT && sha256(text) == self.sha256
    }
}

impl PartialEq for SourceMap {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for SourceMap {}

impl fmt::Debug for SourceMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.text.as_ref().map(|text| text.len());
        formatter
            .debug_struct("SourceMap")
            .field("sha256", &self.sha256)
            .field("length", &length)
            .field("files", &self.files.is_some())
            .finish()
    }
}

fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_stored_by_its_hash_alone() {
        let map = SourceMap::new(r#"{"version":3}"#).unwrap();
        let stored = serde_json::to_string(&map).unwrap();
        assert_eq!(stored, format!(r#"{{"sha256":"{}"}}"#, map.sha256));
        let read: SourceMap = serde_json::from_str(&stored).unwrap();
        assert_eq!((read.text(), &read), (None, &map));
        let whole = read.clone().with_text(Some(r#"{"version":3}"#));
        assert_eq!(whole.text(), map.text());
        assert_eq!(read.with_text(Some(r#"{"version":4}"#)).text(), None);
    }

    #[test]
    fn too_large_a_map_is_not_kept() {
        assert!(SourceMap::new(&" ".repeat(SOURCE_MAP_LIMIT)).is_some());
        assert!(SourceMap::new(&" ".repeat(SOURCE_MAP_LIMIT + 1)).is_none());
    }
}
