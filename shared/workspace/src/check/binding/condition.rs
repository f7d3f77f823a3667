//! Conditions of bindings on events.

use std::collections::HashSet;

use hookpoint_engine::application::condition::Conditions;
use serde_json::Value;

use crate::{document::Spanned, problem::Problems, raw::Text};

pub(super) fn check(
    when: &[(Text, Vec<Spanned<Value>>)],
    problems: &mut Problems<'_>,
) -> Conditions {
    for (path, values) in when {
        check_path(path, problems);
        let mut earlier = HashSet::new();
        for value in values {
            if !earlier.insert(value.value.to_string()) {
                problems.push(
                    value.place,
                    format!("{} appears twice", value.value),
                    "remove one",
                );
            }
        }
    }
    let plain = when.iter().map(|(path, values)| {
        let values = values.iter().map(|value| value.value.clone());
        (path.value.clone(), values.collect())
    });
    Conditions::new(plain.collect())
}

fn check_path(path: &Text, problems: &mut Problems<'_>) {
    if path
        .value
        .split('.')
        .any(|part| part.trim() != part || part.is_empty())
    {
        problems.push(
            path.place,
            format!("`{}` is not a path into an event", path.value),
            "join the names of members with dots: `context.channelType`",
        );
    } else if path.value == "eventType" {
        problems.push(
            path.place,
            "`eventType` is the same for every event of a stage",
            "remove the condition: `stage` chooses the events",
        );
    }
}
