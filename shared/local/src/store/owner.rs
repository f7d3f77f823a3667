//! Which process leases a job, and whether that process is alive.
//!
//! A process that works on the queue holds a lock on a file of its own. The lock ends with the process, however that
//! ends, so others see at once that its jobs are free, without waiting for their leases to expire.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::private;

/// Where the lock files are, in the store's directory.
const DIRECTORY: &str = "workers";
/// How many files are tried if other processes remove them before they are locked.
const CLAIMS: usize = 5;

/// A process that works on the queue. It counts as dead once this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Owner {
    name: String,
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Owner {
    /// Registers a new owner and removes the files of dead ones.
    pub(super) fn claim(store_directory: &Path) -> io::Result<Self> {
        let directory = store_directory.join(DIRECTORY);
        private::create_directory(&directory)?;
        for entry in fs::read_dir(&directory)?.flatten() {
            if let Some(name) = entry.file_name().to_str() {
                is_dead(store_directory, name);
            }
        }
        // Before it is locked, another process may take the file for a dead owner's.
        let mut refusal = io::Error::other("the lock file is gone");
        for _ in 0..CLAIMS {
            match Self::make(&directory) {
                Ok(owner) if owner.path.exists() => return Ok(owner),
                Ok(_) => {}
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn make(directory: &Path) -> io::Result<Self> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let name = hookpoint_engine::hook::hex(&bytes);
        let path = directory.join(&name);
        let file = private::create_file(&path)?;
        file.try_lock().map_err(io::Error::from)?;
        Ok(Self {
            name,
            path,
            _file: file,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // The next owner removes the file if this fails.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether no process holds the lock of this name. When in doubt, the owner counts as alive until its leases expire.
pub(super) fn is_dead(store_directory: &Path, name: &str) -> bool {
    let is_name = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_name {
        return false;
    }
    let path = store_directory.join(DIRECTORY).join(name);
    let file = match File::options().read(true).write(true).open(&path) {
        Ok(file) => file,
        Err(error) => return error.kind() == io::ErrorKind::NotFound,
    };
    match file.try_lock() {
        Ok(()) => {
            let _ = fs::remove_file(&path);
            true
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}
