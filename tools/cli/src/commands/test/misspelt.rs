//! Changes of a case that name fields which the event does not have.

use hookpoint_stages::Stage;
use hookpoint_workspace::Case;
use serde_json::{Map, Value};

use crate::commands::check::misspelt;

/// A warning for each changed path that is nearly one of the stage's fields.
pub(super) fn warnings(case: &Case, stage: Stage) -> Vec<String> {
    let Some(changes) = &case.changes else {
        return Vec::new();
    };
    let mut paths = Vec::new();
    collect("", changes, &mut paths);
    let event = case.event.as_ref();
    // A field of the case's own event is meant as it is.
    paths.retain(|path| !event.is_some_and(|event| has(event, path)));
    let unknown = paths.iter().filter_map(|path| {
        let nearest = misspelt(path, stage)?;
        Some(format!(
            "`changes` sets `{path}`, which events of `{stage}` do not have; did you mean `{nearest}`?"
        ))
    });
    unknown.collect()
}

/// The paths of the values in a merge patch.
fn collect(parent: &str, members: &Map<String, Value>, paths: &mut Vec<String>) {
    for (name, value) in members {
        let path = if parent.is_empty() {
            name.clone()
        } else {
            format!("{parent}.{name}")
        };
        match value {
            Value::Object(inner) if !inner.is_empty() => collect(&path, inner, paths),
            _ => paths.push(path),
        }
    }
}

fn has(event: &Map<String, Value>, path: &str) -> bool {
    let mut parts = path.split('.');
    let first = parts.next().and_then(|name| event.get(name));
    parts.fold(first, |value, name| value?.get(name)).is_some()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn of(text: &str) -> Vec<String> {
        let text = format!("hook: tier\n{text}");
        let case = Case::parse(&text, "a.case.yaml", Path::new("")).unwrap();
        warnings(&case, Stage::BeforeRegistration)
    }

    #[test]
    fn a_change_of_nearly_a_field_is_warned_of_and_others_are_not() {
        let found = of("changes: { custmer: { location: { countryCode: DE } } }");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("did you mean `customer.location.countryCode`?"),
            "{found:?}"
        );
        for known in [
            "changes: { customer: { location: { countryCode: DE } } }",
            "changes: { context: { SomethingOfTheHost: 1 } }",
            "event: { custmer: { tier: 1 } }\nchanges: { custmer: { tier: 2 } }",
            "",
        ] {
            assert_eq!(of(known), [""; 0], "{known}");
        }
    }
}
