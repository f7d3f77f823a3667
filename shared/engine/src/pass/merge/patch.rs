//! Applies and composes JSON merge patches (RFC 7396).

use serde_json::{Map, Value};

/// Applies a merge patch to a document (RFC 7396, section 2).
pub fn apply_patch(document: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    if let Value::Object(target) = document {
        // Deletes all at once: each single deletion would move all members after it.
        if members.values().any(Value::is_null) {
            target.retain(|name, _| !members.get(name).is_some_and(Value::is_null));
        }
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            apply_patch(target.entry(name.as_str()).or_insert(Value::Null), value);
        }
    }
}

/// A patch that turns `before` into `after`. A `null` within new values is lost: no merge patch can express it.
pub fn difference(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let removed = before.keys().filter(|name| !after.contains_key(*name));
    let removed = removed.map(|name| (name.clone(), Value::Null));
    let changed = after.iter().filter_map(|(name, value)| {
        let patch = match (before.get(name), value) {
            (Some(before), after) if before == after => return None,
            (Some(Value::Object(before)), Value::Object(after)) => {
                Value::Object(difference(before, after))
            }
            _ => value.clone(),
        };
        Some((name.clone(), patch))
    });
    removed.chain(changed).collect()
}

/// Composes `earlier` and `later` into one patch, keeping `null` so that a deletion stays one.
///
/// `apply(compose(p, q), d) = apply(q, apply(p, d))` holds unless `later` sets an object where `earlier` set or deleted
/// something else: no merge patch can say "replace by this object". Then the later object is merged into whatever the
/// document has. Every path on which the two disagree is added to `conflicts`.
pub fn compose_patches(
    earlier: &Value,
    later: &Value,
    path: &str,
    conflicts: &mut Vec<String>,
) -> Value {
    match (earlier, later) {
        (Value::Object(earlier), Value::Object(later)) => {
            let mut composed = earlier.clone();
            for (name, value) in later {
                let path = format!("{path}.{name}");
                let value = match earlier.get(name) {
                    Some(before) => compose_patches(before, value, &path, conflicts),
                    None => value.clone(),
                };
                composed.insert(name.clone(), value);
            }
            Value::Object(composed)
        }
        (earlier, later) => {
            if earlier != later {
                conflicts.push(path.to_owned());
            }
            later.clone()
        }
    }
}
