//! Replaces confidential values in texts.
//!
//! The texts have been through formatters: logged objects quote strings as JSON, thrown strings are quoted as in Rust,
//! control characters are replaced, URLs are normalised, and long texts are cut. So each value is searched for in all
//! of these spellings, and its beginning where a text was cut. All spellings of all values form one automaton, which
//! reads a text once: time is linear in the text.
//!
//! [`crate::confidential`] decides which values of an event are searched for, and where.

mod escapes;
mod parts;
mod search;
mod spellings;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::OnceLock};

use serde_json::Value;

use self::search::{Found, Search};
use crate::confidential::secret::Secret;

/// Marks the end of a text that was cut.
pub const CUT: char = '…';

/// Replaces a confidential value.
pub const REDACTED: &str = "[redacted]";

/// Minimum length of a value to search for, in bytes: shorter ones would blacken half of every line and protect
/// nothing.
const SHORTEST: usize = 4;

/// Replaces values in texts.
pub struct Redaction(Scope);

enum Scope {
    /// The values to replace. The automaton is built on first use: most runs have no text.
    Values(Vec<Secret>, OnceLock<Option<Box<Compiled>>>),
    /// Replaces whole texts.
    Everything,
}

struct Compiled {
    search: Search,
    /// The index of the value that each pattern spells.
    owners: Vec<usize>,
}

impl Redaction {
    /// Searches for `secrets`, except those of fewer than four bytes.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let long = |secret: &&Secret| secret.expose().len() >= SHORTEST;
        let values = secrets.into_iter().filter(long).cloned().collect();
        Self(Scope::Values(values, OnceLock::new()))
    }

    /// Like [`new`](Self::new), for secrets of the operator: parts of a secret URL are searched for by themselves.
    pub fn of_secrets<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let secrets: Vec<_> = secrets.into_iter().flat_map(with_parts).collect();
        Self::new(&secrets)
    }

    /// Replaces every text completely.
    pub(crate) fn everything() -> Self {
        Self(Scope::Everything)
    }

    /// True when there is nothing to replace.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Scope::Values(values, _) if values.is_empty())
    }

    /// Replaces the values in a text, and the beginning of a value where the text was cut.
    pub fn apply(&self, text: String) -> String {
        if text.is_empty() || self.is_empty() {
            return text;
        }
        let Some(Compiled { search, .. }) = self.compiled() else {
            return REDACTED.to_owned();
        };
        let mut redacted = String::new();
        // The end of what has been copied or left out.
        let mut done = 0;
        for place in search.places(&text) {
            redacted.push_str(&text[done..place.start]);
            redacted.push_str(REDACTED);
            done = place.end;
        }
        if done == 0 {
            return text;
        }
        redacted.push_str(&text[done..]);
        redacted
    }

    /// The values that occur in the texts and numbers of `places`, in order; `None` when any may occur.
    pub(crate) fn among<'a>(
        &self,
        places: impl IntoIterator<Item = &'a Value>,
    ) -> Option<Vec<Secret>> {
        let Scope::Values(values, _) = &self.0 else {
            return None;
        };
        if values.is_empty() {
            return Some(Vec::new());
        }
        let Compiled { search, owners } = self.compiled()?;
        let mut found = Found::default();
        for place in places {
            for_each_text(place, &mut |text| search.mark(text, &mut found));
        }
        let owners: BTreeSet<_> = found.patterns().map(|pattern| owners[pattern]).collect();
        Some(
            owners
                .into_iter()
                .map(|owner| values[owner].clone())
                .collect(),
        )
    }

    /// Returns `None` when texts are replaced completely.
    fn compiled(&self) -> Option<&Compiled> {
        let Scope::Values(values, compiled) = &self.0 else {
            return None;
        };
        compiled.get_or_init(|| compile(values)).as_deref()
    }
}

/// A secret of the operator, and its parts if it is a URL.
pub(super) fn with_parts(secret: &Secret) -> Vec<Secret> {
    let parts = parts::of(secret.expose()).into_iter().map(Secret::new);
    parts.chain([secret.clone()]).collect()
}

fn compile(values: &[Secret]) -> Option<Box<Compiled>> {
    let (mut patterns, mut owners) = (Vec::new(), Vec::new());
    for (owner, value) in values.iter().enumerate() {
        // A log is redacted line by line, so each line of a multi-line secret is a value of its own.
        let lines = value.expose().lines().map(str::trim);
        let lines = lines.filter(|line| line.len() >= SHORTEST);
        let spellings: BTreeSet<_> = lines
            .chain([value.expose()])
            .flat_map(spellings::of)
            .collect();
        owners.extend(spellings.iter().map(|_| owner));
        patterns.extend(spellings);
    }
    let search = Search::new(patterns)?;
    Some(Box::new(Compiled { search, owners }))
}

/// Calls `call` with every text and number in `value`.
pub(crate) fn for_each_text(value: &Value, call: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => call(text),
        Value::Number(number) => call(number.as_str()),
        Value::Array(items) => items.iter().for_each(|item| for_each_text(item, call)),
        Value::Object(members) => members
            .values()
            .for_each(|member| for_each_text(member, call)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The beginning of a text, ending in [`CUT`] if it was shortened, so that a cut secret is still found.
pub(crate) fn beginning(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((index, _)) => format!("{}{CUT}", &text[..index]),
        None => text.to_owned(),
    }
}

/// Makes a text safe as one log line: no line breaks, nothing that moves the terminal's cursor.
pub fn log_line(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// Puts a message on one line, so that it cannot forge the lines around it.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => line.push_str(" · "),
            character => line.push(harmless(character)),
        }
    }
    line
}

/// Replaces characters that control how others are displayed: terminal escapes, line ends, changes of direction.
pub fn harmless(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        character if character.is_control() => '\u{fffd}',
        character => character,
    }
}
