//! Bundles that are kept until something that they are made of changes.

use std::{
    collections::BTreeSet,
    fmt, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use hookpoint_workspace::{
    Bundler, BundlerUnavailable,
    protocol::{Reply, Request},
};

/// The bytes of kept bundles. Beyond it, those that were used longest ago are forgotten.
const MOST_KEPT: usize = 64 * 1024 * 1024;
/// File systems round the time of a change by at most this, as those of memory cards do.
const COARSEST: Duration = Duration::from_secs(2);
/// The folder of packages.
const PACKAGES: &str = "node_modules";

/// Asks a bundler again only after a change: an edit of one hook bundles no other.
pub struct Remembering<B> {
    bundler: B,
    kept: Mutex<Vec<Kept>>,
}

/// A reply, and what decided it, as it was.
struct Kept {
    folder: PathBuf,
    entry: String,
    reply: Reply,
    evidence: Vec<(PathBuf, State)>,
}

/// What differs after a file was changed or replaced, or after a folder got another entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    File {
        size: u64,
        modified: SystemTime,
        /// On Unix also the file's number and the time at which it or its metadata changed, which no program can set.
        changed: Option<(u64, SystemTime)>,
    },
    /// The hash of the names in a folder.
    Folder(u64),
}

impl<B> Remembering<B> {
    /// Remembers nothing yet.
    pub fn new(bundler: B) -> Self {
        Self {
            bundler,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Bundler> Remembering<B> {
    /// `now` is the time of the request.
    fn bundle_at(&self, request: &Request, now: SystemTime) -> Result<Reply, BundlerUnavailable> {
        let is_asked = |kept: &Kept| kept.folder == request.folder && kept.entry == request.entry;
        let mut all = self.kept();
        let earlier = all.iter().position(is_asked).map(|index| all.remove(index));
        drop(all);
        if let Some(earlier) = earlier
            && earlier.is_current()
        {
            let reply = earlier.reply.clone();
            self.kept().push(earlier);
            return Ok(reply);
        }
        let reply = self.bundler.bundle(request)?;
        if let Some(evidence) = evidence(request, &reply, now) {
            let mut all = self.kept();
            all.push(Kept {
                folder: request.folder.clone(),
                entry: request.entry.clone(),
                reply: reply.clone(),
                evidence,
            });
            forget(&mut all, MOST_KEPT);
        }
        Ok(reply)
    }
}

impl Kept {
    fn is_current(&self) -> bool {
        self.evidence
            .iter()
            .all(|(path, state)| State::of(path) == Some(*state))
    }

    fn bytes(&self) -> usize {
        let bundle = match &self.reply {
            Reply::Bundled(bundle) => bundle.code.len() + bundle.map.len(),
            Reply::AsWritten | Reply::Refused(_) => 0,
        };
        let paths = self.evidence.iter();
        bundle + paths.map(|(path, _)| path.as_os_str().len()).sum::<usize>()
    }
}

/// Forgets those that were used longest ago, beyond so many bytes.
fn forget(all: &mut Vec<Kept>, most: usize) {
    let mut bytes: usize = all.iter().map(Kept::bytes).sum();
    while bytes > most && !all.is_empty() {
        bytes -= all.remove(0).bytes();
    }
}

/// What decided a reply; `None` if it must not be kept.
fn evidence(request: &Request, reply: &Reply, now: SystemTime) -> Option<Vec<(PathBuf, State)>> {
    let files = match reply {
        Reply::AsWritten => std::slice::from_ref(&request.entry),
        Reply::Bundled(bundle) => &bundle.files[..],
        // A refusal is reported again by the next reload, and its files may not be all that matters.
        Reply::Refused(_) => return None,
    };
    let mut paths = BTreeSet::new();
    for name in files {
        let (packages, own) = match name.rsplit_once(&format!("{PACKAGES}/")) {
            Some((before, rest)) => (before.len() + PACKAGES.len() + 1, rest),
            None => (0, &name[..]),
        };
        let file = request.folder.join(name);
        if packages > 0 {
            // It says which of the package's files an import means.
            let parts = if own.starts_with('@') { 2 } else { 1 };
            let package = own.split('/').take(parts).collect::<Vec<_>>().join("/");
            let folder = request.folder.join(&name[..packages]).join(package);
            paths.insert(folder.join("package.json"));
        } else {
            // A new file may come before one that was found, such as `b.ts` before `b.js`, or a nearer `tsconfig.json`.
            let above = file.ancestors().skip(1);
            let folders = above.take_while(|path| path.starts_with(&request.folder));
            for folder in folders {
                paths.insert(folder.to_owned());
            }
        }
        paths.insert(file);
    }
    let mut evidence = Vec::with_capacity(paths.len());
    for path in paths {
        // What is gone may have been there when it was read. What changed shortly before may have changed again since, at the same
        // time by its own account.
        let state = State::of(&path)?;
        if state
            .latest()
            .is_some_and(|latest| latest + COARSEST >= now)
        {
            return None;
        }
        evidence.push((path, state));
    }
    Some(evidence)
}

impl State {
    /// `None` if there is nothing.
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        if metadata.is_dir() {
            let entries = path.read_dir().ok()?.flatten();
            let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
            names.sort_unstable();
            let mut hasher = DefaultHasher::new();
            names.hash(&mut hasher);
            return Some(Self::Folder(hasher.finish()));
        }
        Some(Self::File {
            size: metadata.len(),
            modified: metadata.modified().ok()?,
            changed: changed(&metadata),
        })
    }

    /// When a file changed last.
    fn latest(&self) -> Option<SystemTime> {
        match self {
            Self::File {
                modified, changed, ..
            } => {
                let changed = changed.map(|(_, time)| time);
                Some(changed.map_or(*modified, |time| time.max(*modified)))
            }
            Self::Folder(_) => None,
        }
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

impl<B: Bundler> Bundler for Remembering<B> {
    fn built_ins(&self) -> &[&str] {
        self.bundler.built_ins()
    }

    fn bundle(&self, request: &Request) -> Result<Reply, BundlerUnavailable> {
        self.bundle_at(request, SystemTime::now())
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use hookpoint_workspace::protocol::Bundle;

    use super::*;

    const FILES: [&str; 4] = [
        "hooks/a.ts",
        "node_modules/@x/y/lib/index.js",
        "package-lock.json",
        "tsconfig.base.json",
    ];

    /// Makes a bundle of its entry's text and counts how often.
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
                files: FILES.map(str::to_owned).to_vec(),
                configuration: Vec::new(),
            }))
        }
    }

