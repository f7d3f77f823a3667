//! Watches the files of a workspace, which editors write in place or replace.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind, RenameMode},
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// A save is complete after this time without changes.
const QUIET: Duration = Duration::from_millis(50);
/// As [`QUIET`], after a file was closed or renamed into place, which ends a save: others of the same save may follow.
const QUIET_AFTER_END: Duration = Duration::from_millis(15);
/// Maximum wait for files that keep changing.
const LONGEST: Duration = Duration::from_secs(1);

/// The time of a save may be this much older than the clock, which is finer.
const CLOCK_TICK: Duration = Duration::from_millis(10);

/// Watches folders, because the watch on a file ends when it is replaced.
#[derive(Debug)]
pub struct Watch {
    watcher: RecommendedWatcher,
    shared: Arc<Shared>,
    folders: BTreeSet<PathBuf>,
}

#[derive(Debug, Default)]
struct Shared {
    followed: Mutex<Followed>,
    changed: Notify,
    /// Whether the last change ended a save. Systems that report no such end never set it.
    has_ended: AtomicBool,
}

#[derive(Debug, Default)]
struct Followed {
    files: BTreeSet<PathBuf>,
    /// Folders to which a file may be added.
    folders: BTreeSet<PathBuf>,
    /// How the name of such a file ends.
    endings: Vec<String>,
}

impl Watch {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// The system cannot watch files.
    pub fn new() -> notify::Result<Self> {
        let shared = Arc::new(Shared::default());
        let heard = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            match event {
                Ok(event) if !heard.concerns(&event) => {}
                // After an error, such as an overflow, any file may have changed.
                event => {
                    let has_ended = event.is_ok_and(|event| ends_a_save(event.kind));
                    heard.has_ended.store(has_ended, Ordering::Relaxed);
                    heard.changed.notify_one();
                }
            }
        })?;
        Ok(Self {
            watcher,
            shared,
            folders: BTreeSet::new(),
        })
    }

    /// Sets the files to watch, which need not exist.
    ///
    /// # Errors
    /// A folder cannot be watched.
    pub fn follow(&mut self, files: &[PathBuf]) -> notify::Result<()> {
        self.follow_with_new(files, &[], &[])
    }

    /// Sets the files to watch, and folders in which a new file counts if its name ends like this, or a new folder.
    ///
    /// # Errors
    /// A folder cannot be watched.
    pub fn follow_with_new(
        &mut self,
        files: &[PathBuf],
        growing: &[PathBuf],
        endings: &[&str],
    ) -> notify::Result<()> {
        let mut paths = BTreeSet::new();
        let mut folders = BTreeSet::new();
        for file in files {
            let named = resolved(file);
            // Either a link or its target may be edited.
            let real = file.canonicalize().ok();
            for path in [Some(named), real].into_iter().flatten() {
                folders.extend(nearest_folder(&path));
                paths.insert(path);
            }
        }
        // One that is gone since it was listed has no files.
        let growing = growing.iter().filter_map(|path| path.canonicalize().ok());
        let growing: BTreeSet<PathBuf> = growing.collect();
        folders.extend(growing.iter().cloned());
        *self.shared.lock() = Followed {
            files: paths,
            folders: growing,
            endings: endings.iter().map(|&ending| ending.to_owned()).collect(),
        };
        for folder in &folders - &self.folders {
            self.watcher.watch(&folder, RecursiveMode::NonRecursive)?;
            self.folders.insert(folder);
        }
        for folder in &self.folders - &folders {
            // A deleted folder is no longer watched anyway.
            let _ = self.watcher.unwatch(&folder);
            self.folders.remove(&folder);
        }
        Ok(())
    }

    /// Counts a watched file that was saved since this time as changed: it may have been read before it was watched. So does a
    /// file that was added. A file whose time is in the future does not count, as it would count again after each time it is read.
    pub fn notice_saved_since(&self, time: SystemTime) {
        let now = SystemTime::now();
        let is_later = |file: &PathBuf| {
            let saved = file.metadata().and_then(|metadata| metadata.modified());
            saved.is_ok_and(|saved| saved + CLOCK_TICK >= time && saved <= now)
        };
        let followed = self.shared.lock();
        let entries = followed
            .folders
            .iter()
            .filter_map(|folder| folder.read_dir().ok());
        let mut added = entries
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| followed.is_awaited(path));
        let has_changed = followed.files.iter().any(is_later) || added.any(|path| is_later(&path));
        drop(followed);
        if has_changed {
            self.shared.changed.notify_one();
        }
    }

    /// Waits until a file has changed and the save is complete.
    pub async fn changed(&self) {
        self.shared.changed.notified().await;
        let end = Instant::now() + LONGEST;
        loop {
            let quiet = if self.shared.has_ended.load(Ordering::Relaxed) {
                QUIET_AFTER_END
            } else {
                QUIET
            };
            let more = self.shared.changed.notified();
            if timeout_at(end.min(Instant::now() + quiet), more)
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Followed> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an event is a change of a watched file. Reads are ignored: our own would cause an endless loop.
    fn concerns(&self, event: &Event) -> bool {
        let is_written = !matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write));
        let followed = self.lock();
        // A folder on the path to a file counts as the file: it may just have been created.
        let is_on_the_way = |path: &Path| followed.files.iter().any(|file| file.starts_with(path));
        let is_new_folder = |path: &Path| {
            let is_new = matches!(
                event.kind,
                EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_))
            );
            is_new && followed.may_grow(path) && path.is_dir()
        };
        is_written
            && (event.need_rescan()
                || event.paths.iter().any(|path| {
                    is_on_the_way(path) || followed.is_awaited(path) || is_new_folder(path)
                }))
    }
}

impl Followed {
    /// Whether a path is in a folder to which files may be added.
    fn may_grow(&self, path: &Path) -> bool {
        let folder = path.parent();
        folder.is_some_and(|folder| self.folders.contains(folder))
    }

    /// Whether a new file at this path would concern the watch.
    fn is_awaited(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut endings = self.endings.iter();
        endings.any(|ending| name.ends_with(ending.as_str())) && self.may_grow(path)
    }
}

fn ends_a_save(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both))
    )
}

/// The absolute path with links in its folder resolved, as in reported changes. The file itself may not exist.
fn resolved(file: &Path) -> PathBuf {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    match (
        absolute
            .parent()
            .and_then(|folder| folder.canonicalize().ok()),
        absolute.file_name(),
    ) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => absolute,
    }
}

fn nearest_folder(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .skip(1)
        .find(|folder| folder.is_dir())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use tokio::time::timeout;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn a_file_counts_that_was_saved_since_and_none_from_the_future() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hook.js");
        let began = SystemTime::now() - 2 * HOUR;
        for (saved, counts) in [
            (began - HOUR, false),
            (began, true),
            (began + HOUR, true),
            (began + 3 * HOUR, false),
        ] {
            File::create(&path).unwrap().set_modified(saved).unwrap();
            let mut watch = Watch::new().unwrap();
            watch.follow(std::slice::from_ref(&path)).unwrap();
            watch.notice_saved_since(began);
            let noticed = timeout(Duration::ZERO, watch.shared.changed.notified()).await;
            assert_eq!(noticed.is_ok(), counts, "{saved:?}");
        }
    }
}
