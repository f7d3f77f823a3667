//! Directories and files that nobody but their owner can read.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// Makes sure the directory is there, private to its owner and left alone by git, also when something else made it before: it holds
/// hashes, keys and secrets. A `.gitignore` that is there already stays as it is.
pub(crate) fn create_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        close(path)?;
    } else {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    match options.open(path.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Removes the permissions of others. A directory of another user, a mounted volume for example, stays as it is, with a warning.
#[cfg(unix)]
fn close(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(directory)?;
    let Some(mode) = too_open(&metadata) else {
        return Ok(());
    };
    match fs::set_permissions(directory, fs::Permissions::from_mode(0o700)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %directory.display(), mode, "other users can enter the state directory, and its mode cannot be changed");
            Ok(())
        }
        closed => closed,
    }
}

/// Elsewhere directories have no mode.
#[cfg(not(unix))]
fn close(_directory: &Path) -> io::Result<()> {
    Ok(())
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
