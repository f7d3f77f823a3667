//! Directories and files that nobody but their owner can read.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io,
    path::Path,
};

/// Makes sure the directory is there. A new one is private, and git leaves it alone: it holds hashes, keys and secrets.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    fs::write(path.join(".gitignore"), "*\n")
}

/// Makes sure the file is there; a new one is empty and private.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The permission bits that let others in, as `chmod` writes the mode; `None` when there are none.
#[cfg(unix)]
pub(crate) fn too_open(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| format!("{mode:03o}"))
}

/// Elsewhere files have no mode; the user's own directory is as private as the system makes it.
#[cfg(not(unix))]
pub(crate) fn too_open(_metadata: &Metadata) -> Option<String> {
    None
}
