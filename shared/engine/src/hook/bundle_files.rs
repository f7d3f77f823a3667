//! The files that determine a bundle's content.

use std::collections::BTreeMap;

/// Maximum size of these files together, in bytes of JSON. A version with larger ones is published without.
pub const BUNDLE_FILES_LIMIT: usize = 4 * 1024 * 1024;

/// Files beside the sources of a bundle, such as `package.json`, its lock file, `tsconfig.json` and what is imported for its types only:
/// the text of each by its name relative to the workspace.
///
/// Not part of a version: a different lock file that gives the same bundle makes no new version. Stores keep the files
/// of its first publication beside it, so that the bundle can be built again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleFiles(BTreeMap<String, String>);

impl BundleFiles {
    /// The files, unless there are none or they are too large to store.
    pub fn new(files: BTreeMap<String, String>) -> Option<Self> {
        let files = Self(files);
        let fits = || files.to_json().len() <= BUNDLE_FILES_LIMIT;
        (!files.0.is_empty() && fits()).then_some(files)
    }

    /// Texts by name.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The stored form.
    pub fn to_json(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    /// Reads what [`to_json`](Self::to_json) wrote; anything else counts as absent.
    pub fn from_json(json: &str) -> Option<Self> {
        if json.len() > BUNDLE_FILES_LIMIT {
            return None;
        }
        let texts: BTreeMap<_, _> = serde_json::from_str(json).ok()?;
        (!texts.is_empty()).then_some(Self(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_as_they_were_written_up_to_a_limit() {
        let of = |size: usize| {
            let text = "\n".repeat(size);
            BundleFiles::new([("a".to_owned(), text)].into())
        };
        // `{"a":"…"}`, with two bytes for each character.
        let most = (BUNDLE_FILES_LIMIT - 8) / 2;
        let largest = of(most).unwrap();
        assert_eq!(BundleFiles::from_json(&largest.to_json()), Some(largest));
        assert_eq!(of(most + 1), None);
        assert_eq!(BundleFiles::new(BTreeMap::new()), None);
        assert_eq!(BundleFiles::from_json("[1]"), None);
    }
}
