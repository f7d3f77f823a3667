//! The files that a published script was made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path},
};

use hookpoint_engine::hook::ScriptHook;
use serde::Deserialize;

/// The folder of packages.
const PACKAGES: &str = "node_modules/";

/// The parts of a source map that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceMap {
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    sources_content: Vec<Option<String>>,
    /// The hook's file among the sources, if the workspace names a link to it. Earlier bundlers did not say it.
    #[serde(default, rename = "x_entry")]
    entry: Option<String>,
}

/// The files of a script by their names in the workspace, as their author wrote them; `None` if they are not stored: the
/// script is a bundle whose map is absent. The files of packages are never stored.
pub fn authored_files(script: &ScriptHook) -> Option<BTreeMap<String, String>> {
    let Some(map) = &script.source_map else {
        let name = script
            .file
            .as_deref()
            .map_or_else(|| "source".to_owned(), normal);
        return Some([(name, script.source.clone())].into());
    };
    let sources: SourceMap = serde_json::from_str(map.text()?).ok()?;
    let files = sources.sources.into_iter().zip(sources.sources_content);
    Some(
        files
            .filter_map(|(name, text)| Some((name, text?)))
            .collect(),
    )
}

/// A name without `.` as a part, as the names in bundles are: earlier versions published `file` as it was written.
pub(crate) fn normal(name: &str) -> String {
    let parts = name.split('/').filter(|part| *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

/// The file of a hook among those that it was bundled from. Behind a link it has another name, which only the map or the lack of others
/// can tell: another file may do something else.
pub(crate) fn own_file(
    script: &ScriptHook,
    files: &BTreeMap<String, String>,
    file: &str,
) -> Option<String> {
    if files.contains_key(file) {
        return Some(file.to_owned());
    }
    let map = script.source_map.as_ref().and_then(|map| map.text());
    let sources = map.and_then(|text| serde_json::from_str::<SourceMap>(text).ok());
    if let Some(entry) = sources.and_then(|sources| sources.entry) {
        return files.contains_key(&entry).then_some(entry);
    }
    let mut names = files.keys();
    names.next().filter(|_| names.next().is_none()).cloned()
}

/// Whether a file is below the folder of the workspace, and no part of its path is hidden: what lies in `.git`, `.vscode` or `.npmrc` may run
/// when an operator works in the folder, and an author chose the name.
pub(crate) fn stays_inside(name: &str) -> bool {
    let parts = Path::new(name).components();
    !name.is_empty()
        && parts
            .into_iter()
            .all(|part| matches!(part, Component::Normal(part) if !part.as_encoded_bytes().starts_with(b".")))
}

/// The names of the packages in a bundle.
pub(crate) fn packages(script: &ScriptHook) -> BTreeSet<String> {
    let folders = package_folders(script).into_iter();
    let names = folders.filter_map(|folder| Some(folder.rsplit_once(PACKAGES)?.1.to_owned()));
    names.collect()
}

/// The folders of the packages in a bundle, such as `node_modules/a/node_modules/@b/c`.
pub(crate) fn package_folders(script: &ScriptHook) -> BTreeSet<String> {
    let map = script.source_map.as_ref().and_then(|map| map.text());
    let sources = map.and_then(|text| serde_json::from_str::<SourceMap>(text).ok());
    let names = sources.into_iter().flat_map(|sources| sources.sources);
    names.filter_map(|name| package_folder(&name)).collect()
}

/// The path up to `@scope/name` or `name` after the last `node_modules/`.
fn package_folder(source: &str) -> Option<String> {
    let (before, inside) = source.rsplit_once(PACKAGES)?;
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let name = inside.split('/').take(parts).collect::<Vec<_>>().join("/");
    Some(format!("{before}{PACKAGES}{name}"))
}
