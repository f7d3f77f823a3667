//! Files that a workspace refers to: inside its folder, regular, UTF-8, not too large.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use hookpoint_engine::hook::BUNDLE_FILES_LIMIT;

use crate::{
    bundling::{Bundler, NoBundler},
    problem::Problems,
    raw::Text,
};

/// The folder of packages, whose files are not the author's.
pub(crate) const PACKAGES: &str = "node_modules";

/// Whose folder it usually is.
const WORKSPACE: &str = "workspace";

/// Reads files below one folder and remembers their names. Has scripts bundled.
pub(crate) struct Files<'a> {
    folder: PathBuf,
    /// Whose folder it is.
    whose: &'static str,
    named: Vec<PathBuf>,
    bundler: &'a dyn Bundler,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub(crate) struct ReferredFile {
    /// Its name in the workspace.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl<'a> Files<'a> {
    pub(crate) fn new(folder: &Path, bundler: &'a dyn Bundler) -> Self {
        // The parent of a bare file name is the empty path, which means the current folder.
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        Self {
            folder: folder.to_owned(),
            whose: WORKSPACE,
            named: Vec::new(),
            bundler,
        }
    }

    /// The folder is that of a case.
    pub(crate) fn of_case(folder: &Path) -> Files<'static> {
        Files {
            whose: "case",
            ..Files::new(folder, &NoBundler)
        }
    }

    /// The bundler of scripts.
    pub(crate) fn bundler(&self) -> &'a dyn Bundler {
        self.bundler
    }

    /// Where relative names begin.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Remembers files that a bundle is made of.
    pub(crate) fn also_named(&mut self, names: &[String]) {
        for name in names {
            let path = self.folder.join(name);
            if !self.named.contains(&path) {
                self.named.push(path);
            }
        }
    }

    /// The texts of the files that configure a bundle, but for those of packages. An unreadable one is left out: the bundler could do without.
    pub(crate) fn configuration(&self, names: &[String]) -> BTreeMap<String, String> {
        let is_own = |name: &&String| !name.split('/').any(|part| part == PACKAGES);
        let read = names.iter().filter(is_own).filter_map(|name| {
            let text = self.text_of(&self.folder.join(name), BUNDLE_FILES_LIMIT);
            Some((name.clone(), text.ok()?))
        });
        read.collect()
    }

    /// Reads the text of a file of at most `limit` bytes, without the byte order mark that some editors write.
    pub(crate) fn read(
        &mut self,
        name: &Text,
        limit: usize,
        problems: &mut Problems<'_>,
    ) -> Option<ReferredFile> {
        let read = self.read_whole(name, limit, problems)?;
        let text = without_mark(&read.text).to_owned();
        Some(ReferredFile { text, ..read })
    }

    /// Reads a file of at most `limit` bytes as it is.
    pub(crate) fn read_whole(
        &mut self,
        name: &Text,
        limit: usize,
        problems: &mut Problems<'_>,
    ) -> Option<ReferredFile> {
        let relative = Path::new(&name.value);
        let stays_inside = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !stays_inside {
            let whose = self.whose;
            let outside = match whose {
                WORKSPACE => "the workspace".to_owned(),
                other => format!("the folder of the {other}"),
            };
            problems.push(
                name.place,
                format!("file `{}` is outside {outside}", name.value),
                format!(
                    "name a file below the folder of the {whose}, by a relative path without `..`"
                ),
            );
            return None;
        }
        let path = self.folder.join(relative);
        if !self.named.contains(&path) {
            self.named.push(path.clone());
        }
        match self.text_of(&path, limit) {
            Ok(text) => Some(ReferredFile {
                name: normal(relative),
                text,
            }),
            Err(unreadable) => {
                let (reason, help) = unreadable.explain(limit);
                let help = match &unreadable {
                    Unreadable::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                        format!(
                            "create it, or correct the path (it is relative to the folder of the {})",
                            self.whose
                        )
                    }
                    _ => help.to_owned(),
                };
                problems.push(name.place, format!("file `{}` {reason}", name.value), help);
                None
            }
        }
    }

    /// The files named, readable or not.
    pub(crate) fn into_named(self) -> Vec<PathBuf> {
        self.named
    }

    pub(crate) fn text_of(&self, path: &Path, limit: usize) -> Result<String, Unreadable> {
        let real = path.canonicalize()?;
        if !real.starts_with(self.folder.canonicalize()?) {
            return Err(Unreadable::Outside);
        }
        read_limited(&real, limit)
    }
}

/// A relative path in one spelling, as bundles have it: `hooks/a.js` for `./hooks//a.js`.
fn normal(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Without the byte order mark that some editors write.
pub(crate) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a regular file of at most `limit` bytes as it is.
pub(crate) fn read_limited(path: &Path, limit: usize) -> Result<String, Unreadable> {
    // Checked before opening: opening a named pipe waits for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(Unreadable::NotAFile);
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(Unreadable::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| Unreadable::NotUtf8)
}

/// Why a file cannot be read.
pub(crate) enum Unreadable {
    Io(io::Error),
    Outside,
    NotAFile,
    TooLarge,
    NotUtf8,
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Unreadable {
    /// The problem, as a predicate, and the fix.
    pub(crate) fn explain(&self, limit: usize) -> (String, &'static str) {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::NotFound => (
                "does not exist".to_owned(),
                "create it, or correct the path (it is relative to the folder of the workspace)",
            ),
            Self::Io(error) => (
                format!("cannot be read: {error}"),
                "make it readable for the user who runs this command",
            ),
            Self::Outside => (
                "leads outside the workspace through a link".to_owned(),
                "put the file itself into the folder of the workspace",
            ),
            Self::NotAFile => ("is not a regular file".to_owned(), "name a file"),
            Self::TooLarge => (format!("is larger than {limit} bytes"), "make it smaller"),
            Self::NotUtf8 => ("is not UTF-8 text".to_owned(), "save it as UTF-8"),
        }
    }
}
