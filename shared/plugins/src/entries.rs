//! The entries of a plugin in a workspace, and what a newer version changes about them.

use hookpoint_workspace::{Additions, EditError};
use serde_json::{Map, Value};

/// Changes of a newer version that an author has to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEntries {
    /// The entries of the workspace.
    pub present: String,
    /// The entries with the changes. What the author changed otherwise stays.
    pub wanted: String,
}

/// Entries of a plugin that the author changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnEntries {
    /// The entries as they were added.
    pub added: String,
    /// The entries of the workspace.
    pub present: String,
}

/// What an update means for the entries of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryChanges {
    /// `None` if the workspace has every change.
    pub open: Option<OpenEntries>,
    /// `None` if the entries that were added are as they were.
    pub own: Option<OwnEntries>,
    /// What the workspace has of the plugin, for its record: the newer entries without the open changes.
    pub recorded: String,
}

impl EntryChanges {
    /// Compares the entries as they were added, those of the newer version, and the workspace.
    ///
    /// # Errors
    /// A text is not YAML, or not that of a workspace.
    pub fn between(added: &str, newer: &str, workspace: &str) -> Result<Self, EditError> {
        let added = Additions::read(added, "installed.json")?;
        let newer = Additions::read(newer, "plugin.yaml")?;
        let workspace = Additions::read(workspace, "hookpoint.yaml")?;
        let changed_by_author = changed_by_author(&added, &workspace);
        let mut present = Additions::default();
        let mut wanted = Additions::default();
        let mut recorded = Additions::default();

        recorded.secrets.clone_from(&newer.secrets);
        for name in &newer.secrets {
            let is_present = workspace.secrets.contains(name);
            if is_present {
                present.secrets.push(name.clone());
            } else if !added.secrets.contains(name) {
                recorded.secrets.retain(|known| known != name);
            }
            if is_present || !added.secrets.contains(name) {
                wanted.secrets.push(name.clone());
            }
        }

        let merged = merge_members(&added.hooks, &newer.hooks, &workspace.hooks);
        let is_own =
            |name: &String| added.hooks.contains_key(name) || newer.hooks.contains_key(name);
        let own = |hooks: Map<String, Value>| {
            hooks.into_iter().filter(|(name, _)| is_own(name)).collect()
        };
        present.hooks = own(workspace.hooks);
        wanted.hooks = own(merged.wanted);
        recorded.hooks = merged.recorded;

        let mut keys: Vec<Key<'_>> = Vec::new();
        for binding in newer.bindings.iter().chain(&added.bindings) {
            if !keys.contains(&key(binding)) {
                keys.push(key(binding));
            }
        }
        for wanted_key in keys {
            let of = |bindings: &[Value]| -> Vec<Value> {
                let same = bindings.iter().filter(|binding| key(binding) == wanted_key);
                same.cloned().collect()
            };
            let (added, newer) = (of(&added.bindings), of(&newer.bindings));
            let (added, newer) = (added.first(), newer.first());
            let found = of(&workspace.bindings);
            // The author may have copied a binding to other applications.
            let mut all: Vec<Option<&Value>> = found.iter().map(Some).collect();
            if all.is_empty() {
                all.push(None);
            }
            let merged: Vec<Merged<Option<Value>>> = all
                .into_iter()
                .map(|present| merge(added, newer, present))
                .collect();
            let is_open = |merged: &&Merged<Option<Value>>| merged.recorded.as_ref() != newer;
            let first = merged.iter().find(is_open).or(merged.first());
            recorded
                .bindings
                .extend(first.and_then(|merged| merged.recorded.clone()));
            wanted
                .bindings
                .extend(merged.into_iter().filter_map(|merged| merged.wanted));
            present.bindings.extend(found);
        }
        let open = (present != wanted).then(|| OpenEntries {
            present: present.as_text(),
            wanted: wanted.as_text(),
        });
        Ok(Self {
            open,
            own: changed_by_author,
            recorded: recorded.as_text(),
        })
    }
}

