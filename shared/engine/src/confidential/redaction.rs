//! Replacing values that must not be seen.
//!
//! What arrives has been through formatters: a logged object quotes its strings as JSON, a thrown string is quoted as Rust quotes it, control
//! characters are replaced, URLs are normalised, and long texts are cut. So a value is looked for in each of these spellings, and its
//! beginning where a text was cut. All spellings of all values make one automaton, which reads a text once: time is linear in the text.
//!
//! Which values of an event are looked for, and where, says [`crate::confidential`].

mod search;
mod spellings;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::OnceLock};

use serde_json::Value;

use self::search::{Found, Search};
use crate::confidential::secret::Secret;

/// What a text that was cut ends with.
pub const CUT: char = '…';

/// What stands in the place of a value that must not be seen.
pub const REDACTED: &str = "[redacted]";

/// Shorter values are not looked for, in bytes: they would blacken half of every line, and protect nothing.
const SHORTEST: usize = 4;

/// Replaces values in texts.
pub struct Redaction(Scope);

enum Scope {
    /// These. The automaton is made for the first text: most runs have none.
    Values(Vec<Secret>, OnceLock<Option<Box<Compiled>>>),
    /// Whatever a text says.
    Everything,
}

struct Compiled {
    search: Search,
    /// For each pattern, the value that it spells.
    owners: Vec<usize>,
}

impl Redaction {
    /// Looks for these values. Those of fewer than four bytes stay.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let long = |secret: &&Secret| secret.expose().len() >= SHORTEST;
        let values = secrets.into_iter().filter(long).cloned().collect();
        Self(Scope::Values(values, OnceLock::new()))
    }

    /// Replaces whole texts, whatever they say.
    pub(crate) fn everything() -> Self {
        Self(Scope::Everything)
    }

    /// True when nothing is replaced.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Scope::Values(values, _) if values.is_empty())
    }

    /// The text without the values. Where it was cut it may hold the beginning of one, and that goes too.
    pub fn apply(&self, text: String) -> String {
        if text.is_empty() || self.is_empty() {
            return text;
        }
        let Some(Compiled { search, .. }) = self.compiled() else {
            return REDACTED.to_owned();
        };
        let mut redacted = String::new();
        // How far the text has been copied or left out.
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

    /// The values that are in the texts and numbers of a value, in order; `None` when any may be.
    pub(crate) fn among(&self, value: &Value) -> Option<Vec<Secret>> {
        let Scope::Values(values, _) = &self.0 else {
            return None;
        };
        if values.is_empty() {
            return Some(Vec::new());
        }
        let Compiled { search, owners } = self.compiled()?;
        let mut found = Found::default();
        for_each_text(value, &mut |text| search.mark(text, &mut found));
        let owners: BTreeSet<_> = found.patterns().map(|pattern| owners[pattern]).collect();
        Some(
            owners
                .into_iter()
                .map(|owner| values[owner].clone())
                .collect(),
        )
    }

    /// `None` when texts are replaced as a whole.
    fn compiled(&self) -> Option<&Compiled> {
        let Scope::Values(values, compiled) = &self.0 else {
            return None;
        };
        compiled.get_or_init(|| compile(values)).as_deref()
    }
}

fn compile(values: &[Secret]) -> Option<Box<Compiled>> {
    let (mut patterns, mut owners) = (Vec::new(), Vec::new());
    for (owner, value) in values.iter().enumerate() {
        // A log has one line at a time, so the lines of a key file count each for itself.
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

/// Calls a function with every text and number in a value.
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

/// The beginning of a text, cut visibly: what was cut in a secret is found.
pub(crate) fn beginning(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((index, _)) => format!("{}{CUT}", &text[..index]),
        None => text.to_owned(),
    }
}

/// A line of a log: one line is one line, and nothing in it moves the cursor of the operator's screen.
pub fn log_line(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// A message on one line: the lines around it are ours, and cannot be forged.
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

/// The character, unless it controls how others are shown: terminal escapes, ends of lines, changes of direction.
pub fn harmless(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        character if character.is_control() => '\u{fffd}',
        character => character,
    }
}
