//! A plugin with its files.

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_workspace::{CASE_SUFFIX, WorkspaceErrors, syntax::Problems};

use crate::{
    Manifest,
    library::{Library, MANIFEST},
};

/// How hooks name the helpers, in the library and in a workspace.
pub(crate) const SHARED: &str = "\"../../lib/";
pub(crate) const COPIED: &str = "\"../lib/";
/// How the files of hooks end, and the data that they import.
pub(crate) const TYPESCRIPT: &str = ".ts";
pub(crate) const JSON: &str = ".json";
/// Maximum size of an icon, in bytes.
const ICON: usize = 4_096;

/// A plugin.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// Its name: that of its folder.
    pub name: String,
    /// What it is and installs.
    pub manifest: Manifest,
    /// Its files, by their path in it.
    pub(crate) files: BTreeMap<String, String>,
    /// The helpers that its hooks import, by file name.
    pub(crate) helpers: BTreeMap<String, String>,
}

impl Plugin {
    pub(crate) fn read(library: &Library, name: &str) -> Result<Self, WorkspaceErrors> {
        let files = library.folder(name);
        let text = files.get(MANIFEST).map_or("", String::as_str);
        let file_name = format!("{name}/{MANIFEST}");
        let mut problems = Problems::new(&file_name, text);
        let manifest = Manifest::read(text, &mut problems);
        let helpers = helpers(library, &files, &mut problems);
        if let Some(manifest) = &manifest {
            check_files(name, manifest, &files, &mut problems);
        }
        match manifest {
            Some(manifest) if problems.is_empty() => Ok(Self {
                name: name.to_owned(),
                manifest,
                files,
                helpers,
            }),
            _ => Err(problems.into_errors(Vec::new())),
        }
    }

    /// The manual.
    pub fn manual(&self) -> &str {
        self.files.get("README.md").map_or("", String::as_str)
    }

    /// The cases, by their path in the plugin.
    pub fn cases(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter();
        files
            .filter(|(path, _)| path.ends_with(CASE_SUFFIX))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The source of a hook.
    pub(crate) fn source(&self, file: &str) -> &str {
        self.files.get(file).map_or("", String::as_str)
    }
}

/// The helpers that the hooks import, and those that these import.
fn helpers(
    library: &Library,
    files: &BTreeMap<String, String>,
    problems: &mut Problems<'_>,
) -> BTreeMap<String, String> {
    let shared = library.folder("lib");
    let mut wanted: Vec<String> = files
        .iter()
        .filter(|(path, _)| path.ends_with(TYPESCRIPT))
        .flat_map(|(_, text)| imports(text, SHARED))
        .collect();
    let mut found = BTreeMap::new();
    let mut missing = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        let file = format!("{name}.ts");
        if found.contains_key(&file) {
            continue;
        }
        match shared.get(&file) {
            Some(text) => {
                wanted.extend(imports(text, "\"./"));
                found.insert(file, text.clone());
            }
            None => {
                missing.insert(file);
            }
        }
    }
    for file in missing {
        problems.push_for_file(
            format!("a hook imports `lib/{file}`, which does not exist"),
            "correct the import, or add the helper to the library",
        );
    }
    found
}

/// What follows a prefix, up to the quote, wherever it occurs.
fn imports(text: &str, prefix: &str) -> Vec<String> {
    let parts = text.split(prefix).skip(1);
    let names = parts.filter_map(|part| part.split('"').next());
    names.map(str::to_owned).collect()
}

fn check_files(
    name: &str,
    manifest: &Manifest,
    files: &BTreeMap<String, String>,
    problems: &mut Problems<'_>,
) {
    let is_name = name.chars().all(|character| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
    });
    if !is_name {
        problems.push_for_file(
            format!("`{name}` is not a name of a plugin"),
            "use lower-case letters, digits and `-`",
        );
    }
    let named = manifest.hooks.iter().map(|hook| hook.file.as_str());
    for file in named.chain([manifest.preview.as_str(), "README.md", "icon.svg"]) {
        if !files.contains_key(file) {
            problems.push_for_file(format!("`{file}` is missing"), "add it to the plugin");
        }
    }
    if !files.keys().any(|file| file.ends_with(CASE_SUFFIX)) {
        problems.push_for_file(
            "the plugin has no case",
            format!("add one below `cases/`, as `NAME{CASE_SUFFIX}`"),
        );
    }
    if let Some(icon) = files.get("icon.svg")
        && (icon.len() > ICON || !icon.starts_with("<svg") || icon.contains("<script"))
    {
        problems.push_for_file(
            "`icon.svg` is not a small drawing",
            format!("begin it with `<svg`, without scripts, in at most {ICON} bytes"),
        );
    }
    for file in files.keys() {
        let is_known = [MANIFEST, "README.md", "icon.svg"].contains(&file.as_str())
            || (file.starts_with("cases/") && file.ends_with(CASE_SUFFIX))
            || (file.starts_with("hooks/") && (file.ends_with(TYPESCRIPT) || file.ends_with(JSON)));
        if !is_known {
            problems.push_for_file(
                format!("`{file}` is not a file of a plugin"),
                "keep hooks in `hooks/` and cases in `cases/`",
            );
        }
    }
}
