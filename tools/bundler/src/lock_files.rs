//! The names of lock files.

use std::path::Path;

/// The lock files of npm, which are read.
pub(crate) const OF_NPM: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];
/// Those of others, which need only be there.
pub(crate) const OF_OTHERS: [&str; 4] = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];

/// Whether a folder has a lock file.
pub(crate) fn has_any(folder: &Path) -> bool {
    OF_NPM
        .iter()
        .chain(&OF_OTHERS)
        .any(|name| folder.join(name).exists())
}
