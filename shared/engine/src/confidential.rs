//! Redaction of events and of the secrets that hooks use, by one rule for logs, records, jobs, kept events and errors.
//!
//! **What is sensitive** comes from the catalogue: its sensitive fields, its list of member names, and answers to
//! questions for a password. The hook that is called sees these values. Everywhere else they are replaced *in place*,
//! whatever they are.
//!
//! A hook may copy such a value into its response, its console or an error. So the values are also searched for
//! *elsewhere*, in texts and numbers, but not in member names or in the values that identify the event. Customers
//! choose their passwords, and that choice must not alter the audit trail: a value that is short, is a word of the
//! contract, or is part of an identifier of the event is hidden in place only. In a hook's output, a value directly
//! after a sensitive name counts as in place. When an event holds too many values to search for in time, the texts of
//! its hooks are hidden completely; what the customer sent is not, or a long field could blank the audit trail: in it, only the shortest
//! values are searched for, and the others are hidden where they stand alone.
//!
//! The operator's secrets are searched for wherever a hook may have put them, including member names.

mod behind_names;
mod carried_values;
mod common_values;
mod hidden_fields;
mod many_values;
mod places;
pub mod redaction;
pub mod secret;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::OnceLock};

use hookpoint_stages::Stage;
use serde_json::{Map, Value};

pub use self::{carried_values::CarriedValues, hidden_fields::HiddenFields};
use self::{
    common_values::{ContractWords, is_distinctive},
    many_values::ManyValues,
    places::{Places, at_path_mut, hide_named_within, identifying},
};
use crate::{
    confidential::{
        redaction::{REDACTED, Redaction, for_each_text, with_parts},
        secret::Secret,
    },
    hook::effects::Effects,
    ports::SecretValues,
};

/// Maximum total size of the values to search for, in bytes.
const LIMIT: usize = 16 * 1024;

/// What to redact for one event.
pub(crate) struct Confidential<'a> {
    stage: Stage,
    body: &'a Map<String, Value>,
    hidden: HiddenFields,
    carried: CarriedValues,
    /// The operator's secrets.
    secrets: Vec<Secret>,
    // Computed when first needed: most events leave no text to redact.
    values: OnceLock<Option<Vec<Secret>>>,
    of_values: OnceLock<Redaction>,
    of_secrets: OnceLock<Redaction>,
    of_all: OnceLock<Redaction>,
    words: OnceLock<ContractWords>,
    many: OnceLock<Option<ManyValues>>,
}

impl<'a> Confidential<'a> {
    /// For a body as it was posted, with what its continuation adds.
    pub(crate) fn of(
        stage: Stage,
        body: &'a Map<String, Value>,
        hidden: HiddenFields,
        carried: CarriedValues,
    ) -> Self {
        Self {
            stage,
            body,
            hidden,
            carried,
            secrets: Vec::new(),
            values: OnceLock::new(),
            of_values: OnceLock::new(),
            of_secrets: OnceLock::new(),
            of_all: OnceLock::new(),
            words: OnceLock::new(),
            many: OnceLock::new(),
        }
    }

    /// For a body that is already redacted, from a delivery or a kept event.
    pub(crate) fn nothing(stage: Stage, body: &'a Map<String, Value>) -> Self {
        let confidential = Self::of(
            stage,
            body,
            HiddenFields::default(),
            CarriedValues::default(),
        );
        confidential.values.get_or_init(|| Some(Vec::new()));
        confidential
    }

    /// Adds the secrets that hooks can use.
    pub(crate) fn with_secrets(self, secrets: &SecretValues) -> Self {
        let secrets = secrets.values().flatten().flat_map(with_parts).collect();
        Self { secrets, ..self }
    }

    /// Redacts secrets and event values in a text: a log line, a message, a path.
    pub(crate) fn redact(&self, text: String) -> String {
        self.redaction().apply(text)
    }

    /// Redacts a hook's console output or failure, including short values after a sensitive name.
    pub(crate) fn redact_output(&self, text: String) -> String {
        hide_named_values(self.redact(text))
    }

