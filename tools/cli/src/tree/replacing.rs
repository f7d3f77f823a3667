//! Several files that change together, or not at all.

use std::{
    fs::{self, File, Metadata},
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// Changes of files: prepared in a folder or beside them, then put in place. What fails, or is dropped before its end, leaves every file
/// as it was.
#[derive(Default)]
pub(crate) struct Replacing {
    changes: Vec<Change>,
    /// Where files of its disk are prepared.
    scratch: Option<PathBuf>,
    /// Folders that were made for new files.
    folders: Vec<PathBuf>,
    is_done: bool,
}

struct Change {
    path: PathBuf,
    /// The new text, in a file beside; `None` to remove the file.
    newer: Option<PathBuf>,
    /// The file as it was, beside it, once the change is in place.
    older: Option<PathBuf>,
    is_placed: bool,
}

impl Replacing {
    /// Prepares files in a folder; those of another disk beside themselves.
    pub(crate) fn in_folder(scratch: &Path) -> Self {
        let mut replacing = Self::default();
        replacing.scratch = Some(scratch.to_owned());
        replacing
    }

    /// Prepares a new text of a file, whose permissions stay.
    ///
    /// # Errors
    /// The file is write-protected, or the text cannot be written beside it.
    pub(crate) fn write(&mut self, path: &Path, text: &str) -> io::Result<()> {
        // A link stays one.
        let path = if path.exists() {
            path.canonicalize()?
        } else {
            path.to_owned()
        };
        let present = writable(&path)?;
        self.folders_above(&path)?;
        let newer = version(self.scratch.as_deref(), self.changes.len(), &path, "newer");
        let mut file = File::options().write(true).create_new(true).open(&newer)?;
        self.changes.push(Change {
            path,
            newer: Some(newer),
            older: None,
            is_placed: false,
        });
        if let Some(present) = present {
            file.set_permissions(present.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    /// Prepares the removal of a file; nothing if there is none.
    ///
    /// # Errors
    /// The file is write-protected.
    pub(crate) fn remove(&mut self, path: &Path) -> io::Result<()> {
        if writable(path)?.is_some() {
            self.changes.push(Change {
                path: path.to_owned(),
                newer: None,
                older: None,
                is_placed: false,
            });
        }
        Ok(())
    }

    /// Puts everything in place, in the order in which it was prepared.
    ///
    /// # Errors
    /// The file that cannot be replaced, and why. Those before it are as they were.
    pub(crate) fn finish(mut self) -> Result<(), (PathBuf, io::Error)> {
        for (index, change) in self.changes.iter_mut().enumerate() {
            let older = version(self.scratch.as_deref(), index, &change.path, "older");
            change
                .place(older)
                .map_err(|error| (change.path.clone(), error))?;
        }
        self.is_done = true;
        Ok(())
    }

    fn folders_above(&mut self, path: &Path) -> io::Result<()> {
        let above = path.ancestors().skip(1);
        let missing: Vec<&Path> = above
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.folders.push(folder.to_owned());
        }
        Ok(())
    }
}

impl Change {
    fn place(&mut self, older: PathBuf) -> io::Result<()> {
        if self.path.exists() {
            // A second name of the old file, so that the path is never empty; a copy where there are no hard links.
            fs::hard_link(&self.path, &older)
                .or_else(|_| fs::copy(&self.path, &older).map(|_| ()))?;
            self.older = Some(older);
        }
        match &self.newer {
            Some(newer) => fs::rename(newer, &self.path)?,
            None => fs::remove_file(&self.path)?,
        }
        self.is_placed = true;
        Ok(())
    }

    fn take_back(&self) {
        // What cannot be taken back now stays beside its file, under a name that says so.
        match &self.older {
            Some(older) if self.is_placed => drop(fs::rename(older, &self.path)),
            Some(older) => drop(fs::remove_file(older)),
            None if self.is_placed => drop(fs::remove_file(&self.path)),
            None => {}
        }
    }
}

impl Drop for Replacing {
    fn drop(&mut self) {
        for change in self.changes.iter().rev() {
            if self.is_done {
                if let Some(older) = &change.older {
                    let _ = fs::remove_file(older);
                }
            } else {
                change.take_back();
            }
            if let Some(newer) = &change.newer {
                // It was moved, unless something failed before.
                let _ = fs::remove_file(newer);
            }
        }
        if !self.is_done {
            for folder in self.folders.iter().rev() {
                // Folders that others used meanwhile are not empty, and stay.
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

/// The file that would be replaced, if there is one.
fn writable(path: &Path) -> io::Result<Option<Metadata>> {
    let present = match fs::metadata(path) {
        Ok(present) => present,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if present.permissions().readonly() {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it is read-only; allow writing, then run the command again",
        ));
    }
    if !present.is_file() {
        return Err(io::Error::other("it is not a file; move it away"));
    }
    Ok(Some(present))
}

/// A name for another version of a file, on its disk: in a folder, else beside it.
fn version(scratch: Option<&Path>, index: usize, path: &Path, what: &str) -> PathBuf {
    let disk = |folder: &Path| fs::metadata(folder).ok().map(|found| found.dev());
    let of_file = path.parent().and_then(disk);
    match scratch.filter(|scratch| of_file.is_some() && disk(scratch) == of_file) {
        Some(scratch) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            scratch.join(format!("{index}-{name}.{what}"))
        }
        None => beside(path, what),
    }
}

/// A name for another version of a file, in the same folder.
pub(super) fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}-{}", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(folder: &Path) -> Vec<(String, String)> {
        let mut found: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, fs::read_to_string(path).unwrap())
            })
            .collect();
        found.sort();
        found
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            fs::write(folder.path().join(name), "old").unwrap();
        }
        folder
    }

    #[test]
    fn all_files_change() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let mut replacing = Replacing::default();
        replacing.write(&path("a"), "new").unwrap();
        replacing.write(&path("deep/er/d"), "new").unwrap();
        replacing.remove(&path("c")).unwrap();
        replacing.remove(&path("missing")).unwrap();
        replacing.finish().unwrap();
        let expected = [("a", "new"), ("b", "old")];
        let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(texts(folder.path()), expected);
        assert_eq!(fs::read_to_string(path("deep/er/d")).unwrap(), "new");
        assert_eq!(fs::read_dir(path("deep/er")).unwrap().count(), 1);
    }

    #[test]
    fn what_fails_half_way_leaves_every_file_as_it_was() {
        let folder = folder();
        let before = texts(folder.path());
        let path = |name: &str| folder.path().join(name);
        let mut replacing = Replacing::default();
        replacing.write(&path("a"), "new").unwrap();
        replacing.write(&path("deep/d"), "new").unwrap();
        replacing.remove(&path("c")).unwrap();
        replacing.write(&path("b"), "new").unwrap();
        // Another program puts a folder in the place of a file.
        fs::remove_file(path("b")).unwrap();
        fs::create_dir_all(path("b/full")).unwrap();
        let (failed, _) = replacing.finish().unwrap_err();
        assert!(failed.ends_with("b"), "{}", failed.display());
        fs::remove_dir_all(path("b")).unwrap();
        fs::write(path("b"), "old").unwrap();
        assert_eq!(texts(folder.path()), before);
        assert!(!path("deep").exists());
    }

    #[test]
    fn other_versions_are_in_the_folder_that_is_named() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("scratch")).unwrap();
        let mut replacing = Replacing::in_folder(&path("scratch"));
        replacing.write(&path("a"), "new").unwrap();
        replacing.write(&path("deep/a"), "new").unwrap();
        assert_eq!(fs::read_dir(path("scratch")).unwrap().count(), 2);
        assert_eq!(fs::read_dir(path("deep")).unwrap().count(), 0);
        assert_eq!(texts(folder.path()).len(), 3);
        replacing.finish().unwrap();
        assert_eq!(fs::read_to_string(path("a")).unwrap(), "new");
        assert_eq!(fs::read_to_string(path("deep/a")).unwrap(), "new");
        assert_eq!(fs::read_dir(path("scratch")).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_is_read_only_is_refused_before_anything_changes() {
        let folder = folder();
        let before = texts(folder.path());
        let path = |name: &str| folder.path().join(name);
        let mut permissions = fs::metadata(path("b")).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(path("b"), permissions).unwrap();
        let mut replacing = Replacing::default();
        replacing.write(&path("a"), "new").unwrap();
        let error = replacing.write(&path("b"), "new").unwrap_err();
        assert!(error.to_string().contains("read-only"), "{error}");
        drop(replacing);
        assert_eq!(texts(folder.path()), before);
    }
}
