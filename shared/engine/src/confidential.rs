//! What an event says in confidence: passwords, and answers to fields that ask for one.
//!
//! The hook that asked sees them. Records, logs, jobs and kept events do not: there the members are replaced by their places, and the values
//! wherever they turn up, because a hook may copy them into its response or its console. A value of fewer than four bytes is replaced by its
//! place only; anything else would blacken half of every text.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    effects::Effects,
    redaction::{REDACTED, Redaction, without_members_within, without_passwords},
    secret::Secret,
};

/// How many values are looked for one by one. Of an event that has more of them, all count as told where one is.
const SEVERAL: usize = 50;
/// Where the answers to a continuation stand.
const ANSWERS: &str = "continueContext";

/// The fields of `profilingSteps` whose answers are confidential, by the ids of the steps. Nothing at all when no step has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HiddenFields(BTreeMap<String, BTreeSet<String>>);

impl HiddenFields {
    /// Those of checked steps.
    pub fn of(steps: &Value) -> Self {
        let steps = steps.as_array().into_iter().flatten();
        let by_step: BTreeMap<_, _> = steps
            .filter_map(|step| {
                let fields = step["fields"].as_array().into_iter().flatten();
                let hidden = fields.filter(|field| {
                    matches!(field["type"].as_str(), Some("password" | "passcode"))
                });
                let ids = hidden.filter_map(|field| Some(field["id"].as_str()?.to_owned()));
                Some((step["id"].as_str()?.to_owned(), ids.collect()))
            })
            .collect();
        if by_step.values().all(BTreeSet::is_empty) {
            Self::default()
        } else {
            Self(by_step)
        }
    }

    /// True when no answer is confidential.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields of the step that is answered; those of all steps when it is not said which one, or one that was not asked.
    fn of_answers(&self, answers: &Value) -> BTreeSet<&str> {
        let step = answers["stepId"].as_str().and_then(|id| self.0.get(id));
        let fields = match step {
            Some(fields) => fields.iter().collect::<Vec<_>>(),
            None => self.0.values().flatten().collect(),
        };
        fields.into_iter().map(String::as_str).collect()
    }
}

/// Values that hooks were told earlier in a pass and that are in its effects now. They travel in sealed tokens only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told(Vec<Secret>);

impl Told {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Secret::expose))
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::<String>::deserialize(deserializer)?;
        Ok(Self(values.into_iter().map(Secret::new).collect()))
    }
}

/// What must not be seen of one event.
pub(crate) struct Confidential<'a> {
    body: &'a Map<String, Value>,
    hidden: HiddenFields,
    told: Told,
    /// Looked for when somebody asks: most events leave nothing behind.
    values: OnceLock<Vec<Secret>>,
}

impl<'a> Confidential<'a> {
    /// Of a body as it was posted, with what the continuation says of its answers.
    pub(crate) fn of(body: &'a Map<String, Value>, hidden: HiddenFields, told: Told) -> Self {
        Self {
            body,
            hidden,
            told,
            values: OnceLock::new(),
        }
    }

    /// Of a body from which everything was taken out already.
    pub(crate) fn nothing(body: &'a Map<String, Value>) -> Self {
        let confidential = Self::of(body, HiddenFields::default(), Told::default());
        confidential.values.get_or_init(Vec::new);
        confidential
    }

    /// The values, those that were told earlier included.
    pub(crate) fn values(&self) -> &[Secret] {
        self.values.get_or_init(|| {
            let mut found = BTreeSet::new();
            collect_named(self.body, &is_password, &mut found);
            if let Some(answers) = self.answers() {
                let fields = self.hidden.of_answers(answers);
                match answers.get("values") {
                    Some(values) if !values.is_object() => collect(values, &mut found),
                    _ => {}
                }
                let is_hidden = |name: &str| fields.contains(name);
                collect_named_within(answers, &is_hidden, &mut found);
            }
            let found = found.into_iter().filter(|value| value != REDACTED);
            self.told
                .0
                .iter()
                .cloned()
                .chain(found.map(Secret::new))
                .collect()
        })
    }

    /// Those of the values that are in the effects so far.
    pub(crate) fn told_in(&self, effects: &Effects) -> Told {
        let (values, effects) = (self.values(), Value::Object(effects.clone().into()));
        let are_in = |values: &[Secret]| {
            let redaction = Redaction::new(values);
            redaction.apply_to(effects.clone()) != effects
        };
        if !are_in(values) {
            return Told::default();
        }
        let is_in =
            |value: &&Secret| values.len() > SEVERAL || are_in(std::slice::from_ref(*value));
        Told(values.iter().filter(is_in).cloned().collect())
    }

    /// Takes them out of a body, this event's as some hook sees it: by their places, and wherever else they are.
    pub(crate) fn hide(&self, body: &mut Map<String, Value>) {
        without_passwords(body);
        if let Some(answers) = body.get_mut(ANSWERS)
            && !self.hidden.is_empty()
        {
            let fields = self.hidden.of_answers(answers);
            let is_hidden = |name: &str| fields.contains(name);
            if let Some(values) = answers
                .get_mut("values")
                .filter(|values| !values.is_object())
            {
                *values = Value::from(REDACTED);
            }
            without_members_within(answers, &is_hidden);
        }
        let values = self.values();
        if !values.is_empty() {
            let redaction = Redaction::new(values);
            *body = redaction.apply_to_values(std::mem::take(body));
        }
    }

    fn answers(&self) -> Option<&'a Value> {
        let answers = self.body.get(ANSWERS)?;
        (!self.hidden.is_empty()).then_some(answers)
    }
}

/// The texts and numbers of members with such names, at any depth.
fn collect_named(
    members: &Map<String, Value>,
    is_wanted: &dyn Fn(&str) -> bool,
    found: &mut BTreeSet<String>,
) {
    for (name, value) in members {
        if is_wanted(name) {
            collect(value, found);
        } else {
            collect_named_within(value, is_wanted, found);
        }
    }
}

fn collect_named_within(
    value: &Value,
    is_wanted: &dyn Fn(&str) -> bool,
    found: &mut BTreeSet<String>,
) {
    match value {
        Value::Object(members) => collect_named(members, is_wanted, found),
        Value::Array(items) => {
            for item in items {
                collect_named_within(item, is_wanted, found);
            }
        }
        _ => {}
    }
}

/// Whether such a member is itself a password: others speak of passwords, such as `passwordPolicy`, and their values are ordinary words.
fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = ["password", "passwort", "passcode", "passphrase", "passwd"];
    ends.iter().any(|end| name.ends_with(end)) || matches!(&*name, "pwd" | "pass")
}

/// Every text and number in a value.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Number(number) => {
            found.insert(number.to_string());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        Value::Null | Value::Bool(_) => {}
    }
}
