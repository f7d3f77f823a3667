//! The syntax of bindings.

use serde_json::Value;

use super::{
    RawResponse, Text, Texts,
    fields::{self, Fields},
};
use crate::{
    document::{Node, NodeValue, Place, Spanned},
    problem::Problems,
};

const KEYS: [&str; 13] = [
    "application",
    "store",
    "stage",
    "hook",
    "version",
    "id",
    "order",
    "mode",
    "failure",
    "timeoutMs",
    "when",
    "variables",
    "secrets",
];

/// Where a key belongs that stands in a hook instead of a binding of it.
pub(super) fn remedy(key: &str) -> Option<String> {
    let is_of_hooks = ["hook", "version", "id", "secrets"].contains(&key);
    (KEYS.contains(&key) && !is_of_hooks)
        .then(|| format!("it belongs to a binding of the hook: `{{ hook: …, {key}: … }}`"))
}

/// One item of `bindings`.
pub(crate) struct RawBinding {
    pub(crate) place: Place,
    pub(crate) application: Option<Text>,
    pub(crate) store: Option<Text>,
    pub(crate) stage: Option<Text>,
    pub(crate) hook: Option<Text>,
    pub(crate) version: Option<Spanned<RawVersion>>,
    pub(crate) id: Option<Text>,
    pub(crate) order: Option<Spanned<u64>>,
    pub(crate) mode: Option<Text>,
    pub(crate) failure: Option<Spanned<RawFailure>>,
    pub(crate) timeout_ms: Option<Spanned<u64>>,
    pub(crate) when: Vec<(Text, Vec<Spanned<Value>>)>,
    pub(crate) variables: Texts,
    pub(crate) secrets: Texts,
}

/// `latest` or a number.
#[derive(Clone, Copy)]
pub(crate) enum RawVersion {
    Latest,
    Number(u64),
}

pub(crate) enum RawFailure {
    Continue,
    Deny,
    Fallback(RawResponse),
}

impl RawBinding {
    pub(super) fn read(node: &Node, problems: &mut Problems<'_>) -> Option<Self> {
        let fields = Fields::of(node, "a binding", node.place, &KEYS, problems)?;
        if fields.is_misspelt("variables") {
            problems.leave_out_unknown("variable");
        }
        fields.required("stage", "…", problems);
        fields.required("hook", "…", problems);
        match (fields.entry("application"), fields.entry("store")) {
            (None, None) if fields.one_is_misspelt(&["application", "store"]) => {}
            (None, None) => problems.push(
                node.place,
                "a binding lacks its target",
                "add `application: …` or `store: …`",
            ),
            (Some(_), Some(store)) => problems.push(
                store.key.place,
                "a binding has both `application` and `store`",
                "keep one of them; write two bindings if you need both",
            ),
            _ => {}
        }
        Some(Self {
            place: node.place,
            application: fields.text("application", problems),
            store: fields.text("store", problems),
            stage: fields.text("stage", problems),
            hook: fields.text("hook", problems),
            version: fields
                .get("version")
                .and_then(|node| version(node, problems)),
            id: fields.text("id", problems),
            order: fields.whole_number("order", problems),
            mode: fields.text("mode", problems),
            failure: fields
                .get("failure")
                .and_then(|node| failure(node, problems)),
            timeout_ms: fields.whole_number("timeoutMs", problems),
            when: fields
                .get("when")
                .map(|node| when(node, problems))
                .unwrap_or_default(),
            variables: fields.texts("variables", problems),
            secrets: fields.texts("secrets", problems),
        })
    }
}

fn version(node: &Node, problems: &mut Problems<'_>) -> Option<Spanned<RawVersion>> {
    let value = match &node.value {
        NodeValue::Text(text) if text == "latest" => Some(RawVersion::Latest),
        NodeValue::Number(number) => number.as_u64().map(RawVersion::Number),
        _ => None,
    };
    if value.is_none() {
        problems.push(
            node.place,
            "`version` must be `latest` or the number of a version",
            "remove the key for the latest version, or write a number such as `3`",
        );
    }
    Some(Spanned {
        value: value?,
        place: node.place,
    })
}

fn failure(node: &Node, problems: &mut Problems<'_>) -> Option<Spanned<RawFailure>> {
    let value = match &node.value {
        NodeValue::Text(text) if text == "continue" => RawFailure::Continue,
        NodeValue::Text(text) if text == "deny" => RawFailure::Deny,
        NodeValue::Text(text) if text == "fallback" => {
            problems.push(
                node.place,
                "`fallback` lacks the response to use",
                "write `failure: { fallback: { … } }`",
            );
            return None;
        }
        NodeValue::Text(text) => {
            let known = ["continue", "deny", "fallback"];
            problems.push_unknown(node.place, "failure policy", text, known);
            return None;
        }
        NodeValue::Mapping(_) => {
            let fields = Fields::of(node, "`failure`", node.place, &["fallback"], problems)?;
            let response = fields.required("fallback", "{ … }", problems)?;
            RawFailure::Fallback(RawResponse::read(response, "`fallback`", problems)?)
        }
        _ => {
            problems.push(
                node.place,
                format!("`failure` must be a policy, not {}", node.description()),
                "write `continue`, `deny` or `{ fallback: { … } }`",
            );
            return None;
        }
    };
    Some(Spanned {
        value,
        place: node.place,
    })
}

/// Paths with their allowed values; a single value needs no list.
fn when(node: &Node, problems: &mut Problems<'_>) -> Vec<(Text, Vec<Spanned<Value>>)> {
    let entries = fields::mapping(node, "`when`", problems).unwrap_or_default();
    entries
        .iter()
        .map(|entry| {
            let items = match &entry.node.value {
                NodeValue::List(items) => items.as_slice(),
                _ => std::slice::from_ref(&entry.node),
            };
            if items.is_empty() {
                problems.push(
                    entry.node.place,
                    format!(
                        "`{}` may have no value: this binding would never run",
                        entry.key.value
                    ),
                    "list the values it may have, or remove the path",
                );
            }
            let values = items.iter().filter_map(|item| scalar(item, problems));
            (entry.key.clone(), values.collect())
        })
        .collect()
}

fn scalar(node: &Node, problems: &mut Problems<'_>) -> Option<Spanned<Value>> {
    if matches!(node.value, NodeValue::List(_) | NodeValue::Mapping(_)) {
        problems.push(
            node.place,
            format!("a condition compares with plain values, not with {}", node.description()),
            "write text, numbers, `true`, `false` or `null`; join the names of nested members with dots",
        );
        return None;
    }
    Some(Spanned {
        value: node.to_json(),
        place: node.place,
    })
}
