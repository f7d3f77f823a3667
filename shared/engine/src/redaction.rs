//! Keeping secrets out of what hooks say, and passwords out of what is kept.
//!
//! What arrives has been through formatters: a logged object quotes its strings as JSON, a thrown string is quoted as Rust
//! quotes it, control characters are replaced, and long texts are cut. So a secret is looked for in each of these forms, and
//! its beginning at the end of a text that was cut.

use std::collections::{HashMap, HashSet};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value};

use crate::secret::Secret;

/// What a text that was cut ends with.
pub const CUT: char = '…';

/// What stands in the place of a value that must not be seen.
pub const REDACTED: &str = "[redacted]";

/// Shorter values are not looked for: they would blacken half of every line, and protect nothing.
const SHORTEST: usize = 4;

/// Replaces the values of secrets.
pub struct Redaction {
    /// What is looked for, by its first bytes: one pass over a text finds all of them. Longest first.
    forms: HashMap<[u8; SHORTEST], Vec<String>>,
}

impl Redaction {
    /// Looks for these values. Those of fewer than four bytes stay.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let all: HashSet<String> = secrets
            .into_iter()
            .flat_map(|secret| {
                // A log has one line at a time, so the lines of a key file count each for itself.
                let lines = secret.expose().lines().map(str::trim);
                lines.chain([secret.expose()])
            })
            .filter(|value| value.len() >= SHORTEST)
            .flat_map(forms)
            .collect();
        let mut forms: HashMap<_, Vec<String>> = HashMap::new();
        for form in all {
            if let Some(beginning) = form.as_bytes().first_chunk() {
                forms.entry(*beginning).or_default().push(form);
            }
        }
        for forms in forms.values_mut() {
            forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        }
        Self { forms }
    }

    /// The text without the secrets. If it was cut, it may end with the beginning of one, and that goes too.
    pub fn apply(&self, text: String) -> String {
        if self.forms.is_empty() {
            return text;
        }
        let mut redacted = String::new();
        // How far the text has been copied or left out.
        let mut done = 0;
        for (start, end) in self.places(&text) {
            redacted.push_str(&text[done..start]);
            redacted.push_str(REDACTED);
            done = end;
        }
        if done == 0 {
            return text;
        }
        redacted.push_str(&text[done..]);
        redacted
    }

    /// The value with every text in it redacted, the names of members included.
    pub fn apply_to(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.apply(text)),
            Value::Array(items) => items.into_iter().map(|item| self.apply_to(item)).collect(),
            Value::Object(members) => Value::Object(self.apply_to_members(members)),
            Value::Number(number) => {
                // A script may have read the digits of a secret as a number.
                if self.apply(number.to_string()) == REDACTED {
                    Value::from(REDACTED)
                } else {
                    Value::Number(number)
                }
            }
            scalar => scalar,
        }
    }

    /// The same for an event or its effects, whose own members keep their names, and an event its type: they are ours, and somebody's
    /// password may be a word like them.
    pub(crate) fn apply_to_values(&self, members: Map<String, Value>) -> Map<String, Value> {
        if self.forms.is_empty() {
            return members;
        }
        members
            .into_iter()
            .map(|(name, value)| match name.as_str() {
                "eventType" => (name, value),
                _ => (name, self.apply_to(value)),
            })
            .collect()
    }

    /// The same for an object.
    pub fn apply_to_members(&self, members: Map<String, Value>) -> Map<String, Value> {
        if self.forms.is_empty() {
            return members;
        }
        members
            .into_iter()
            .map(|(name, value)| (self.apply(name), self.apply_to(value)))
            .collect()
    }

    /// Where secrets are, in order and apart from each other. They begin and end between characters, since the forms do.
    fn places(&self, text: &str) -> Vec<(usize, usize)> {
        let bytes = text.as_bytes();
        let said = text.trim_end_matches(CUT).len();
        let was_cut = said < text.len();
        let mut places: Vec<(usize, usize)> = Vec::new();
        for (start, beginning) in bytes.windows(SHORTEST).enumerate() {
            let Some(forms) = self.forms.get(beginning) else {
                continue;
            };
            let rest = &bytes[start..];
            let said_rest = bytes.get(start..said).unwrap_or_default();
            let length = forms.iter().find_map(|form| {
                let form = form.as_bytes();
                if rest.starts_with(form) {
                    Some(form.len())
                } else if was_cut && said_rest.len() >= SHORTEST && form.starts_with(said_rest) {
                    Some(said_rest.len())
                } else {
                    None
                }
            });
            let Some(end) = length.map(|length| start + length) else {
                continue;
            };
            match places.last_mut() {
                // One value may begin within another.
                Some((_, last)) if start < *last => *last = end.max(*last),
                _ => places.push((start, end)),
            }
        }
        places
    }
}

/// Replaces the value of every member that is named like a password, at any depth: events that are queued or kept hold none.
pub fn without_passwords(members: &mut Map<String, Value>) {
    without_members(members, &is_password);
}

/// The same, for the members within a value.
pub(crate) fn without_passwords_within(value: &mut Value) {
    without_members_within(value, &is_password);
}

fn without_members(members: &mut Map<String, Value>, is_hidden: &dyn Fn(&str) -> bool) {
    for (name, value) in members.iter_mut() {
        match value {
            Value::Null | Value::Bool(_) => {}
            value if is_hidden(name) => *value = Value::from(REDACTED),
            value => without_members_within(value, is_hidden),
        }
    }
}

/// Replaces the value of every member with such a name, at any depth.
pub(crate) fn without_members_within(value: &mut Value, is_hidden: &dyn Fn(&str) -> bool) {
    match value {
        Value::Array(items) => {
            for item in items {
                without_members_within(item, is_hidden);
            }
        }
        Value::Object(members) => without_members(members, is_hidden),
        _ => {}
    }
}

