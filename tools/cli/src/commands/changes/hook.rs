//! The difference between two versions of a hook: its settings, then each of its files.

use std::collections::BTreeMap;

use hookpoint_engine::hook::Hook;

use crate::{commands::hooks::settings, output::unified};

/// A unified diff for each part that differs.
pub(crate) fn difference(before: &Hook, after: &Hook) -> String {
    let (old, new) = (parts(before), parts(after));
    let names = old
        .keys()
        .chain(new.keys().filter(|name| !old.contains_key(*name)));
    let empty = String::new();
    names
        .map(|name| {
            let label = |hook: &Hook| format!("{} v{} {name}", hook.name, hook.version);
            unified(
                (&label(before), old.get(name).unwrap_or(&empty)),
                (&label(after), new.get(name).unwrap_or(&empty)),
            )
        })
        .collect()
}

/// The settings under the empty name, which sorts first, and the text of each file.
fn parts(hook: &Hook) -> BTreeMap<String, String> {
    let mut parts = settings::sources(&hook.body);
    parts.insert("(settings)".to_owned(), settings::text(&hook.body));
    parts
}
