//! The names of lock files.

use std::path::Path;

/// The lock files of npm, which are read.
pub(crate) const OF_NPM: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];
/// Those of others, which need only be there.
pub(crate) const OF_OTHERS: [&str; 4] = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"];

/// The folder of the nearest lock file, from `below` up to `folder`. Both names are relative to the workspace and empty, or have `/` at their
/// end.
pub(crate) fn nearest(folder: &Path, below: &str) -> Option<String> {
    let mut current = below;
    loop {
        if has_any(&folder.join(current)) {
            return Some(current.to_owned());
        }
        let outer = current.strip_suffix('/')?;
        current = &current[..outer.rfind('/').map_or(0, |end| end + 1)];
    }
}

fn has_any(folder: &Path) -> bool {
    OF_NPM
        .iter()
        .chain(&OF_OTHERS)
        .any(|name| folder.join(name).exists())
}
