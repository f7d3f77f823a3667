//! Merges many responses into one result: pure and deterministic.
//!
//! Responses are applied in the order of the chain (order, then target, then binding id), regardless of when they
//! arrived. A later value overrides an earlier one, and the difference is recorded as a [`Conflict`].

mod patch;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use hookpoint_stages::Effect;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::patch::{apply_patch, compose_patches, difference};
use crate::{confidential::redaction::beginning, hook::effects::Effects};

/// Maximum number of recorded conflicts, and maximum length of a conflict's path, in characters.
const CONFLICTS_LIMIT: usize = 20;
const PATH_LIMIT: usize = 128;

/// The merged result of the hooks so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// The merged effects.
    pub effects: Effects,
    /// Values on which hooks disagreed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// The binding that suspended the pass. When it is resumed, its effects replace its earlier ones without a
    /// conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_by: Option<String>,
}

/// A value that two hooks set differently; the later hook's is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// Dotted path inside the merged response.
    pub path: String,
    /// The binding whose value is used.
    pub winner: String,
}

impl Merged {
    /// Merges the effects of one response, except those that end the pass: the caller selects the one that does.
    pub fn add(&mut self, binding: &str, effects: &Effects) {
        for (effect, value) in effects.iter() {
            match effect {
                Effect::Deny | Effect::ShowError | Effect::Redirect | Effect::ProfilingSteps => {}
                Effect::Password => self.add_verdict(binding, value),
                Effect::Context | Effect::Authentication => {
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

    /// Records a conflict unless the limit is reached: paths come from hooks, and there may be thousands.
    fn conflict(&mut self, binding: &str, path: &str) {
        let is_own = self.suspended_by.as_deref() == Some(binding);
        if !is_own && self.conflicts.len() < CONFLICTS_LIMIT {
            let path = beginning(path, PATH_LIMIT);
            let winner = binding.to_owned();
            self.conflicts.push(Conflict { path, winner });
        }
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
            self.conflict(binding, effect.as_str());
        }
        self.effects.set(effect, value.clone());
    }

    fn add_members(&mut self, binding: &str, effect: Effect, value: &Value) {
        let mut merged = self.take_object(effect);
        for (name, value) in value.as_object().into_iter().flatten() {
            let earlier = merged.insert(name.clone(), value.clone());
            if earlier.is_some_and(|earlier| earlier != *value) {
                self.conflict(binding, &format!("{effect}.{name}"));
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
            self.conflict(binding, &path);
        }
    }

    fn add_items(&mut self, effect: Effect, value: &Value) {
        let mut merged = match self.effects.remove(effect) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let mut seen: HashSet<String> = merged.iter().map(ToString::to_string).collect();
        let new = value.as_array().into_iter().flatten();
        merged.extend(new.filter(|item| seen.insert(item.to_string())).cloned());
        self.effects.set(effect, Value::Array(merged));
    }

    /// Setting a claim removes it from the list of removals, and the reverse.
    fn add_claims(&mut self, binding: &str, value: &Value) {
        let mut merged = self.take_object(Effect::Claims);
        let mut set = object_of(&mut merged, "set");
        let mut remove = Words::take_from(&mut merged, "remove");
        for (name, value) in value
            .get("set")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let removed = remove.take(name);
            let earlier = set.insert(name.clone(), value.clone());
            if removed || earlier.is_some_and(|earlier| earlier != *value) {
                self.conflict(binding, &format!("claims.set.{name}"));
            }
        }
        let removed: HashSet<&str> = words(value, "remove").collect();
        set.retain(|name, _| {
            let kept = !removed.contains(name.as_str());
            if !kept {
                self.conflict(binding, &format!("claims.remove.{name}"));
            }
            kept
        });
        words(value, "remove").for_each(|name| remove.add(name));
        self.effects.set(
            Effect::Claims,
            two_members("set", Value::Object(set), "remove", remove.into_value()),
        );
    }

    fn add_scopes(&mut self, binding: &str, value: &Value) {
        let mut merged = self.take_object(Effect::Scopes);
        let mut add = Words::take_from(&mut merged, "add");
        let mut remove = Words::take_from(&mut merged, "remove");
        for name in words(value, "add") {
            if remove.take(name) {
                self.conflict(binding, &format!("scopes.add.{name}"));
            }
            add.add(name);
        }
        for name in words(value, "remove") {
            if add.take(name) {
                self.conflict(binding, &format!("scopes.remove.{name}"));
            }
            remove.add(name);
        }
        self.effects.set(
            Effect::Scopes,
            two_members("add", add.into_value(), "remove", remove.into_value()),
        );
    }

    /// A rejection stands: no later hook can accept a password that an earlier one rejected. A verdict is never merged
    /// with another.
    fn add_verdict(&mut self, binding: &str, value: &Value) {
        let refuses = |verdict: &Value| verdict["valid"] == false;
        match self.effects.get(Effect::Password) {
            Some(earlier) if earlier == value => {}
            Some(earlier) if refuses(earlier) && !refuses(value) => {
                self.conflict("the earlier refusal", "password");
            }
            Some(_) => {
                self.conflict(binding, "password");
                self.effects.set(Effect::Password, value.clone());
            }
            None => self.effects.set(Effect::Password, value.clone()),
        }
    }
}

/// A list of unique words in order of insertion.
#[derive(Default)]
struct Words {
    order: Vec<String>,
    present: HashSet<String>,
}

impl Words {
    fn take_from(members: &mut Map<String, Value>, name: &str) -> Self {
        let mut words = Self::default();
        if let Some(Value::Array(items)) = members.shift_remove(name) {
            items
                .iter()
                .filter_map(Value::as_str)
                .for_each(|word| words.add(word));
        }
        words
    }

    fn add(&mut self, word: &str) {
        if self.present.insert(word.to_owned()) {
            self.order.push(word.to_owned());
        }
    }

    /// Removes a word; returns whether it was present.
    fn take(&mut self, word: &str) -> bool {
        self.present.remove(word)
    }

    fn into_value(mut self) -> Value {
        // A word that was removed and added again is in the order twice; the later position counts.
        let mut words: Vec<Value> = self
            .order
            .into_iter()
            .rev()
            .filter(|word| self.present.remove(word))
            .map(Value::from)
            .collect();
        words.reverse();
        Value::Array(words)
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

fn object_of(members: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    match members.shift_remove(name) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    }
}

/// An object of two members, omitting empty ones.
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
