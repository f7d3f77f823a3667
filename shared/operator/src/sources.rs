//! The files that a published script was made of.

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_engine::hook::ScriptHook;
use serde::Deserialize;

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
    let map = script.source_map.as_ref().and_then(|map| map.text());
    let sources = map.and_then(|text| serde_json::from_str::<Sources>(text).ok());
    let names = sources.into_iter().flat_map(|sources| sources.sources);
    names.filter_map(|name| package_of(&name)).collect()
}

/// `@scope/name` or `name` after the last `node_modules/`.
fn package_of(source: &str) -> Option<String> {
    let (_, inside) = source.rsplit_once("node_modules/")?;
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    Some(inside.split('/').take(parts).collect::<Vec<_>>().join("/"))
}