/// `password`, `newPassword`, `password_confirmation`, `passcode`, in any case of letters.
fn is_password(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let parts = ["password", "passwort", "passcode", "passphrase"];
    parts.iter().any(|part| name.contains(part)) || matches!(&*name, "passwd" | "pwd" | "pass")
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

/// What a value may look like when it arrives: quoted as JSON or by Rust, also JSON within either, and made harmless; encoded as base64 or for a
/// URL.
fn forms(value: &str) -> Vec<String> {
    let json = in_json(value);
    [
        in_json(&json),
        in_rust(&json),
        in_rust(value),
        json,
        STANDARD_NO_PAD.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        value.to_owned(),
    ]
    .into_iter()
    .flat_map(|form| [log_line(&form), one_line(&form), form])
    .collect()
}

/// As between the quotes of a JSON string.
fn in_json(value: &str) -> String {
    within_quotes(&serde_json::Value::from(value).to_string())
}

/// As between the quotes of Rust's `{:?}`.
fn in_rust(value: &str) -> String {
    within_quotes(&format!("{value:?}"))
}

fn within_quotes(quoted: &str) -> String {
    quoted
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(quoted)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redaction(values: &[&str]) -> Redaction {
        let secrets: Vec<_> = values.iter().map(|value| Secret::new(*value)).collect();
        Redaction::new(&secrets)
    }

    #[test]
    fn passwords_are_found_by_the_names_of_members_at_any_depth() {
        let mut body = serde_json::json!({
            "password": "a", "form": [{"newPassword": {"x": 1}, "passcode": 12}],
            "password_valid": true, "passwordConfirmation": "b", "password2": null, "passage": "kept",
        });
        without_passwords(body.as_object_mut().unwrap());
        assert_eq!(
            body,
            serde_json::json!({
                "password": REDACTED, "form": [{"newPassword": REDACTED, "passcode": REDACTED}],
                "password_valid": true, "passwordConfirmation": REDACTED, "password2": null, "passage": "kept",
            })
        );
    }

    #[test]
    fn the_lines_of_a_key_are_found_one_by_one() {
        let redaction = redaction(&["-----BEGIN\nMIIEvQIBADANBg\n-----END"]);
        assert_eq!(
            redaction.apply("log: MIIEvQIBADANBg".to_owned()),
            "log: [redacted]"
        );
    }

    #[test]
    fn secrets_are_replaced_longest_first() {
        let redaction = redaction(&["abcd", "abcd-efgh", "a"]);
        assert_eq!(
            redaction.apply("a abcd-efgh abcd".to_owned()),
            "a [redacted] [redacted]"
        );
    }

    #[test]
    fn secrets_that_overlap_leave_no_ends_behind() {
        let redaction = redaction(&["abcd1234", "1234wxyz", "redacted"]);
        assert_eq!(redaction.apply("<abcd1234wxyz>".to_owned()), "<[redacted]>");
        assert_eq!(redaction.apply("abcd1234wx…".to_owned()), "[redacted]…");
    }

    #[test]
    fn every_form_that_formatting_makes_of_a_secret_is_found() {
        let secret = "{\"key\": \"a\\b\",\t\u{1}\n \"user\": \"é\u{202e}…\"}";
        let redaction = redaction(&[secret]);
        let json = serde_json::to_string(secret).unwrap();
        let json_twice = serde_json::to_string(&json).unwrap();
        for text in [
            secret.to_owned(),
            log_line(secret),
            one_line(secret),
            json.clone(),
            json_twice,
            log_line(&json),
            format!("{secret:?}"),
            format!("{json:?}"),
            STANDARD_NO_PAD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        ] {
            let redacted = redaction.apply(format!("<{text}>"));
            let rest = redacted.replace("[redacted]", "");
            assert!(
                rest.trim_matches(['<', '>', '"', '\\']).is_empty(),
                "{text} gave {redacted}"
            );
        }
    }

    #[test]
    fn the_beginning_of_a_secret_at_a_cut_goes_too() {
        let redaction = redaction(&["s3cr3t-\"value\"", "s3cr"]);
        for (text, expected) in [
            ("x s3cr3t-…", "x [redacted]…"),
            ("x s3cr…", "x [redacted]…"),
            ("x s3c…", "x s3c…"),
            ("x s3cr3t-\\\"va…", "x [redacted]…"),
            ("x s3cr3t-\\…", "x [redacted]…"),
            ("x s3cr3t-\"value\"…", "x [redacted]…"),
            ("…", "…"),
            ("", ""),
        ] {
            assert_eq!(redaction.apply(text.to_owned()), expected);
        }
    }

    #[test]
    fn a_long_text_of_near_misses_takes_no_time() {
        let secret = format!("{}b", "a".repeat(8 * 1024));
        let redaction = redaction(&[&secret]);
        let started = std::time::Instant::now();
        redaction.apply("a".repeat(8 * 1024));
        redaction.apply(format!("{}c…", "a".repeat(8 * 1024)));
        assert!(started.elapsed().as_secs() < 5);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_no_secret_stays(
            secret in "\\PC{4,12}", before in ".{0,8}", after in ".{0,8}", cut in 0_usize..60,
        ) {
            let redaction = redaction(&[&secret]);
            let mut text = format!("{before}{secret}{after}");
            prop_assert!("[redacted]".contains(&secret) || !redaction.apply(text.clone()).contains(&secret));
            text.truncate(text.floor_char_boundary(cut));
            text.push(CUT);
            let _ = redaction.apply(text);
        }
    }
}
