//! The bindings of a manifest.

use hookpoint_stages::{ModeRule, Stage};
use hookpoint_workspace::syntax::{Fields, Node, NodeValue, Place, Problems, Text, fields};
use serde_json::Value;

use super::{Binding, HookDraft, is_always_asynchronous};
use crate::parameter::{Kind, Parameter};

const KEYS: [&str; 8] = [
    "hook",
    "stage",
    "order",
    "failure",
    "mode",
    "timeoutMs",
    "when",
    "onlyIf",
];
const POLICIES: [&str; 2] = ["continue", "deny"];

pub(super) fn read(
    node: &Node,
    hooks: &[HookDraft],
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Vec<Binding> {
    let items = fields::list(node, "`bindings`", problems).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| binding(item, hooks, parameters, problems))
        .collect()
}

fn binding(
    node: &Node,
    hooks: &[HookDraft],
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Option<Binding> {
    let fields = Fields::of(node, "a binding", node.place, &KEYS, problems)?;
    let hook = fields
        .required("hook", "the name of a hook", problems)
        .and_then(|node| fields::text(node, "`hook`", problems))?;
    let draft = hooks.iter().find(|known| known.name.as_str() == hook.value);
    if draft.is_none() {
        let known = hooks.iter().map(|known| known.name.as_str());
        problems.push_unknown(hook.place, "hook", &hook.value, known);
    }
    let stage_text = fields
        .required("stage", "beforeRegistration", problems)
        .and_then(|node| fields::text(node, "`stage`", problems))?;
    let Ok(stage) = stage_text.value.parse::<Stage>() else {
        let known = Stage::ALL.iter().map(|stage| stage.id());
        problems.push_unknown(stage_text.place, "stage", &stage_text.value, known);
        return None;
    };
    let is_asynchronous = mode(&fields, stage, problems);
    let failure = failure(&fields, node.place, is_asynchronous, parameters, problems);
    let draft = draft?;
    if !is_asynchronous {
        check_effects(draft, stage, &stage_text, problems);
    }
    let timeout_ms = fields.whole_number("timeoutMs", problems);
    let most = if is_asynchronous { 10_000 } else { 3_000 };
    if let Some(timeout) = timeout_ms
        && !(1..=most).contains(&timeout.value)
    {
        problems.push(
            timeout.place,
            format!("a run here has from 1 to {most} milliseconds"),
            "choose a number within",
        );
    }
    let when = fields.get("when").filter(|node| !node.is_null());
    let when = when.and_then(|node| {
        if let Value::Object(members) = node.to_json() {
            Some(members)
        } else {
            fields::mapping(node, "`when`", problems);
            None
        }
    });
    Some(Binding {
        hook: draft.name.clone(),
        stage,
        order: fields
            .whole_number("order", problems)
            .map(|order| order.value),
        failure,
        is_asynchronous,
        timeout_ms: timeout_ms.map(|timeout| timeout.value),
        when,
        only_if: only_if(&fields, parameters, problems),
    })
}

fn mode(fields: &Fields<'_>, stage: Stage, problems: &mut Problems<'_>) -> bool {
    let Some(mode) = fields.text("mode", problems) else {
        return is_always_asynchronous(stage);
    };
    let is_wanted = mode.value == "asynchronous";
    if !is_wanted || stage.definition().mode == ModeRule::SynchronousOnly {
        problems.push(
            mode.place,
            format!("`{stage}` has no mode `{}` to choose", mode.value),
            "remove the key; `asynchronous` can be chosen where a stage is synchronous by default",
        );
    }
    is_wanted
}

fn failure(
    fields: &Fields<'_>,
    place: Place,
    is_asynchronous: bool,
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Option<Value> {
    let Some(node) = fields.get("failure").filter(|node| !node.is_null()) else {
        if !is_asynchronous && !fields.is_misspelt("failure") {
            problems.push(
                place,
                "a synchronous binding lacks `failure`",
                "say what a failure does: `continue`, `deny`, `\"{Name}\"` of a parameter with these options, or `{ fallback: { … } }`",
            );
        }
        return None;
    };
    if is_asynchronous {
        problems.push(
            node.place,
            "an asynchronous hook has no failure policy",
            "remove `failure`",
        );
        return None;
    }
    if let NodeValue::Mapping(_) = node.value {
        let fields = Fields::of(node, "`failure`", node.place, &["fallback"], problems)?;
        // Its content is checked when it is part of a workspace.
        fields.required("fallback", "{ … }", problems)?;
        return Some(node.to_json());
    }
    let policy = fields::text(node, "`failure`", problems)?;
    if !is_policy(&policy, parameters) {
        problems.push(
            policy.place,
            format!("`{}` is not a failure policy", policy.value),
            "write `continue`, `deny`, or `\"{Name}\"` of a `choice` with these options",
        );
    }
    Some(policy.value.into())
}

fn is_policy(failure: &Text, parameters: &[Parameter]) -> bool {
    let text = failure.value.as_str();
    let named = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let Some(name) = named else {
        return POLICIES.contains(&text);
    };
    parameters.iter().any(|parameter| {
        parameter.name == name
            && matches!(&parameter.kind, Kind::Choice(options)
                if options.iter().all(|option| POLICIES.contains(&option.as_str())))
    })
}

fn check_effects(hook: &HookDraft, stage: Stage, text: &Text, problems: &mut Problems<'_>) {
    let accepted = stage.effects();
    let mut effects = hook.effects.iter();
    if effects.len() > 0 && !effects.any(|effect| accepted.contains(*effect)) {
        problems.push(
            text.place,
            format!(
                "`{stage}` accepts none of the effects of hook `{}`",
                hook.name
            ),
            "bind it at another stage, or correct the hook's `effects`",
        );
    }
}

/// The parameter and the value that `onlyIf` compares.
pub(super) fn only_if(
    fields: &Fields<'_>,
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Option<(String, String)> {
    let node = fields.get("onlyIf")?;
    let entries = fields::mapping(node, "`onlyIf`", problems)?;
    let [entry] = entries else {
        problems.push(
            node.place,
            "`onlyIf` compares one parameter",
            "write `onlyIf: { Name: value }`",
        );
        return None;
    };
    let value = match &entry.node.value {
        NodeValue::Text(text) => text.clone(),
        NodeValue::Boolean(boolean) => boolean.to_string(),
        _ => fields::text(&entry.node, "the value of `onlyIf`", problems)?.value,
    };
    let parameter = parameters
        .iter()
        .find(|parameter| parameter.name == entry.key.value);
    let can_be = parameter.is_some_and(|parameter| match &parameter.kind {
        Kind::Choice(options) | Kind::Choices(options) => options.contains(&value),
        Kind::Boolean => ["true", "false"].contains(&value.as_str()),
        _ => false,
    });
    if !can_be {
        problems.push(
            entry.key.place,
            format!("no `{}` is ever `{value}`", entry.key.value),
            "name a parameter of the type `choice`, `choices` or `boolean`, and one of its options",
        );
    }
    Some((entry.key.value.clone(), value))
}