/// The entries that were added, beside what the workspace has of them, if that differs.
fn changed_by_author(added: &Additions, workspace: &Additions) -> Option<OwnEntries> {
    let were_added = Additions {
        secrets: added.secrets.clone(),
        hooks: added.hooks.clone(),
        bindings: added.bindings.clone(),
        ..Additions::default()
    };
    let mut present = Additions::default();
    let secrets = added.secrets.iter();
    present.secrets = secrets
        .filter(|name| workspace.secrets.contains(name))
        .cloned()
        .collect();
    let hooks = workspace.hooks.iter();
    present.hooks = hooks
        .filter(|(name, _)| added.hooks.contains_key(*name))
        .map(|(name, hook)| (name.clone(), hook.clone()))
        .collect();
    for binding in &added.bindings {
        let same = workspace.bindings.iter();
        let same = same.filter(|other| key(other) == key(binding));
        present.bindings.extend(same.cloned());
    }
    (present != were_added).then(|| OwnEntries {
        added: were_added.as_text(),
        present: present.as_text(),
    })
}

/// Identifies a binding of a plugin: its hooks have one at each stage.
type Key<'a> = [Option<&'a str>; 2];

fn key(binding: &Value) -> Key<'_> {
    [binding["hook"].as_str(), binding["stage"].as_str()]
}

/// The result of comparing three states of a value.
struct Merged<T> {
    /// The present one with the changes from the added to the newer one.
    wanted: T,
    /// The newer one without the changes that the present one lacks.
    recorded: T,
}

/// A value that the author changed or removed stays theirs; of lists, items that are new or gone count.
fn merge(
    added: Option<&Value>,
    newer: Option<&Value>,
    present: Option<&Value>,
) -> Merged<Option<Value>> {
    match (added, newer, present) {
        (Some(Value::Object(added)), Some(Value::Object(newer)), Some(Value::Object(present))) => {
            let merged = merge_members(added, newer, present);
            Merged {
                wanted: Some(Value::Object(merged.wanted)),
                recorded: Some(Value::Object(merged.recorded)),
            }
        }
        (None | Some(Value::Array(_)), Some(Value::Array(newer)), Some(Value::Array(present))) => {
            let none = Vec::new();
            let added = added.and_then(Value::as_array).unwrap_or(&none);
            let merged = merge_items(added, newer, present);
            Merged {
                wanted: Some(Value::Array(merged.wanted)),
                recorded: Some(Value::Array(merged.recorded)),
            }
        }
        _ if added == present && added != newer => Merged {
            wanted: newer.cloned(),
            recorded: added.cloned(),
        },
        _ => Merged {
            wanted: present.cloned(),
            recorded: newer.cloned(),
        },
    }
}

fn merge_members(
    added: &Map<String, Value>,
    newer: &Map<String, Value>,
    present: &Map<String, Value>,
) -> Merged<Map<String, Value>> {
    let mut merged = Merged {
        wanted: Map::new(),
        recorded: Map::new(),
    };
    let mut names: Vec<&String> = present.keys().collect();
    names.extend(newer.keys().chain(added.keys()));
    for name in names {
        if merged.wanted.contains_key(name) || merged.recorded.contains_key(name) {
            continue;
        }
        let each = merge(added.get(name), newer.get(name), present.get(name));
        merged
            .wanted
            .extend(each.wanted.map(|value| (name.clone(), value)));
        merged
            .recorded
            .extend(each.recorded.map(|value| (name.clone(), value)));
    }
    merged
}

