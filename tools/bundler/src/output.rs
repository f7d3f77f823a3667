//! What rolldown made: one script that imports nothing but built-in modules, and its map.

use std::collections::BTreeMap;

use hookpoint_bundler_protocol::{BUNDLE_LIMIT, Problem};
use rolldown::BundleOutput;
use rolldown_common::{Output, OutputChunk};

use crate::{
    apart::rejoined,
    built_ins::{Asked, BuiltIns},
    import::{Form, Uncompiled, calls_of_others, first_uncompiled},
    map::{Map, place_in},
};

/// The script and its map, if they are what a hook may be. `real_name` is the name of `entry` behind its links, `files` are the texts that were read.
pub(crate) fn check(
    entry: &str,
    real_name: &str,
    output: BundleOutput,
    form: Form,
    built_ins: &BuiltIns,
    files: &BTreeMap<String, String>,
) -> Result<(String, String), Problem> {
    let chunks: Vec<_> = output
        .assets
        .iter()
        .filter_map(|output| match output {
            Output::Chunk(chunk) => Some(chunk),
            Output::Asset(_) => None,
        })
        .collect();
    let [chunk] = chunks[..] else {
        return Err(Problem::of_file(
            entry,
            format!("the hook would become {} files", chunks.len()),
            "import files and packages at the top of a file: `import … from`; a hook is published as one script",
        ));
    };
    leftovers(entry, chunk, built_ins)?;
    let rejoined = chunk
        .map
        .as_ref()
        .and_then(|map| rejoined(&chunk.code, map));
    let (code, map) = match &rejoined {
        Some((code, map)) => (code, Some(map)),
        None => (&chunk.code, chunk.map.as_ref()),
    };
    if code.len() > BUNDLE_LIMIT {
        return Err(Problem::of_file(
            entry,
            format!(
                "its bundle has {} bytes; {BUNDLE_LIMIT} are allowed. {}",
                code.len(),
                largest(chunk)
            ),
            "import a smaller package, or only a part of it",
        ));
    }
    let Some(map) = map else {
        // Nothing of any file is left.
        return Err(Problem::of_file(
            entry,
            "the script is empty",
            "export a function: `export default function (event, hook) { return {}; }`",
        ));
    };
    let mut map = Map::trimmed(
        &map.to_json_string(),
        form,
        (real_name != entry).then_some(real_name),
    )
    .map_err(|message| Problem::of_file(entry, message, "this is a defect of the bundler"))?;
    let is_offered = |name: &str| matches!(built_ins.asked(name), Asked::Offered(_));
    let at = |offset, message: &str, help: &str| match place_in(&map, code, offset) {
        Some(place) => Problem {
            line: Some(place.line),
            column: Some(place.column),
            source_line: place.source_line,
            ..Problem::of_file(place.file, message, help)
        },
        None => Problem::of_file(entry, message, help),
    };
    if let Some(offset) = calls_of_others(code, is_offered).first() {
        let message = "this `import(…)` would find nothing when the hook runs";
        let help = "import the file or package by its name, at the top of the file";
        return Err(at(*offset, message, help));
    }
    if let Some((offset, syntax)) = first_uncompiled(code) {
        let message = match syntax {
            Uncompiled::Decorator => "decorators run only if they are compiled",
            Uncompiled::Accessor => "`accessor` runs only if it is compiled",
        };
        let help = "set `\"experimentalDecorators\": true` under `compilerOptions` of `tsconfig.json`, or do without";
        return Err(at(offset, message, help));
    }
    map.complete(files);
    Ok((code.clone(), map.into_json()))
}

/// Imports that are left although the sandbox does not have them.
fn leftovers(entry: &str, chunk: &OutputChunk, built_ins: &BuiltIns) -> Result<(), Problem> {
    for import in &chunk.imports {
        if !matches!(built_ins.asked(import), Asked::Offered(_)) {
            return Err(Problem::of_file(
                entry,
                format!("an import of `{import}` is left, which is not offered"),
                "import another package; docs/scripts.md lists what is offered",
            ));
        }
    }
    Ok(())
}

/// The packages and files that make most of a bundle.
fn largest(chunk: &OutputChunk) -> String {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for (id, module) in chunk.modules.keys.iter().zip(&chunk.modules.values) {
        let id = id.as_str().replace('\\', "/");
        let name = match id.rsplit_once("/node_modules/") {
            Some((_, rest)) => crate::package::name_of_package(rest).to_owned(),
            None => "the hook's own files".to_owned(),
        };
        *sizes.entry(name).or_default() += module.code().map_or(0, |code| code.len());
    }
    let mut sizes: Vec<(String, usize)> = sizes.into_iter().collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let shown: Vec<String> = sizes
        .iter()
        .take(3)
        .map(|(name, size)| format!("{name} ({} KB before minifying)", size / 1024))
        .collect();
    format!("Most of it: {}", shown.join(", "))
}
