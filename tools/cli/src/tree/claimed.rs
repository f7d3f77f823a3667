//! Folders in which a command prepares what it changes, and that show whether the command still runs.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::Scratch;

/// The file that a running command holds a lock of. The system releases it, however the command ends.
const CLAIM: &str = "claim";
/// The file that says what the command was about to change.
const PURPOSE: &str = "purpose";

/// A scratch folder beside what it prepares.
pub(crate) struct Claimed {
    // Before the lock: until it is gone, no other command takes the folder for an abandoned one.
    scratch: Scratch,
    _claim: File,
}

/// A folder that a command made and that is still there.
pub(crate) struct Remains {
    path: PathBuf,
    /// What the command was about to change; absent if it did not come that far.
    pub(crate) purpose: Option<String>,
    /// Whether the command still runs.
    pub(crate) is_claimed: bool,
}

impl Claimed {
    /// A new folder below another one, for a purpose that [`Remains`] has if the command is killed.
    pub(crate) fn new_in(folder: &Path, name: &str, purpose: &str) -> io::Result<Self> {
        let scratch = Scratch::new_in(folder, name)?;
        let claim = File::create_new(scratch.path().join(CLAIM))?;
        claim.lock()?;
        scratch.write(PURPOSE, purpose)?;
        Ok(Self {
            scratch,
            _claim: claim,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Writes a file below the folder, onto the disk.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        self.scratch.write(name, text)
    }
}

impl Remains {
    /// The folders with this name below another one, in order.
    pub(crate) fn all(folder: &Path, name: &str) -> Vec<Self> {
        let prefix = format!("{name}-");
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.starts_with(&prefix)).collect();
        names.sort();
        names
            .iter()
            .map(|name| Self::of(folder.join(name), &name[prefix.len()..]))
            .collect()
    }

    fn of(path: PathBuf, number: &str) -> Self {
        // Read before the lock is tried: a command has the lock when it writes its purpose.
        let purpose = fs::read_to_string(path.join(PURPOSE)).ok();
        let is_claimed = match File::open(path.join(CLAIM)) {
            // Shared, so that a command that looks does not seem to be one that runs.
            Ok(claim) => match claim.try_lock_shared() {
                Err(TryLockError::WouldBlock) => true,
                _ => purpose.is_none() && is_running(number),
            },
            Err(_) => is_running(number),
        };
        Self {
            path,
            purpose,
            is_claimed,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the folder.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Removes the folder.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.path) {
            // Another command was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

/// Whether the process whose number begins the name still runs: then its folder is new, or about to be removed.
fn is_running(number: &str) -> bool {
    let id = number.split('-').next().and_then(|id| id.parse().ok());
    let id = id.and_then(rustix::process::Pid::from_raw);
    id.is_some_and(|id| rustix::process::test_kill_process(id).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_claimed_while_its_command_runs() {
        let folder = tempfile::tempdir().unwrap();
        let all = || Remains::all(folder.path(), ".adding");
        let claimed = Claimed::new_in(folder.path(), ".adding", "plugins/a").unwrap();
        let found = all();
        let [remains] = &found[..] else {
            panic!("{} folders", found.len())
        };
        assert!(remains.is_claimed);
        assert_eq!(remains.purpose.as_deref(), Some("plugins/a"));
        drop(claimed);
        assert!(all().is_empty());
    }

    #[test]
    fn a_folder_is_claimed_from_its_first_moment() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder
            .path()
            .join(format!(".adding-{}-1", std::process::id()));
        let is_claimed = || Remains::all(folder.path(), ".adding")[0].is_claimed;
        fs::create_dir(&made).unwrap();
        assert!(is_claimed(), "without a claim");
        let claim = File::create_new(made.join(CLAIM)).unwrap();
        assert!(is_claimed(), "without a lock");
        claim.lock().unwrap();
        fs::write(made.join(PURPOSE), "plugins/a").unwrap();
        assert!(is_claimed());
        claim.unlock().unwrap();
        assert!(!is_claimed(), "after its command");
    }

    #[test]
    fn a_command_that_looks_is_not_taken_for_one_that_runs() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".adding-1-1");
        fs::create_dir(&left).unwrap();
        fs::write(left.join(CLAIM), "").unwrap();
        fs::write(left.join(PURPOSE), "plugins/a").unwrap();
        let looking = File::open(left.join(CLAIM)).unwrap();
        looking.try_lock_shared().unwrap();
        assert!(!Remains::all(folder.path(), ".adding")[0].is_claimed);
    }

    #[test]
    fn a_folder_whose_command_was_killed_is_found_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        // Killed at once, and later; no process has the highest number.
        let early = folder.path().join(".adding-2147483647-1");
        fs::create_dir(&early).unwrap();
        let late = folder.path().join(".adding-1-2");
        fs::create_dir(&late).unwrap();
        fs::write(late.join(CLAIM), "").unwrap();
        fs::write(late.join(PURPOSE), "plugins/b").unwrap();
        fs::create_dir(folder.path().join(".adding")).unwrap();
        let found = Remains::all(folder.path(), ".adding");
        let purposes: Vec<_> = found
            .iter()
            .map(|remains| (remains.is_claimed, remains.purpose.as_deref()))
            .collect();
        assert_eq!(purposes, [(false, Some("plugins/b")), (false, None)]);
        for remains in found {
            remains.remove().unwrap();
            remains.remove().unwrap();
        }
        assert!(!early.exists() && !late.exists());
    }
}
