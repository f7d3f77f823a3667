//! Directories and files that only their owner can read.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// The file by which git leaves the directory alone.
const IGNORED: &str = ".gitignore";

/// Creates the directory if needed and makes it private and ignored by git: it holds hashes, keys and secrets. An
/// existing `.gitignore` stays as it is, unless it is empty, as a full disk leaves it. Returns whether there was none.
pub(crate) fn create_directory(path: &Path) -> io::Result<bool> {
    let is_new = !path.is_dir();
    if is_new {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
    } else {
        close(path)?;
    }
    let ignored = ignore(path);
    if is_new && ignored.is_err() {
        remove_directory(path);
    }
    ignored.map(|()| is_new)
}

/// Makes git ignore what is in the directory.
fn ignore(directory: &Path) -> io::Result<()> {
    let ignored = directory.join(IGNORED);
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

/// Removes a directory that was just created, unless another program has put something into it.
pub(crate) fn remove_directory(path: &Path) {
    let _ = fs::remove_file(path.join(IGNORED));
    if fs::remove_dir(path).is_err()
        && path.is_dir()
        && let Err(error) = ignore(path)
    {
        tracing::warn!(path = %path.display(), %error, "the state directory is not ignored by git");
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
