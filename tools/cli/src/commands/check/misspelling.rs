//! Fields of events that were probably meant.

use hookpoint_stages::{Field, Stage};
use hookpoint_workspace::syntax::nearest;
use serde_json::Value;

/// The field that a path probably means: its path differs in one member, and there only a little.
pub(crate) fn misspelt(path: &str, stage: Stage) -> Option<String> {
    let example = stage.example();
    let in_example = |path: &str| {
        let path = if path.is_empty() {
            Vec::new()
        } else {
            path.split('.').collect()
        };
        let mut steps = path.into_iter();
        steps.try_fold(&example, |value, member| value.get(member))
    };
    let is_known = |candidate: &str| {
        let inside = format!("{candidate}.");
        in_example(candidate).is_some()
            || stage
                .fields()
                .any(|field: &Field| field.path == candidate || field.path.starts_with(&inside))
    };
    let parts: Vec<&str> = path.split('.').collect();
    let known = (0..=parts.len())
        .take_while(|count| *count == 0 || is_known(&parts[..*count].join(".")))
        .last()?;
    let wrong = *parts.get(known)?;
    let parent = parts[..known].join(".");
    let members = stage.fields().filter_map(|field| {
        let rest = if parent.is_empty() {
            field.path
        } else {
            field.path.strip_prefix(&parent)?.strip_prefix('.')?
        };
        rest.split('.').next()
    });
    // Some fields are objects whose members only the example names.
    let exemplary = in_example(&parent).and_then(Value::as_object);
    let exemplary = exemplary.into_iter().flat_map(|object| object.keys());
    let members: Vec<&str> = members.chain(exemplary.map(String::as_str)).collect();
    let mut corrected: Vec<&str> = parts[..known].to_vec();
    corrected.push(nearest(wrong, &members)?);
    corrected.extend(&parts[known + 1..]);
    Some(corrected.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_path_is_corrected_and_a_path_of_the_host_is_left_alone() {
        for (path, nearest) in [
            ("context.chanelType", Some("context.channelType")),
            ("contextt.channelType", Some("context.channelType")),
            ("context.channelType", None),
            ("context", None),
            ("context.SomethingOfTheHost", None),
            ("campaign", None),
        ] {
            assert_eq!(
                misspelt(path, Stage::ConversationStart).as_deref(),
                nearest,
                "{path}"
            );
        }
        assert_eq!(
            misspelt("customer.location.contryCode", Stage::BeforeRegistration).as_deref(),
            Some("customer.location.countryCode")
        );
        assert_eq!(
            misspelt("customer.locaton.countryCode", Stage::BeforeRegistration).as_deref(),
            Some("customer.location.countryCode")
        );
    }
}
