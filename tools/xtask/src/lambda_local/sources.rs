//! Detects changes of the functions' sources.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Folders with the sources of functions, below the root of the repository.
const FOLDERS: [&str; 2] = ["functions", "shared"];
/// The manifest of the workspace. Not the lock file: builds write it.
const MANIFEST: &str = "Cargo.toml";
/// Extensions of files that are built into a function.
const EXTENSIONS: [&str; 4] = ["rs", "js", "toml", "z"];
/// Folders whose files are not.
const LEFT_OUT: [&str; 2] = ["tests", "target"];

type Seen = BTreeMap<PathBuf, SystemTime>;

/// The last modification of each source file.
#[derive(Debug)]
pub(super) struct Sources {
    root: PathBuf,
    built: Seen,
    changing: Option<Seen>,
}

impl Sources {
    /// The current sources, which have just been built.
    pub(super) fn built(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            built: look(root),
            changing: None,
        }
    }

    /// Whether they have changed since they were built, but not since the last check: an editor that saves several
    /// files can finish first. True once for each change.
    pub(super) fn have_changed(&mut self) -> bool {
        let now = look(&self.root);
        if now == self.built {
            self.changing = None;
            return false;
        }
        if self.changing.as_ref() != Some(&now) {
            self.changing = Some(now);
            return false;
        }
        self.changing = None;
        self.built = now;
        true
    }
}

fn look(root: &Path) -> Seen {
    let mut seen = Seen::new();
    add_file(root.join(MANIFEST), &mut seen);
    for folder in FOLDERS {
        add_folder(&root.join(folder), &mut seen);
    }
    seen
}

/// Files that cannot be read, for example while being replaced, are left for the next check.
fn add_folder(folder: &Path, seen: &mut Seen) {
    let entries = fs::read_dir(folder).into_iter().flatten();
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            let is_left_out = path
                .file_name()
                .is_some_and(|name| LEFT_OUT.iter().any(|left_out| name == *left_out));
            if !is_left_out {
                add_folder(&path, seen);
            }
        } else if path
            .extension()
            .is_some_and(|extension| EXTENSIONS.iter().any(|source| extension == *source))
        {
            add_file(path, seen);
        }
    }
}

fn add_file(path: PathBuf, seen: &mut Seen) {
    let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
    if let Ok(modified) = modified {
        seen.insert(path, modified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_source_counts_once_it_is_complete_and_nothing_else_does() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        };
        write("functions/escalation/main.rs", "fn main() {}");
        write("shared/script/src/prelude/url.js", "1");
        let mut sources = Sources::built(root.path());
        for other in [
            "hookpoint.yaml",
            "README.md",
            "Cargo.lock",
            "tools/cli/src/main.rs",
            "shared/script/README.md",
            "shared/script/tests/it/main.rs",
        ] {
            write(other, "x");
            assert!(
                !sources.have_changed() && !sources.have_changed(),
                "{other}"
            );
        }
        for source in [
            "functions/new/main.rs",
            "shared/script/src/prelude/new.js",
            "shared/new/Cargo.toml",
            "Cargo.toml",
        ] {
            write(source, "x");
            assert!(!sources.have_changed(), "{source}: it may not be complete");
            assert!(sources.have_changed(), "{source}");
            assert!(!sources.have_changed(), "{source}: once");
        }
        fs::remove_file(root.path().join("functions/new/main.rs")).unwrap();
        assert!(!sources.have_changed());
        write("functions/escalation/lib.rs", "");
        assert!(!sources.have_changed(), "it changed again");
        assert!(sources.have_changed());
    }
}
