//! Bundles that are kept until something that they are made of changes.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use hookpoint_workspace::{
    Bundler, BundlerUnavailable,
    protocol::{Reply, Request},
};

/// The bytes of kept bundles. Beyond it all are forgotten.
const MOST_KEPT: usize = 64 * 1024 * 1024;
/// File systems round the time of a change by at most this, as those of memory cards do.
const COARSEST: Duration = Duration::from_secs(2);

/// Asks a bundler again only after a change: an edit of one hook bundles no other.
pub struct Remembering<B> {
    bundler: B,
    kept: Mutex<BTreeMap<(PathBuf, String), Kept>>,
    /// A file that changed this shortly before it was read may have changed again since, at the same time by its own account.
    uncertain: Duration,
}

/// A reply, and its files as they were.
struct Kept {
    reply: Reply,
    files: Vec<(PathBuf, State)>,
}

/// What differs after a file was changed or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    size: u64,
    modified: SystemTime,
    /// On Unix also the file's number and the time at which it or its metadata changed, which no program can set.
    changed: Option<(u64, SystemTime)>,
}

impl<B> Remembering<B> {
    /// Remembers nothing yet.
    pub fn new(bundler: B) -> Self {
        Self {
            bundler,
            kept: Mutex::default(),
            uncertain: COARSEST,
        }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<(PathBuf, String), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, request: &Request, reply: &Reply, begin: SystemTime) {
        let files = match reply {
            Reply::AsWritten => std::slice::from_ref(&request.entry),
            Reply::Bundled(bundle) => &bundle.files[..],
            // Whoever mends it wants to hear about it again, and its files may not be all that matters.
            Reply::Refused(_) => return,
        };
        let states = files.iter().map(|name| {
            let path = request.folder.join(name);
            State::of(&path).map(|state| (path, state))
        });
        // One that is gone may have been there when it was read.
        let Some(files) = states.collect::<Option<Vec<_>>>() else {
            return;
        };
        let is_recent = |state: &State| state.latest() + self.uncertain >= begin;
        if files.iter().any(|(_, state)| is_recent(state)) {
            return;
        }
        let mut all = self.kept();
        let bytes: usize = all.values().map(|kept| size_of_reply(&kept.reply)).sum();
        if bytes + size_of_reply(reply) > MOST_KEPT {
            all.clear();
        }
        let reply = reply.clone();
        all.insert(key(request), Kept { reply, files });
    }
}

impl Kept {
    fn is_current(&self) -> bool {
        self.files
            .iter()
            .all(|(path, state)| State::of(path) == Some(*state))
    }
}

impl State {
    /// `None` if there is no such file.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            size: metadata.len(),
            modified: metadata.modified().ok()?,
            changed: changed(&metadata),
        })
    }

    fn latest(&self) -> SystemTime {
        let changed = self.changed.map(|(_, time)| time);
        changed.map_or(self.modified, |time| time.max(self.modified))
    }
}

#[cfg(unix)]
fn changed(metadata: &fs::Metadata) -> Option<(u64, SystemTime)> {
    use std::os::unix::fs::MetadataExt as _;

    let seconds = u64::try_from(metadata.ctime()).ok()?;
    let nanoseconds = u32::try_from(metadata.ctime_nsec()).ok()?;
    let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds);
    Some((metadata.ino(), time))
}

#[cfg(not(unix))]
fn changed(_: &fs::Metadata) -> Option<(u64, SystemTime)> {
    None
}

fn key(request: &Request) -> (PathBuf, String) {
    (request.folder.clone(), request.entry.clone())
}

fn size_of_reply(reply: &Reply) -> usize {
    match reply {
        Reply::Bundled(bundle) => bundle.code.len() + bundle.map.len(),
        Reply::AsWritten | Reply::Refused(_) => 0,
    }
}

impl<B: Bundler> Bundler for Remembering<B> {
    fn built_ins(&self) -> &[&str] {
        self.bundler.built_ins()
    }

    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
        let kept = self.kept().remove(&key(request));
        if let Some(kept) = kept
            && kept.is_current()
        {
            let reply = kept.reply.clone();
            self.kept().insert(key(request), kept);
            return Ok(reply);
        }
        let begin = SystemTime::now();
        let reply = self.bundler.bundle(request)?;
        self.keep(request, &reply, begin);
        Ok(reply)
    }
}

impl<B: fmt::Debug> fmt::Debug for Remembering<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Remembering")
            .field("bundler", &self.bundler)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        thread::sleep,
    };

    use hookpoint_workspace::protocol::Bundle;

    use super::*;

    /// By which the file systems of tests round.
    const TICK: Duration = Duration::from_millis(10);

    /// Makes a bundle of one file and counts how often.
    #[derive(Debug, Default)]
    struct Counting(AtomicU32);

    impl Bundler for Counting {
        fn built_ins(&self) -> &[&str] {
            &[]
        }

        fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let code = fs::read_to_string(request.folder.join(&request.entry)).unwrap();
            Ok(Reply::Bundled(Bundle {
                code,
                map: String::new(),
                files: vec![request.entry.clone(), "b.ts".to_owned()],
            }))
        }
    }

    #[test]
    fn a_bundle_is_made_again_after_a_change_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.ts");
        let request = Request {
            folder: folder.path().to_owned(),
            entry: "a.ts".to_owned(),
            built_ins: Vec::new(),
        };
        let mut bundler = Remembering::new(Counting::default());
        bundler.uncertain = TICK;
        let bundle = || match bundler.bundle(&request) {
            Ok(Reply::Bundled(bundle)) => (bundle.code, bundler.bundler.0.load(Ordering::Relaxed)),
            other => panic!("{other:?}"),
        };
        let expect = |code: &str, times: u32| assert_eq!(bundle(), (code.to_owned(), times));
        fs::write(&file, "first").unwrap();
        fs::write(folder.path().join("b.ts"), "").unwrap();
        // It may have been written after it was read.
        expect("first", 1);
        sleep(2 * TICK);
        expect("first", 2);
        expect("first", 2);
        // As long as before, and by its own time as old.
        let written = fs::metadata(&file).unwrap().modified().unwrap();
        fs::write(&file, "other").unwrap();
        fs::File::open(&file)
            .unwrap()
            .set_modified(written)
            .unwrap();
        sleep(2 * TICK);
        expect("other", 3);
        expect("other", 3);
        // A file that it imports.
        fs::remove_file(folder.path().join("b.ts")).unwrap();
        expect("other", 4);
        expect("other", 5);
    }
}