    /// A time at which everything that is there has been there for long.
    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_hours(1)
    }

    #[test]
    fn a_bundle_is_made_again_after_a_change_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), text).unwrap();
        };
        let manifest = "node_modules/@x/y/package.json";
        for name in FILES.iter().chain(&[manifest]) {
            write(name, "first");
        }
        let request = Request {
            folder: folder.path().to_owned(),
            entry: FILES[0].to_owned(),
            built_ins: Vec::new(),
        };
        let bundler = Remembering::new(Counting::default());
        let bundle = |now| match bundler.bundle_at(&request, now) {
            Ok(Reply::Bundled(bundle)) => (bundle.code, bundler.bundler.0.load(Ordering::Relaxed)),
            other => panic!("{other:?}"),
        };
        // The files are new: they may have been written after they were read.
        let now = SystemTime::now();
        assert_eq!([bundle(now).1, bundle(now).1], [1, 2]);
        assert_eq!([bundle(later()).1, bundle(later()).1], [3, 3]);
        // As long as before, and by its own time as old.
        let written = fs::metadata(path(FILES[0])).unwrap().modified().unwrap();
        let replacement = path("hooks/a.ts~");
        fs::write(&replacement, "other").unwrap();
        let file = fs::File::open(&replacement).unwrap();
        file.set_modified(written).unwrap();
        fs::rename(&replacement, path(FILES[0])).unwrap();
        assert_eq!(bundle(later()), ("other".to_owned(), 4));
        let mut times = 4;
        for (name, text) in [
            (FILES[1], "a file of a package"),
            (manifest, "what its imports mean"),
            (FILES[3], "what a tsconfig.json extends"),
            ("tsconfig.json", "a new one"),
            ("hooks/b.ts", "before b.js"),
            ("hooks/package.json", "a nearer one"),
        ] {
            write(name, text);
            times += 1;
            assert_eq!([bundle(later()).1, bundle(later()).1], [times; 2], "{name}");
        }
        write("hooks.md", "beside the folder of the hooks");
        assert_eq!(bundle(later()).1, times + 1);
        fs::remove_file(path(FILES[2])).unwrap();
        assert_eq!(
            [bundle(later()).1, bundle(later()).1],
            [times + 2, times + 3]
        );
    }

    #[test]
    fn what_was_used_longest_ago_is_forgotten_first() {
        let kept = |entry: &str| Kept {
            folder: PathBuf::new(),
            entry: entry.to_owned(),
            reply: Reply::AsWritten,
            evidence: vec![("ten bytes.".into(), State::Folder(0))],
        };
        let mut all = vec![kept("a"), kept("b"), kept("c")];
        forget(&mut all, 25);
        let entries: Vec<&str> = all.iter().map(|kept| &kept.entry[..]).collect();
        assert_eq!(entries, ["b", "c"]);
    }
}
