//! Conditions that no event of their stage meets.

use hookpoint_engine::publish::DesiredBinding;
use hookpoint_stages::{Field, Shape, Stage};
use serde_json::Value;

use super::misspelt;

/// Stages named beside a path that only they have.
const MOST_NAMED: usize = 3;

/// Members whose own members the host names freely.
const VARIABLES: [&str; 2] = ["context", "session"];

/// What is known to be wrong about a binding's conditions, each a predicate with its remedy. A member that the catalogue
/// does not know may come from the host, and is left alone.
pub(super) fn never_met(binding: &DesiredBinding) -> Vec<String> {
    let conditions = binding.when.iter();
    conditions
        .filter_map(|(path, values)| of_path(path, values, binding.stage))
        .collect()
}

fn of_path(path: &str, values: &[Value], stage: Stage) -> Option<String> {
    if let Some(outer) = above(path, stage) {
        return Some(format!(
            "reads `{path}`, but `{}` is {}, which has no members to compare; compare `{}` itself, or let the hook decide",
            outer.path,
            outer.shape.description(),
            outer.path
        ));
    }
    if let Some(field) = field(path, stage) {
        if values.iter().any(|value| field.shape.accepts(value)) {
            return None;
        }
        let remedy = match field.shape {
            Shape::String => "write strings, in quotes where they look like something else",
            Shape::Object | Shape::ObjectOrNull => "name a member of it",
            Shape::Objects | Shape::Strings => "let the hook look into it",
        };
        return Some(format!(
            "compares `{path}` with values that it never has: it is {}; {remedy}",
            field.shape.description()
        ));
    }
    // Scripts have the event under this name.
    if let Some(inner) = path.strip_prefix("event.")
        && depth(path, stage) == 0
    {
        return Some(format!(
            "reads `{path}`, which events do not have: a path begins inside the event; write `{inner}`"
        ));
    }
    if let Some(nearest) = misspelt(path, stage) {
        return Some(format!(
            "reads `{path}`, which events of the stage do not have; did you mean `{nearest}`?"
        ));
    }
    let root = path.split('.').next().unwrap_or_default();
    if VARIABLES.contains(&root) {
        return None;
    }
    let known = depth(path, stage);
    let others: Vec<&str> = Stage::ALL
        .iter()
        .filter(|other| depth(path, **other) > known)
        .map(|other| other.id())
        .collect();
    if others.is_empty() {
        return None;
    }
    let named = others.iter().take(MOST_NAMED);
    let named: Vec<_> = named.map(|id| format!("`{id}`")).collect();
    let more = others.len().saturating_sub(MOST_NAMED);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "reads `{path}`, which events of the stage do not have; those of {}{more} do: bind the hook there, or remove the condition",
        named.join(", ")
    ))
}

fn field(path: &str, stage: Stage) -> Option<&'static Field> {
    stage.fields().find(|field| field.path == path)
}

/// The field that a path leads into, if it has no members.
fn above(path: &str, stage: Stage) -> Option<&'static Field> {
    stage.fields().find(|field| {
        let is_inside = path
            .strip_prefix(field.path)
            .is_some_and(|rest| rest.starts_with('.'));
        is_inside && !matches!(field.shape, Shape::Object | Shape::ObjectOrNull)
    })
}

/// How much of a path is the path of a field, in bytes.
fn depth(path: &str, stage: Stage) -> usize {
    let fields = stage.fields().filter(|field| {
        let rest = path.strip_prefix(field.path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    fields.map(|field| field.path.len()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(path: &str, values: &[Value], stage: Stage) -> String {
        of_path(path, values, stage).unwrap_or_default()
    }

    #[test]
    fn what_events_of_the_stage_never_have_is_found_and_what_a_host_may_add_is_not() {
        let text = [json!("x")];
        for (path, values, stage, part) in [
            (
                "failure.reason",
                &text[..],
                Stage::BeforeRegistration,
                "those of `atFailedAuthentication`, `atFailedIdentification` do",
            ),
            (
                "event.customer.store",
                &text,
                Stage::BeforeRegistration,
                "a path begins inside the event; write `customer.store`",
            ),
            (
                "context.channelType.name",
                &text,
                Stage::ConversationStart,
                "`context.channelType` is a string",
            ),
            (
                "context.channelType",
                &[json!(1), json!(null)],
                Stage::ConversationStart,
                "never has: it is a string",
            ),
            (
                "requestedScopes",
                &text,
                Stage::AfterCustomerIdentification,
                "it is an array of strings",
            ),
            (
                "customer",
                &text,
                Stage::BeforeRegistration,
                "name a member of it",
            ),
            (
                "customer.locaton.country",
                &text,
                Stage::BeforeRegistration,
                "did you mean `customer.location.country`?",
            ),
        ] {
            let found = of(path, values, stage);
            assert!(found.contains(part), "{path}: {found}");
        }
        for (path, values, stage) in [
            (
                "context.channelType",
                &[json!(1), json!("API")][..],
                Stage::ConversationStart,
            ),
            ("context.vip", &[json!(true)], Stage::ConversationStart),
            ("context.userId", &text, Stage::BeforeRegistration),
            ("campaign", &text, Stage::BeforeRegistration),
            ("session.tier", &text, Stage::BeforeRegistration),
            ("continueContext", &[json!(null)], Stage::BeforeRegistration),
            ("customer.tier", &text, Stage::BeforeRegistration),
        ] {
            assert_eq!(of(path, values, stage), "", "{path}");
        }
    }
}
