//! Whether ingest keys may be shown: to a person or a program that reads along, never to a file that stays.

use std::{
    fs::File,
    os::fd::AsFd,
    path::{Path, PathBuf},
};

use hookpoint_devserver::INGEST_KEYS_FILE;
use hookpoint_engine::confidential::secret::Secret;

/// What output shows of the ingest keys.
#[derive(Debug)]
pub(super) enum ShownKeys {
    /// The keys.
    Plain,
    /// Where they are instead: output goes to a file, and a log holds no bearer key.
    Kept(PathBuf),
}

impl ShownKeys {
    /// What this output may show. The keys are kept in a file of the state directory.
    pub(super) fn on(output: &impl AsFd, state: PathBuf) -> Self {
        let owned = output.as_fd().try_clone_to_owned();
        let metadata = owned.and_then(|output| File::from(output).metadata());
        // What cannot be looked at may be a file.
        if metadata.is_ok_and(|metadata| !metadata.is_file()) {
            Self::Plain
        } else {
            Self::Kept(state.join(INGEST_KEYS_FILE))
        }
    }

    /// A key as a table or a line shows it.
    pub(super) fn shown<'a>(&self, key: &'a Secret) -> &'a str {
        match self {
            Self::Plain => key.expose(),
            Self::Kept(_) => "[not shown in a file]",
        }
    }

    /// The file that has them, where they are not shown.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Plain => None,
            Self::Kept(file) => Some(file),
        }
    }
}
