//! What a publication changes, old beside new, for people and as JSON.

mod hook;

use hookpoint_engine::{
    application::binding::Binding,
    hook::HookReference,
    publish::{DesiredApplication, Difference, Transition},
};
use hookpoint_operator::{HookChange, Plan, application_settings};
use serde_json::{Map, Value, json};

use super::hooks::settings::binding_settings;
use crate::output::{self, BAD, BOLD, GOOD, WARNING, paint, prose};

/// Longest value that is shown in a line.
const SHOWN: usize = 160;

/// Every change of a plan, with the differences of hooks.
pub(crate) fn render(plan: &Plan) -> Vec<String> {
    let hooks = plan.hooks().map(|change| render_hook(&change));
    hooks.chain(render_rest(&plan.difference)).collect()
}

/// The changes that a record has: which versions were new, but not their text.
pub(crate) fn render_difference(difference: &Difference) -> Vec<String> {
    let hooks = difference
        .hooks
        .iter()
        .map(|hook| format!("{} hook {} v{}", paint(GOOD, "+"), hook.name, hook.version));
    hooks.chain(render_rest(difference)).collect()
}

fn render_rest(difference: &Difference) -> impl Iterator<Item = String> + use<'_> {
    let applications = difference.applications.iter().map(|transition| {
        let either = transition.after.as_ref().or(transition.before.as_ref());
        let id = either.map(|settings| settings.id.to_string());
        let title = format!("application {}", id.unwrap_or_default());
        render_transition(
            &title,
            transition.before.as_ref().map(application_settings),
            transition.after.as_ref().map(application_settings),
        )
    });
    let bindings = difference.bindings.iter().map(move |transition| {
        let either = transition.after.as_ref().or(transition.before.as_ref());
        let text = render_transition(
            &either.map(binding_title).unwrap_or_default(),
            transition.before.as_ref().map(binding_settings),
            transition.after.as_ref().map(binding_settings),
        );
        match moved(transition, difference) {
            Some((before, after)) => {
                let (name, old, new) = (&after.name, before.version, after.version);
                text + &prose(&format!(
                    "\n    `hookpoint hooks diff {name} {old} {new}` shows the difference"
                ))
            }
            None => text,
        }
    });
    let keys = difference
        .keys
        .iter()
        .map(|(target, key)| format!("{} ingest key {key} of {target}", paint(BAD, "-")));
    applications.chain(bindings).chain(keys)
}

/// The versions between which a binding moves, if both were there before: the text of a new one is shown already.
fn moved<'a>(
    transition: &'a Transition<Binding>,
    difference: &Difference,
) -> Option<(&'a HookReference, &'a HookReference)> {
    let (before, after) = (transition.before.as_ref()?, transition.after.as_ref()?);
    let (before, after) = (&before.hook, &after.hook);
    let is_move = before.name == after.name && before.version != after.version;
    let mut new = difference.hooks.iter();
    let is_new = new.any(|hook| hook.name == after.name && hook.version == after.version);
    (is_move && !is_new).then_some((before, after))
}

fn binding_title(binding: &Binding) -> String {
    format!(
        "binding {} {} {} (hook {} v{})",
        binding.target, binding.stage, binding.id, binding.hook.name, binding.hook.version
    )
}

/// A line, and for a change one for each member that differs.
fn render_transition(
    title: &str,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
) -> String {
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (None, _) => return prose(&format!("{} {title}", paint(GOOD, "+"))),
        (_, None) => return prose(&format!("{} {title}", paint(BAD, "-"))),
    };
    let names = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)));
    let lines = names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            let (old, new) = (shown(before.get(name)), shown(after.get(name)));
            format!("\n    {name}: {} → {}", paint(BAD, &old), paint(GOOD, &new))
        });
    prose(&format!(
        "{} {title}{}",
        paint(WARNING, "~"),
        lines.collect::<String>()
    ))
}

fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let text = output::printable(&text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn render_hook(change: &HookChange<'_>) -> String {
    let after = change.after;
    let title = format!(
        "{} hook {} v{}",
        paint(GOOD, "+"),
        after.name,
        after.version
    );
    let Some(before) = change.before else {
        return title;
    };
    let mut text = format!("{title} (v{} before)", before.version);
    for line in hook::difference(before, after).lines() {
        text.push('\n');
        text.push_str(&painted(line));
    }
    text
}

/// The unified difference of two versions of a hook.
pub(crate) use self::hook::difference as hook_difference;

/// A line of a unified diff in its colour.
pub(crate) fn painted(line: &str) -> String {
    let line = output::printable(line);
    let style = match line.as_bytes() {
        [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => BOLD,
        [b'+', ..] => GOOD,
        [b'-', ..] => BAD,
        [b'@', ..] => output::DIM,
        _ => return line,
    };
    paint(style, &line)
}

fn change(is_before: bool, is_after: bool) -> &'static str {
    match (is_before, is_after) {
        (true, true) => "changed",
        (false, _) => "added",
        (_, false) => "removed",
    }
}

/// The members `hooks`, `applications`, `bindings` of a plan.
pub(crate) fn to_json(plan: &Plan) -> Value {
    let hooks = plan.hooks().map(|change| {
        json!({
            "name": change.after.name,
            "version": change.after.version,
            "before": change.before.map(|before| before.version),
            "difference": change.before.map(|before| hook::difference(before, change.after)),
        })
    });
    let mut value = difference_to_json(&plan.difference);
    value["hooks"] = hooks.collect();
    value
}

/// The members `hooks`, `applications`, `bindings` of a record.
pub(crate) fn difference_to_json(difference: &Difference) -> Value {
    let hooks = difference
        .hooks
        .iter()
        .map(|hook| json!({ "name": hook.name, "version": hook.version }));
    let applications = difference.applications.iter().map(application_to_json);
    let bindings = difference.bindings.iter().map(binding_to_json);
    let keys = difference
        .keys
        .iter()
        .map(|(target, key)| json!({ "target": target.to_string(), "id": key }));
    json!({
        "hooks": hooks.collect::<Value>(),
        "applications": applications.collect::<Value>(),
        "bindings": bindings.collect::<Value>(),
        "keys": keys.collect::<Value>(),
    })
}

fn application_to_json(transition: &Transition<DesiredApplication>) -> Value {
    let Transition { before, after } = transition;
    json!({
        "change": change(before.is_some(), after.is_some()),
        "id": after.as_ref().or(before.as_ref()).map(|settings| &settings.id),
        "before": before.as_ref().map(application_settings),
        "after": after.as_ref().map(application_settings),
    })
}

fn binding_to_json(transition: &Transition<Binding>) -> Value {
    let Transition { before, after } = transition;
    let either = after.as_ref().or(before.as_ref());
    json!({
        "change": change(before.is_some(), after.is_some()),
        "target": either.map(|binding| binding.target.to_string()),
        "stage": either.map(|binding| binding.stage.id()),
        "id": either.map(|binding| &binding.id),
        "hook": either.map(|binding| &binding.hook.name),
        "version": either.map(|binding| binding.hook.version),
        "before": before.as_ref().map(binding_settings),
        "after": after.as_ref().map(binding_settings),
    })
}
