//! Directories and files that only their owner can read.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// Creates the directory if needed and makes it private and ignored by git: it holds hashes, keys and secrets. An
/// existing `.gitignore` stays as it is, unless it is empty, as a full disk leaves it.
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
    let ignored = path.join(".gitignore");
    match fs::metadata(&ignored) {
        Ok(found) if found.len() > 0 => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            let mut options = OpenOptions::new();
            let mut file = options
                .write(true)
                .create(true)
                .truncate(false)
                .open(&ignored)?;
            file.write_all(b"*\n")
        }
    }
}

/// Removes the permissions of other users. If that fails, as on a mounted volume owned by another user, it only logs a
/// warning.
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

/// Other systems have no modes.
#[cfg(not(unix))]
fn close(_directory: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens the file, creating it empty and private if needed.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The mode in octal if other users have any permission, else `None`.
#[cfg(unix)]
pub(crate) fn too_open(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| format!("{mode:03o}"))
}

/// Other systems have no modes.
#[cfg(not(unix))]
pub(crate) fn too_open(_metadata: &Metadata) -> Option<String> {
    None
}
