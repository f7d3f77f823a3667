//! The files of all plugins.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use hookpoint_engine::spelling::fold;
use hookpoint_workspace::WorkspaceErrors;
use thiserror::Error;

use crate::{Plugin, search};

/// The files of the library that is part of the program.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
/// The name of manifests.
pub(crate) const MANIFEST: &str = "plugin.yaml";
/// Maximum size of a file of a library, in bytes.
const LARGEST: u64 = 256 * 1024;
/// Maximum number of files of a library.
const MOST: usize = 10_000;

/// Plugins with the helpers that they share.
#[derive(Debug, Clone)]
pub struct Library {
    /// By path, with `/`.
    files: BTreeMap<String, Cow<'static, str>>,
}

/// There is no such plugin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no plugin `{name}`; {help}")]
pub struct UnknownPlugin {
    /// As given.
    pub name: String,
    /// What may be meant.
    pub help: String,
}

impl Library {
    /// The library that is part of the program.
    pub fn embedded() -> Self {
        let files = EMBEDDED
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Cow::Borrowed(*text)));
        Self {
            files: files.collect(),
        }
    }

    /// Another library, in a folder of the same form.
    ///
    /// # Errors
    /// A file cannot be read, is not text, or there are too many.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        collect(folder, folder, &mut files)?;
        Ok(Self { files })
    }

    /// A library of these files, by their path.
    #[cfg(test)]
    pub(crate) fn of(files: BTreeMap<String, String>) -> Self {
        let files = files.into_iter();
        Self {
            files: files.map(|(path, text)| (path, Cow::Owned(text))).collect(),
        }
    }

    /// The files, by their path.
    #[cfg(test)]
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let files = self.files.iter();
        files
            .map(|(path, text)| (path.clone(), text.to_string()))
            .collect()
    }

    /// The names of the plugins.
    pub fn names(&self) -> Vec<&str> {
        let names = self.files.keys().filter_map(|path| {
            let name = path.strip_suffix(MANIFEST)?.strip_suffix('/')?;
            (!name.contains('/')).then_some(name)
        });
        names.collect()
    }

    /// A plugin by its name or its title; letter case, spaces and hyphens do not matter.
    ///
    /// # Errors
    /// There is none; the error names the nearest one, by its spelling or by what it is about.
    pub fn find(&self, name: &str) -> Result<Result<Plugin, WorkspaceErrors>, UnknownPlugin> {
        if self.names().contains(&name) {
            return Ok(Plugin::read(self, name));
        }
        let (meant, plugins) = (fold(name), self.readable());
        let named = plugins.iter().find(|plugin| {
            [&plugin.name, &plugin.manifest.title]
                .map(|name| fold(name))
                .contains(&meant)
        });
        if let Some(plugin) = named {
            return Ok(Ok(plugin.clone()));
        }
        Err(UnknownPlugin {
            name: name.chars().take(80).collect(),
            help: search::suggestion(name, &plugins),
        })
    }

    /// Every plugin with the problems of its manifest.
    pub fn plugins(&self) -> Vec<(&str, Result<Plugin, WorkspaceErrors>)> {
        let names = self.names().into_iter();
        names.map(|name| (name, Plugin::read(self, name))).collect()
    }

    /// The plugins in which all words occur, the best match first; without words all, by name.
    pub fn search(&self, words: &str) -> Vec<Plugin> {
        search::search(self.readable(), words)
    }

    /// The fix for words that no plugin has: what may be meant.
    pub fn suggestion(&self, words: &str) -> String {
        search::suggestion(words, &self.readable())
    }

    fn readable(&self) -> Vec<Plugin> {
        let plugins = self.plugins().into_iter();
        plugins.filter_map(|(_, plugin)| plugin.ok()).collect()
    }

    /// The files of a folder of the library, by their path in it.
    pub(crate) fn folder(&self, name: &str) -> BTreeMap<String, String> {
        let prefix = format!("{name}/");
        let files = self.files.iter().filter_map(|(path, text)| {
            Some((path.strip_prefix(&prefix)?.to_owned(), text.to_string()))
        });
        files.collect()
    }
}

fn collect(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, Cow<'static, str>>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path: PathBuf = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if name.starts_with('.') || name == "node_modules" {
            continue;
        }
        if kind.is_dir() && name != "tests" {
            collect(root, &path, files)?;
        } else if kind.is_file() {
            if files.len() >= MOST || entry.metadata()?.len() > LARGEST {
                let message = format!(
                    "`{}` is larger than 256 KB, or the folder has more than 10,000 files; name one that holds only plugins",
                    path.display()
                );
                return Err(io::Error::other(message));
            }
            let text = fs::read_to_string(&path).map_err(|error| {
                io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
            })?;
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let relative = relative.to_string_lossy().replace('\\', "/");
            files.insert(relative, Cow::Owned(text));
        }
    }
    Ok(())
}