    /// Redacts the event body, as some hook sees it, for a record.
    pub(crate) fn kept_event(&self, mut body: Map<String, Value>) -> Map<String, Value> {
        self.hide_places(&mut body);
        let texts = self
            .many()
            .map_or(self.redaction(), |many| &many.with_secrets);
        self.hide_values(body, texts, self.secrets())
    }

    /// Redacts the event body for the queue. Secrets in effects were already replaced; any other match came with the
    /// event.
    pub(crate) fn queued_event(&self, mut body: Map<String, Value>) -> Map<String, Value> {
        self.hide_places(&mut body);
        let none = Redaction::new([]);
        let texts = self.many().map_or(self.of_values(), |many| &many.shortest);
        self.hide_values(body, texts, &none)
    }

    /// Redacts effects for the queue or a record. Effect names stay, although one is called `password`; that effect
    /// holds no password.
    pub(crate) fn shown_effects(&self, effects: Map<String, Value>) -> Map<String, Value> {
        let hiding = self.hiding(self.redaction(), self.secrets());
        let hide = |(name, mut value): (String, Value)| {
            hide_named_within(&mut value);
            (name, hiding.value(value))
        };
        effects.into_iter().map(hide).collect()
    }

    /// Redacts the body of a request that a hook made, or of the response to it.
    pub(crate) fn shown_body(&self, mut body: Value) -> Value {
        hide_named_within(&mut body);
        self.hiding(self.redaction(), self.secrets()).value(body)
    }

    /// The confidential values that occur in the effects so far.
    pub(crate) fn carried_in(&self, effects: &Effects) -> CarriedValues {
        if effects.is_empty() {
            return CarriedValues::default();
        }
        let values = effects.iter().map(|(_, value)| value);
        match self.of_values().among(values) {
            Some(values) => CarriedValues::Values(values),
            None => CarriedValues::Anything,
        }
    }

    fn hide_places(&self, body: &mut Map<String, Value>) {
        self.places().hide(body);
    }

    fn places(&self) -> Places<'_> {
        Places {
            stage: self.stage,
            hidden: &self.hidden,
        }
    }

    /// Replaces values everywhere else, except in the type and the identifiers of the event.
    fn hide_values(
        &self,
        body: Map<String, Value>,
        texts: &Redaction,
        names: &Redaction,
    ) -> Map<String, Value> {
        if texts.is_empty() && self.many().is_none() {
            return body;
        }
        let identifying: Vec<_> = identifying(self.stage, &body)
            .map(|(path, value)| (path, value.clone()))
            .collect();
        let hiding = Hiding {
            alone: self.many().map(|many| &many.all),
            ..self.hiding(texts, names)
        };
        let hide = |(name, value): (String, Value)| match name.as_str() {
            "eventType" => (name, value),
            _ => (name, hiding.value(value)),
        };
        let mut shown: Map<_, _> = body.into_iter().map(hide).collect();
        let hiding = self.hiding(names, names);
        for (path, value) in identifying {
            if let Some(place) = at_path_mut(&mut shown, path) {
                *place = hiding.value(value);
            }
        }
        shown
    }

    fn hiding<'b>(&'b self, texts: &'b Redaction, names: &'b Redaction) -> Hiding<'b> {
        let words = || self.words.get_or_init(|| ContractWords::of(self.stage));
        Hiding {
            texts,
            alone: None,
            names: (!names.is_empty()).then(|| (names, words())),
        }
    }

    fn secrets(&self) -> &Redaction {
        self.of_secrets
            .get_or_init(|| Redaction::new(&self.secrets))
    }

    fn of_values(&self) -> &Redaction {
        self.of_values.get_or_init(|| match self.values() {
            Some(values) => Redaction::new(values),
            None => Redaction::everything(),
        })
    }

    /// Replaces secrets and event values in texts.
    pub(crate) fn redaction(&self) -> &Redaction {
        match self.values() {
            Some([]) => self.secrets(),
            Some(values) if !self.secrets.is_empty() => self
                .of_all
                .get_or_init(|| Redaction::new(self.secrets.iter().chain(values))),
            _ => self.of_values(),
        }
    }

    /// The values to search for outside their places; `None` when there are too many.
    fn values(&self) -> Option<&[Secret]> {
        let values = self.values.get_or_init(|| {
            let found = self.found()?;
            if found.is_empty() {
                return Some(Vec::new());
            }
            if found.iter().map(String::len).sum::<usize>() > LIMIT {
                return None;
            }
            self.without_identifying(found.into_iter().map(Secret::new).collect())
        });
        values.as_deref()
    }

    /// Every value that is worth a search; `None` if a continuation carries more than are known.
    fn found(&self) -> Option<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        let mut add = |text: &str| {
            if text != REDACTED && is_distinctive(text) {
                found.insert(text.to_owned());
            }
        };
        match &self.carried {
            CarriedValues::Values(values) => {
                for value in values {
                    add(value.expose());
                }
            }
            CarriedValues::Anything => return None,
        }
        let mut body = self.body.clone();
        self.places()
            .visit(&mut body, &mut |value| for_each_text(value, &mut add));
        if !found.is_empty() {
            let words = self.words.get_or_init(|| ContractWords::of(self.stage));
            found.retain(|value| !words.has(value));
        }
        Some(found)
    }

    /// What is searched for in the event itself if it holds more than can be; `None` if it does not.
    fn many(&self) -> Option<&ManyValues> {
        if self.values().is_some() {
            return None;
        }
        let many = self.many.get_or_init(|| {
            let found = self.found()?;
            let shortest = many_values::shortest(&found, LIMIT);
            let shortest = self.without_identifying(shortest)?;
            Some(ManyValues::new(found, &shortest, &self.secrets))
        });
        many.as_ref()
    }

    /// Drops values that occur in the identifiers of the event.
    fn without_identifying(&self, mut values: Vec<Secret>) -> Option<Vec<Secret>> {
        let mut body = self.body.clone();
        // A password within an account is not an identifier.
        self.hide_places(&mut body);
        let mut common = Vec::new();
        let redaction = Redaction::new(&values);
        for (_, value) in identifying(self.stage, &body) {
            common.extend(redaction.among([value])?);
        }
        values.retain(|value| !common.contains(value));
        Some(values)
    }
}

