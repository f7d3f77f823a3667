//! Where confidential values occur in events, and which values identify an event.

use hookpoint_stages::{Stage, is_sensitive_name};
use serde_json::{Map, Value};

use super::HiddenFields;
use crate::{application::condition::at_path, confidential::redaction::REDACTED};

/// The member with the answers to a continuation.
const ANSWERS: &str = "continueContext";

/// The confidential places in the events of a stage: its sensitive fields, every member with a sensitive name, and
/// answers to questions for a password.
pub(super) struct Places<'a> {
    pub(super) stage: Stage,
    pub(super) hidden: &'a HiddenFields,
}

impl Places<'_> {
    /// Replaces the values at these places.
    pub(super) fn hide(&self, body: &mut Map<String, Value>) {
        self.visit(body, &mut |value| *value = Value::from(REDACTED));
    }

    /// Calls `call` with each value at these places, except null, true and false, which reveal nothing.
    pub(super) fn visit(&self, body: &mut Map<String, Value>, call: &mut dyn FnMut(&mut Value)) {
        visit_named(body, &is_sensitive_name, call);
        for field in self.stage.fields().filter(|field| field.sensitive) {
            if let Some(value) = at_path_mut(body, field.path) {
                visit(value, call);
            }
        }
        if self.hidden.is_empty() {
            return;
        }
        if let Some(answers) = body.get_mut(ANSWERS) {
            let fields = self.hidden.of_answers(answers);
            let fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
            let values = answers.get_mut("values");
            if let Some(values) = values.filter(|values| !values.is_object()) {
                visit(values, call);
            }
            let is_hidden = |name: &str| fields.iter().any(|field| field == name);
            visit_named_within(answers, &is_hidden, call);
        }
    }
}

fn visit(value: &mut Value, call: &mut dyn FnMut(&mut Value)) {
    if !matches!(value, Value::Null | Value::Bool(_)) {
        call(value);
    }
}

/// Visits members with these names at any depth, but not inside a match.
fn visit_named(
    members: &mut Map<String, Value>,
    is_wanted: &dyn Fn(&str) -> bool,
    call: &mut dyn FnMut(&mut Value),
) {
    for (name, value) in members.iter_mut() {
        if is_wanted(name) {
            visit(value, call);
        } else {
            visit_named_within(value, is_wanted, call);
        }
    }
}

fn visit_named_within(
    value: &mut Value,
    is_wanted: &dyn Fn(&str) -> bool,
    call: &mut dyn FnMut(&mut Value),
) {
    match value {
        Value::Array(items) => {
            for item in items {
                visit_named_within(item, is_wanted, call);
            }
        }
        Value::Object(members) => visit_named(members, is_wanted, call),
        _ => {}
    }
}

/// Replaces every member with a sensitive name within a value.
pub(super) fn hide_named_within(value: &mut Value) {
    visit_named_within(value, &is_sensitive_name, &mut |value| {
        *value = Value::from(REDACTED);
    });
}

/// The values that identify an event or its subject, with their paths.
pub(super) fn identifying(
    stage: Stage,
    body: &Map<String, Value>,
) -> impl Iterator<Item = (&'static str, &Value)> {
    let fields = stage.fields().filter(|field| field.identifying);
    let subjects = stage.definition().subject.iter();
    let paths = fields
        .map(|field| field.path)
        .chain(subjects.flat_map(|path| path.split('+')));
    paths.filter_map(|path| Some((path, at_path(body, path)?)))
}

/// A mutable reference to the value at a dotted path.
pub(super) fn at_path_mut<'a>(
    body: &'a mut Map<String, Value>,
    path: &str,
) -> Option<&'a mut Value> {
    let mut parts = path.split('.');
    let mut found = body.get_mut(parts.next()?)?;
    for part in parts {
        found = found.as_object_mut()?.get_mut(part)?;
    }
    Some(found)
}
