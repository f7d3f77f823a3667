//! Links that lead out of a folder.

use std::path::{Path, PathBuf};

/// The first link on the way from a folder to a file below it that leads out of the folder. The folder itself may be one.
pub(crate) fn link_out_of(folder: &Path, file: &Path) -> Option<PathBuf> {
    let own = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    // One that does not exist has no links.
    let root = own.canonicalize().ok()?;
    let mut path = folder.to_owned();
    for part in file.strip_prefix(folder).ok()?.components() {
        path.push(part);
        // One that leads nowhere is replaced, or fails to be a folder.
        let leads_out = |real: PathBuf| !real.starts_with(&root);
        if path.is_symlink() && path.canonicalize().is_ok_and(leads_out) {
            return Some(path);
        }
    }
    None
}
