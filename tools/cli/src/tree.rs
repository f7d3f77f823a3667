//! Folders and files that appear or change as a whole, or not at all.

mod claimed;
mod links;
mod replacing;

pub(crate) use self::{
    claimed::{Claimed, Remains},
    links::link_out_of,
    replacing::Replacing,
};

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use self::replacing::beside;

/// Replaces a file as a whole.
///
/// # Errors
/// The file is write-protected, or the disk is full: what was there stays.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut replacing = Replacing::default();
    replacing.write(path, text)?;
    replacing.finish().map_err(|(_, error)| error)
}

/// A folder that goes when this value does, with everything in it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new folder below another one.
    pub(crate) fn new_in(folder: &Path, name: &str) -> io::Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let moment = now.map_or(0, |now| now.subsec_nanos());
        let path = folder.join(format!("{name}-{}-{moment}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file below the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = File::create(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It was moved away, or cannot be removed now: then the system cleans it up.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What was put in place so far; taken back unless kept.
#[derive(Default)]
pub(crate) struct Placed {
    /// Each with whether all that is in it goes too.
    paths: Vec<(PathBuf, bool)>,
    is_kept: bool,
}

impl Placed {
    /// Moves a folder or file to a place that is free, and makes the folders above it.
    pub(crate) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        self.folders_above(to)?;
        fs::rename(from, to)?;
        self.paths.push((to.to_owned(), true));
        Ok(())
    }

    /// Writes a file that must not exist. It appears whole: a program that ends before leaves only a file beside it.
    pub(crate) fn write(&mut self, path: &Path, text: &str) -> io::Result<()> {
        self.folders_above(path)?;
        let newer = beside(path, "newer");
        let written = prepare(&newer, text).and_then(|()| place_new(&newer, path));
        // After a link its second name, after a failure what is left.
        let _ = fs::remove_file(&newer);
        written?;
        self.paths.push((path.to_owned(), true));
        Ok(())
    }

    /// Everything stays.
    pub(crate) fn keep(mut self) {
        self.is_kept = true;
    }

    fn folders_above(&mut self, path: &Path) -> io::Result<()> {
        let Some(parent) = path.parent() else {
            return Ok(());
        };
        let missing: Vec<&Path> = parent
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.paths.push((folder.to_owned(), false));
        }
        Ok(())
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        for (path, is_whole) in self.paths.iter().rev() {
            // What cannot be removed stays, and so do folders that others used meanwhile, which are not empty.
            let _ = match (path.is_dir(), is_whole) {
                (true, true) => fs::remove_dir_all(path),
                (true, false) => fs::remove_dir(path),
                (false, _) => fs::remove_file(path),
            };
        }
    }
}

/// Writes a new file, onto the disk.
fn prepare(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Gives a file a name that must be free.
fn place_new(file: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(file, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            // There may be no hard links here. A rename replaces what another program puts there in this moment.
            if path.symlink_metadata().is_ok() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(file, path)
        }
        linked => linked,
    }
}
