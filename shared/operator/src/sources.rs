//! The files that a published script was made of.

use std::collections::BTreeMap;

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
