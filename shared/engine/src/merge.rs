//! Many responses, one result: pure and deterministic.
//!
//! Responses are applied in the order of the chain (order, then target, then binding id), whatever order they arrived in. A
//! later value wins over an earlier one, and the difference is recorded as a [`Conflict`].

mod patch;
#[cfg(test)]
mod tests;

use hookpoint_stages::Effect;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::patch::{apply_patch, compose_patches};
use crate::effects::Effects;

/// The result of the hooks so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// The effects, merged.
    pub effects: Effects,
    /// Where hooks disagreed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}

/// A value that two hooks set differently; the later one won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Dotted path inside the merged response.
    pub path: String,
    /// The binding whose value won.
    pub winner: String,
}

impl Merged {
    /// Adds the effects of one response. Effects that end the pass are not merged: the caller decides which one ends it.
    pub fn add(&mut self, binding: &str, effects: &Effects) {
        for (effect, value) in effects.iter() {
            match effect {
                Effect::Deny | Effect::ShowError | Effect::Redirect | Effect::ProfilingSteps => {}
                Effect::Context | Effect::Authentication | Effect::Password => {
                    self.add_members(binding, effect, value);
                }
                Effect::Attributes => self.add_patch(binding, value),
                Effect::AdditionalAuthenticators => self.add_items(effect, value),
                Effect::Claims => self.add_claims(binding, value),
                Effect::Scopes => self.add_scopes(binding, value),
                Effect::Session | Effect::EnrollmentPlan | Effect::NextStep | Effect::Skip => {
                    self.replace(binding, effect, value);
                }
            }
        }
    }

    fn conflict(&mut self, binding: &str, path: String) {
        self.conflicts.push(Conflict {
            path,
            winner: binding.to_owned(),
        });
    }

    fn take_object(&mut self, effect: Effect) -> Map<String, Value> {
        match self.effects.remove(effect) {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }

    fn replace(&mut self, binding: &str, effect: Effect, value: &Value) {
        if self
            .effects
            .get(effect)
            .is_some_and(|earlier| earlier != value)
        {
            self.conflict(binding, effect.as_str().to_owned());
        }
        self.effects.set(effect, value.clone());
    }

    fn add_members(&mut self, binding: &str, effect: Effect, value: &Value) {
        let mut merged = self.take_object(effect);
        for (name, value) in value.as_object().into_iter().flatten() {
            let earlier = merged.insert(name.clone(), value.clone());
            if earlier.is_some_and(|earlier| earlier != *value) {
                self.conflict(binding, format!("{effect}.{name}"));
            }
        }
        self.effects.set(effect, Value::Object(merged));
    }

    fn add_patch(&mut self, binding: &str, patch: &Value) {
        let earlier = self.take_object(Effect::Attributes);
        let mut paths = Vec::new();
        let composed = compose_patches(&Value::Object(earlier), patch, "attributes", &mut paths);
        self.effects.set(Effect::Attributes, composed);
        for path in paths {
            self.conflict(binding, path);
        }
    }

    fn add_items(&mut self, effect: Effect, value: &Value) {
        let mut merged = match self.effects.remove(effect) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        union(&mut merged, value);
        self.effects.set(effect, Value::Array(merged));
    }

    /// Setting a claim takes it off the list of removals, and the reverse.
    fn add_claims(&mut self, binding: &str, value: &Value) {
        let mut merged = self.take_object(Effect::Claims);
        let mut set = object_of(&mut merged, "set");
        let mut remove = array_of(&mut merged, "remove");
        for (name, value) in value
            .get("set")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let removed = take(&mut remove, name);
            let earlier = set.insert(name.clone(), value.clone());
            if removed || earlier.is_some_and(|earlier| earlier != *value) {
                self.conflict(binding, format!("claims.set.{name}"));
            }
        }
        for name in words(value, "remove") {
            if set.shift_remove(name).is_some() {
                self.conflict(binding, format!("claims.remove.{name}"));
            }
            add_word(&mut remove, name);
        }
        self.effects.set(
            Effect::Claims,
            two_members("set", Value::Object(set), "remove", Value::Array(remove)),
        );
    }

    fn add_scopes(&mut self, binding: &str, value: &Value) {
        let mut merged = self.take_object(Effect::Scopes);
        let mut add = array_of(&mut merged, "add");
        let mut remove = array_of(&mut merged, "remove");
        for name in words(value, "add") {
            if take(&mut remove, name) {
                self.conflict(binding, format!("scopes.add.{name}"));
            }
            add_word(&mut add, name);
        }
        for name in words(value, "remove") {
            if take(&mut add, name) {
                self.conflict(binding, format!("scopes.remove.{name}"));
            }
            add_word(&mut remove, name);
        }
        self.effects.set(
            Effect::Scopes,
            two_members("add", Value::Array(add), "remove", Value::Array(remove)),
        );
    }
}

fn union(merged: &mut Vec<Value>, items: &Value) {
    for item in items.as_array().into_iter().flatten() {
        if !merged.contains(item) {
            merged.push(item.clone());
        }
    }
}

fn words<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a str> {
    value
        .get(member)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn add_word(list: &mut Vec<Value>, word: &str) {
    if !list.iter().any(|item| item == word) {
        list.push(Value::from(word));
    }
}

/// Takes a word out of a list; true when it was there.
fn take(list: &mut Vec<Value>, word: &str) -> bool {
    let before = list.len();
    list.retain(|item| item != word);
    list.len() < before
}

fn object_of(members: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match members.shift_remove(name) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

fn array_of(members: &mut Map<String, Value>, name: &str) -> Vec<Value> {
    match members.shift_remove(name) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// An object of two members, leaving out an empty one.
fn two_members(first: &str, first_value: Value, second: &str, second_value: Value) -> Value {
    let filled = |value: &Value| match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    let members = [(first, first_value), (second, second_value)];
    Value::Object(
        members
            .into_iter()
            .filter(|(_, value)| filled(value))
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}
