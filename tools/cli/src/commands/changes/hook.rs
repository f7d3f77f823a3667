//! The difference between two versions of a hook: its settings, then each of its files.

use std::collections::BTreeMap;

use hookpoint_engine::hook::{BundleFiles, Hook};
use serde_json::Value;

use crate::{commands::hooks::settings, output::unified};

/// A unified diff for each part that differs.
pub(crate) fn difference(before: &Hook, after: &Hook) -> String {
    let (old, new) = (parts(before), parts(after));
    let names = old
        .keys()
        .chain(new.keys().filter(|name| !old.contains_key(*name)));
    let empty = String::new();
    let mut text: String = names
        .map(|name| {
            let label = |hook: &Hook| format!("{} v{} {name}", hook.name, hook.version);
            unified(
                (&label(before), old.get(name).unwrap_or(&empty)),
                (&label(after), new.get(name).unwrap_or(&empty)),
            )
        })
        .collect();
    let source = |hook: &Hook| {
        hook.body
            .implementation
            .as_script()
            .map(|script| script.source.clone())
    };
    if text.is_empty() && source(before) != source(after) {
        // Another version of the bundler, or files that were too large to keep.
        text.push_str(
            "the bundle differs; the sources, packages and settings that are kept do not\n",
        );
    }
    text
}

/// The settings under a name that sorts first, and the text of each file. A lock file is the list of its packages.
fn parts(hook: &Hook) -> BTreeMap<String, String> {
    let mut parts = settings::sources(&hook.body);
    let files = hook.body.bundle_files().map(BundleFiles::texts);
    for (name, text) in files.into_iter().flatten() {
        let text = packages(text).unwrap_or_else(|| text.clone());
        parts.insert(name.clone(), text);
    }
    parts.insert("(settings)".to_owned(), settings::text(&hook.body));
    parts
}

/// The packages of npm's lock file with their versions, a line each.
fn packages(lock: &str) -> Option<String> {
    let lock: Value = serde_json::from_str(lock).ok()?;
    lock.get("lockfileVersion")?;
    let packages = lock.get("packages")?.as_object()?;
    let installed = packages.iter().filter(|(place, _)| !place.is_empty());
    let lines = installed.map(|(place, package)| {
        let name = place.strip_prefix("node_modules/").unwrap_or(place);
        let version = package.get("version").and_then(Value::as_str);
        format!("{name} {}\n", version.unwrap_or_default())
    });
    Some(lines.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lock_file_is_a_line_for_each_package() {
        let lock = json!({ "lockfileVersion": 3, "packages": {
            "": { "dependencies": { "a": "1" } },
            "node_modules/a": { "version": "1.2.3", "integrity": "sha512-x" },
            "node_modules/a/node_modules/@b/c": { "version": "2.0.0" },
        } });
        let text = packages(&lock.to_string()).unwrap();
        assert_eq!(text, "a 1.2.3\na/node_modules/@b/c 2.0.0\n");
        for other in ["{}", "lockfile v1", r#"{ "packages": {} }"#] {
            assert_eq!(packages(other), None);
        }
    }
}
