//! Files that the sources of a bundle import for their types only: a bundler leaves such imports out, and reads none of these files.

use std::{collections::BTreeMap, path::Path};

use crate::{
    bundling::is_typescript,
    files::{Files, PACKAGES},
    imports,
};

/// Maximum size of these files together, in bytes.
const ROOM: usize = 256 * 1024;
/// What `hookpoint` writes beside every hook in TypeScript.
const WRITTEN: [&str; 2] = ["hookpoint.d.ts", "hookpoint-node.d.ts"];

/// Their texts by name. What cannot be read is left out: the bundler could do without.
pub(crate) fn of(bundled: &[String], files: &Files<'_>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let is_authored =
        |name: &&String| is_typescript(name) && !name.split('/').any(|part| part == PACKAGES);
    let mut to_read: Vec<String> = bundled.iter().filter(is_authored).cloned().collect();
    let mut room = ROOM;
    let read = |name: &str, limit| files.text_of(&files.folder().join(name), limit).ok();
    while let Some(name) = to_read.pop() {
        let Some(text) = found.get(&name).cloned().or_else(|| read(&name, ROOM)) else {
            continue;
        };
        for specifier in imports::relative(&text) {
            let names = candidates(&name, specifier);
            let is_known = |name: &String| {
                bundled.contains(name)
                    || found.contains_key(name)
                    || WRITTEN.contains(&name.as_str())
            };
            if names.iter().any(is_known) {
                continue;
            }
            let read = names
                .into_iter()
                .find_map(|name| Some((read(&name, room)?, name)));
            if let Some((text, name)) = read {
                room -= text.len();
                found.insert(name.clone(), text);
                to_read.push(name);
            }
        }
    }
    found
}

/// The names of the files that an import in a file may mean to TypeScript, the first that exists; none outside the workspace.
fn candidates(importer: &str, specifier: &str) -> Vec<String> {
    let mut parts: Vec<&str> = importer.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Vec::new();
                }
            }
            part => parts.push(part),
        }
    }
    let name = parts.join("/");
    if is_typescript(&name) {
        return vec![name];
    }
    let ends: &[&str] = match Path::new(&name).extension().and_then(|end| end.to_str()) {
        Some("js") => &[".ts", ".tsx", ".d.ts"],
        Some("mjs") => &[".mts", ".d.mts"],
        Some("cjs") => &[".cts", ".d.cts"],
        _ => &[".ts", ".tsx", ".d.ts", "/index.ts", "/index.d.ts"],
    };
    let stem = ["js", "mjs", "cjs"].iter().find_map(|end| {
        let name = name.strip_suffix(end)?;
        name.strip_suffix('.')
    });
    let stem = stem.unwrap_or(&name);
    ends.iter().map(|end| format!("{stem}{end}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_means_what_typescript_makes_of_it() {
        for (importer, specifier, names) in [
            ("hooks/a.ts", "../lib/b.ts", &["lib/b.ts"][..]),
            ("hooks/a.ts", "./b.d.ts", &["hooks/b.d.ts"]),
            ("a.ts", "./b.js", &["b.ts", "b.tsx", "b.d.ts"]),
            ("a.mts", "./x/../b.mjs", &["b.mts", "b.d.mts"]),
            (
                "a.ts",
                "./v1.2",
                &[
                    "v1.2.ts",
                    "v1.2.tsx",
                    "v1.2.d.ts",
                    "v1.2/index.ts",
                    "v1.2/index.d.ts",
                ],
            ),
            ("hooks/a.ts", "../../b.ts", &[]),
        ] {
            assert_eq!(candidates(importer, specifier), names, "{specifier}");
        }
    }
}
