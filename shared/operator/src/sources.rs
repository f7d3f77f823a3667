//! The files that a published script was made of.

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_engine::hook::ScriptHook;
use serde::Deserialize;

/// The folder of packages.
const PACKAGES: &str = "node_modules/";

/// The parts of a source map that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sources {
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    sources_content: Vec<Option<String>>,
}

/// The files of a script by their names in the workspace, as their author wrote them; `None` if they are not stored: the
/// script is a bundle whose map is absent. The files of packages are never stored.
pub fn authored_files(script: &ScriptHook) -> Option<BTreeMap<String, String>> {
    let Some(map) = &script.source_map else {
        let name = script.file.clone().unwrap_or_else(|| "source".to_owned());
        return Some([(name, script.source.clone())].into());
    };
    let sources: Sources = serde_json::from_str(map.text()?).ok()?;
    let files = sources.sources.into_iter().zip(sources.sources_content);
    Some(
        files
            .filter_map(|(name, text)| Some((name, text?)))
            .collect(),
    )
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
    let sources = map.and_then(|text| serde_json::from_str::<Sources>(text).ok());
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
