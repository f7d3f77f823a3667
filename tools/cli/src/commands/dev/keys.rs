//! Decides whether ingest keys may be printed: to a terminal or a pipe, never to a file.

use std::{
    fs::File,
    os::fd::AsFd,
    path::{Path, PathBuf},
};

use hookpoint_devserver::INGEST_KEYS_FILE;
use hookpoint_engine::confidential::secret::Secret;

/// How the output shows ingest keys.
#[derive(Debug)]
pub(super) enum ShownKeys {
    /// In plain text.
    Plain,
    /// Not at all, because output goes to a file; the path of the file that has them.
    Kept(PathBuf),
}

impl ShownKeys {
    /// Decides for an output; `state` is the directory with the file of keys.
    pub(super) fn on(output: &impl AsFd, state: PathBuf) -> Self {
        let owned = output.as_fd().try_clone_to_owned();
        let metadata = owned.and_then(|output| File::from(output).metadata());
        // An output that cannot be inspected may be a file.
        if metadata.is_ok_and(|metadata| !metadata.is_file()) {
            Self::Plain
        } else {
            Self::Kept(state.join(INGEST_KEYS_FILE))
        }
    }

    /// The key, if it may be shown.
    pub(super) fn plain<'a>(&self, key: &'a Secret) -> Option<&'a str> {
        match self {
            Self::Plain => Some(key.expose()),
            Self::Kept(_) => None,
        }
    }

    /// The text to show for a key.
    pub(super) fn shown<'a>(&self, key: &'a Secret) -> &'a str {
        match self {
            Self::Plain => key.expose(),
            Self::Kept(_) => "[not shown in a file]",
        }
    }

    /// The file with the keys, if they are not shown.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Plain => None,
            Self::Kept(file) => Some(file),
        }
    }
}