fn merge_items(added: &[Value], newer: &[Value], present: &[Value]) -> Merged<Vec<Value>> {
    let mut wanted = present.to_vec();
    let mut recorded = newer.to_vec();
    for item in added.iter().filter(|item| !newer.contains(item)) {
        if present.contains(item) {
            recorded.push(item.clone());
        }
        wanted.retain(|other| other != item);
    }
    for item in newer.iter().filter(|item| !added.contains(item)) {
        if !present.contains(item) {
            recorded.retain(|other| other != item);
            wanted.push(item.clone());
        }
    }
    Merged { wanted, recorded }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDED: &str = "\
secrets: [Url]
hooks:
  feed:
    script: { file: plugins/feed/hooks/feed.ts, hosts: [a.example], secrets: [Url] }
bindings:
  - { application: shop, stage: afterLogin, hook: feed, timeoutMs: 10000 }
";
    const NEWER: &str = "\
secrets: [Url, Key]
hooks:
  feed:
    script: { file: plugins/feed/hooks/feed.ts, hosts: [a.example, b.example], secrets: [Url, Key] }
bindings:
  - { application: shop, stage: afterLogin, hook: feed, timeoutMs: 9000 }
  - { application: shop, stage: afterLogout, hook: feed }
";

    fn between(newer: &str, workspace: &str) -> EntryChanges {
        EntryChanges::between(ADDED, newer, workspace).unwrap()
    }

    #[test]
    fn what_the_workspace_lacks_stays_open_until_it_is_there() {
        let first = between(NEWER, ADDED);
        let open = first.open.unwrap();
        for part in ["Key", "b.example", "timeoutMs: 9000", "afterLogout"] {
            assert!(open.wanted.contains(part), "{part}: {}", open.wanted);
            assert!(!open.present.contains(part), "{part}: {}", open.present);
        }
        // The record does not claim what is not there.
        let again = EntryChanges::between(&first.recorded, NEWER, ADDED).unwrap();
        assert_eq!(again.open, Some(open.clone()));
        let done = EntryChanges::between(&first.recorded, NEWER, &open.wanted).unwrap();
        assert_eq!(done.open, None);
        let after = EntryChanges::between(&done.recorded, NEWER, &open.wanted).unwrap();
        assert_eq!((after.open, after.recorded), (None, done.recorded));
    }

    #[test]
    fn a_change_that_was_made_by_half_is_open_by_half() {
        let half = ADDED.replace("10000", "9000");
        let first = between(NEWER, &half);
        assert!(first.recorded.contains("9000"), "{}", first.recorded);
        assert!(!first.recorded.contains("b.example"), "{}", first.recorded);
        let newest = NEWER.replace("9000", "8000");
        let later = EntryChanges::between(&first.recorded, &newest, &half).unwrap();
        let open = later.open.unwrap();
        assert!(open.wanted.contains("8000"), "{}", open.wanted);
        assert!(open.wanted.contains("b.example"), "{}", open.wanted);
    }

    #[test]
    fn what_the_author_changed_stays_and_copies_are_followed() {
        let own = "\
secrets: [Other, Url, Key]
hooks:
  other: { static: {} }
  feed: { script: { file: plugins/feed/hooks/feed.ts, hosts: [b.example, a.example, c.example], secrets: [Url, Key] } }
bindings:
  - { application: shop, stage: afterLogin, hook: feed, timeoutMs: 5000, order: 7 }
  - { application: shop, stage: afterLogout, hook: feed }
";
        assert_eq!(between(NEWER, own).open, None);
        let copied = format!(
            "{own}  - {{ application: other, stage: afterLogin, hook: feed, timeoutMs: 10000 }}\n"
        );
        let open = between(NEWER, &copied).open.unwrap();
        assert_eq!(open.wanted, open.present.replace("10000", "9000"));
        // Entries that the author removed do not come back, and those of others are none of the plugin.
        let removed = "version: 1\nhooks:\n  other: { static: {} }\n";
        let removed = between(&ADDED.replace("10000", "9000"), removed);
        assert_eq!(removed.open, None);
    }

    #[test]
    fn what_the_author_changed_is_shown_beside_what_was_added() {
        let as_added = format!("hooks:\n  other: {{ static: {{}} }}\n{ADDED}").replace(
            "hooks:\n  other: { static: {} }\nsecrets: [Url]\nhooks:\n",
            "secrets: [Url]\nhooks:\n  other: { static: {} }\n",
        );
        assert_eq!(between(ADDED, &as_added).own, None);
        let changed = as_added.replace("a.example", "evil.example").replace(
            "  - { application: shop, stage: afterLogin, hook: feed, timeoutMs: 10000 }\n",
            "  []\n",
        );
        let own = between(ADDED, &changed).own.unwrap();
        assert!(own.added.contains("a.example") && own.added.contains("afterLogin"));
        assert!(own.present.contains("evil.example"), "{}", own.present);
        assert!(!own.present.contains("afterLogin"), "{}", own.present);
        assert!(!own.present.contains("other"), "{}", own.present);
    }

    #[test]
    fn what_the_plugin_no_longer_has_is_to_be_removed() {
        let less = NEWER
            .replace("afterLogin", "afterSignIn")
            .replace("a.example, ", "");
        let open = between(&less, ADDED).open.unwrap();
        assert!(open.present.contains("afterLogin") && open.present.contains("a.example"));
        assert!(!open.wanted.contains("afterLogin"), "{}", open.wanted);
        assert!(!open.wanted.contains("a.example"), "{}", open.wanted);
    }
}
