//! What a row works with.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::programs::Programs;

/// What a row works with.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    pub(crate) programs: &'a Programs,
    /// Fewer repetitions: a look at whether everything works.
    pub(crate) quick: bool,
    /// For files, removed at the end.
    pub(crate) folder: &'a Path,
}

impl Bench<'_> {
    /// How often something is repeated.
    pub(crate) fn times<T>(&self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }

    /// A folder of a row's own.
    pub(crate) fn subfolder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("failed to create `{}`", folder.display()))?;
        Ok(folder)
    }
}