/// Replaces the values after sensitive names in a text, as in everything that a hook prints: `pin: '1234'`.
pub fn hide_named_values(text: String) -> String {
    behind_names::hide(text)
}

/// Replaces the values at the sensitive places of an event, as the catalogue defines them.
pub(crate) fn hide_sensitive(stage: Stage, body: &mut Map<String, Value>) {
    let hidden = &HiddenFields::default();
    Places { stage, hidden }.hide(body);
}

/// Replaces values in JSON.
struct Hiding<'a> {
    texts: &'a Redaction,
    /// Values that are replaced where a text or number is nothing else.
    alone: Option<&'a BTreeSet<String>>,
    /// Applies to member names, except those of the contract.
    names: Option<(&'a Redaction, &'a ContractWords)>,
}

impl Hiding<'_> {
    fn value(&self, value: Value) -> Value {
        if self.texts.is_empty() && self.alone.is_none() {
            return value;
        }
        match value {
            Value::String(text) if self.is_alone(&text) => Value::from(REDACTED),
            Value::String(text) => Value::String(self.texts.apply(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => Value::Object(self.members(members)),
            Value::Number(number) => {
                // A script may have parsed a value's digits as a number.
                let digits = number.to_string();
                if self.is_alone(&digits) || self.texts.apply(digits) == REDACTED {
                    Value::from(REDACTED)
                } else {
                    Value::Number(number)
                }
            }
            scalar => scalar,
        }
    }

    fn is_alone(&self, text: &str) -> bool {
        self.alone.is_some_and(|alone| alone.contains(text))
    }

    fn members(&self, members: Map<String, Value>) -> Map<String, Value> {
        let Some((names, words)) = self.names else {
            let hide = |(name, value)| (name, self.value(value));
            return members.into_iter().map(hide).collect();
        };
        let mut shown = Map::new();
        let mut repeated = 1;
        for (name, value) in members {
            let name = if words.has(&name) {
                name
            } else {
                names.apply(name)
            };
            let mut free = name.clone();
            // Redaction may make two names equal; keep both values.
            while shown.contains_key(&free) {
                repeated += 1;
                free = format!("{name} {repeated}");
            }
            shown.insert(free, self.value(value));
        }
        shown
    }
}
