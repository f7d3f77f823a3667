//! Finds values directly after a sensitive name in a text: `pin: '1234'`, `"password":"abc"`, `password=abc`.
//!
//! A script that logs an event prints its sensitive members by name, which identifies values too short to search for.
//! Time is linear in the text: nothing read after a name is read again, and no name is longer than [`LONGEST_NAME`].

use std::ops::Range;

use hookpoint_stages::is_sensitive_name;

use crate::confidential::redaction::{CUT, REDACTED};

/// Maximum length of a name, in bytes; member names are shorter.
const LONGEST_NAME: usize = 128;
/// Values that reveal nothing and stay visible, as they do in events.
const PLAIN: [&str; 4] = ["null", "undefined", "true", "false"];
/// In a header, the credentials follow the scheme.
const SCHEMES: [&str; 3] = ["bearer", "basic", "token"];

/// Replaces each value after a sensitive name.
pub(super) fn hide(text: String) -> String {
    let mut shown = String::new();
    let mut done = 0;
    let mut reader = Reader { text: &text, at: 0 };
    while let Some(separator) = reader.separator() {
        if !is_sensitive_name(name_before(&text[..separator.start])) {
            continue;
        }
        for place in reader.values(&text[separator]) {
            shown.push_str(&text[done..place.start]);
            shown.push_str(REDACTED);
            done = place.end;
        }
    }
    if done == 0 {
        return text;
    }
    shown.push_str(&text[done..]);
    shown
}

/// The name that ends here, quoted or not; empty when there is none.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '\t']);
    let start = text.floor_char_boundary(text.len().saturating_sub(LONGEST_NAME));
    let near = &text[start..];
    let Some(quote) = near.chars().next_back().filter(|it| is_quote(*it)) else {
        let word = near.trim_end_matches(|it: char| it.is_alphanumeric() || "_-$".contains(it));
        return &near[word.len()..];
    };
    let within = near[..near.len() - quote.len_utf8()].trim_end_matches('\\');
    within.rsplit(quote).next().unwrap_or_default()
}

fn is_in_word(character: char) -> bool {
    !character.is_whitespace()
        && !",;&{}[]".contains(character)
        && !is_quote(character)
        && character != CUT
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`')
}

/// Reads a text from left to right.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Advances past the next `:`, `=`, `==` or `=>`.
    fn separator(&mut self) -> Option<Range<usize>> {
        let start = self.at + self.rest().find([':', '='])?;
        self.at = start + 1;
        if self.text[start..].starts_with('=') {
            self.skip(|it| matches!(it, '=' | '>'));
        }
        Some(start..self.at)
    }

    fn skip(&mut self, also: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(also).len();
    }

    /// Advances past the value that begins here and returns the parts to hide.
    fn values(&mut self, separator: &str) -> Vec<Range<usize>> {
        let before = self.at;
        self.skip(|it| matches!(it, ' ' | '\t'));
        let is_apart = separator == "=" && self.at > before;
        if let Some(place) = self.quoted() {
            return vec![place];
        }
        if self.rest().starts_with(REDACTED) {
            self.at += REDACTED.len();
            return Vec::new();
        }
        if self.rest().starts_with(['{', '[']) {
            return self.bracketed();
        }
        let start = self.at;
        let mut word = self.word();
        // `Map(1) {…}`, `Buffer(4) […]`.
        let after = self.rest().trim_start_matches(' ');
        if !word.is_empty() && after.starts_with(['{', '[']) && !after.starts_with(REDACTED) {
            self.skip(|it| it == ' ');
            return self.bracketed();
        }
        if SCHEMES.contains(&word.to_lowercase().as_str()) && self.rest().starts_with(' ') {
            self.at += 1;
            word = self.word();
        }
        // `password = event.password` is source code, not a value.
        let is_source = is_apart && !word.starts_with(|it: char| it.is_ascii_digit());
        if word.is_empty() || is_source || PLAIN.contains(&word) {
            return Vec::new();
        }
        let place = start..self.at;
        vec![place]
    }

    /// Advances past a word: anything but spaces and the punctuation between values.
    fn word(&mut self) -> &'a str {
        let start = self.at;
        self.skip(is_in_word);
        &self.text[start..self.at]
    }

    /// Advances past a quoted text, whose quotes may be escaped (`\"`, in JSON within JSON), and returns its contents.
    /// A text cut short ends at the end of the input.
    fn quoted(&mut self) -> Option<Range<usize>> {
        let rest = self.rest();
        let level = rest.len() - rest.trim_start_matches('\\').len();
        let quote = rest[level..].chars().next().filter(|it| is_quote(*it))?;
        let start = self.at + level + 1;
        let mut backslashes = 0;
        for (index, character) in self.text[start..].char_indices() {
            // A quote within this level has more backslashes before it, and a backslash is doubled.
            if character == quote
                && (backslashes < level || backslashes % (2 * (level + 1)) == level)
            {
                self.at = start + index + 1;
                return Some(start..start + index - backslashes.min(level));
            }
            backslashes = if character == '\\' {
                backslashes + 1
            } else {
                0
            };
        }
        self.at = self.text.len();
        Some(start..self.text.trim_end_matches(CUT).len().max(start))
    }

    /// Advances past an object or a list and returns the texts and numbers in it. Member names stay visible, as do
    /// words such as `true`.
    fn bracketed(&mut self) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut depth = 0_usize;
        while let Some(character) = self.rest().chars().next() {
            let start = self.at;
            if self.rest().starts_with(REDACTED) {
                self.at += REDACTED.len();
                continue;
            }
            if let Some(place) = self.quoted() {
                if !self.is_name() {
                    places.push(place);
                }
                continue;
            }
            match character {
                '{' | '[' => depth += 1,
                '}' | ']' => depth -= 1,
                _ => {
                    self.skip(|it| is_in_word(it) && it != ':');
                    if self.at > start {
                        let word = &self.text[start..self.at];
                        if word.contains(char::is_numeric) && !self.is_name() {
                            places.push(start..self.at);
                        }
                        continue;
                    }
                }
            }
            self.at += character.len_utf8();
            if depth == 0 {
                break;
            }
        }
        places
    }

    /// Whether the text just read is a member name.
    fn is_name(&self) -> bool {
        let rest = self.rest().trim_start_matches([' ', '\t']);
        rest.starts_with(':') || rest.starts_with("=>")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shown(text: &str) -> String {
        hide(text.to_owned())
    }

    #[test]
    fn a_value_behind_a_sensitive_name_is_hidden() {
        for (text, expected) in [
            ("{ pin: \"1234\", id: 7 }", "{ pin: \"[redacted]\", id: 7 }"),
            ("pin: '1234'", "pin: '[redacted]'"),
            (
                r#"{"password":"abc","a":1}"#,
                r#"{"password":"[redacted]","a":1}"#,
            ),
            (r#"{"pin":1234}"#, r#"{"pin":[redacted]}"#),
            ("password=abc&user=ann", "password=[redacted]&user=ann"),
            ("?newPassword2=abc", "?newPassword2=[redacted]"),
            ("user_pin : 12, x", "user_pin : [redacted], x"),
            ("\"pin code\": 'a, b' c", "\"pin code\": '[redacted]' c"),
            ("`pin`: 'it''", "`pin`: '[redacted]''"),
            (
                "Map(1) {\"pin\" => \"1234\"}",
                "Map(1) {\"pin\" => \"[redacted]\"}",
            ),
            ("if (pin === '1234')", "if (pin === '[redacted]')"),
            ("const pin = 1234;", "const pin = [redacted];"),
            (
                "Authorization: Bearer abc, x",
                "Authorization: [redacted], x",
            ),
            ("pin: \"\" next: 'kept'", "pin: \"[redacted]\" next: 'kept'"),
            (
                "passwords: ['ab', {\"x\": \"cd\", n: 12}], y: 1",
                "passwords: ['[redacted]', {\"x\": \"[redacted]\", n: [redacted]}], y: 1",
            ),
            (
                "pin: Buffer(2) [49, 50], y: 1",
                "pin: Buffer(2) [[redacted], [redacted]], y: 1",
            ),
            (
                "pin: Code { value: \"12\" } 7",
                "pin: Code { value: \"[redacted]\" } 7",
            ),
            ("pin: '12…", "pin: '[redacted]…"),
            ("pin: 12…", "pin: [redacted]…"),
            ("pin: [\"12…", "pin: [\"[redacted]…"),
            (
                "{ password: [redacted], pin: \"[redacted]\" }",
                "{ password: [redacted], pin: \"[redacted]\" }",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "",
            ":",
            "pin:",
            "pin",
            "the pin is in the mail: 1234",
            "{ shipping: \"1234\", spin: 12 }",
            "{ passwordPolicy: \"long\", pinRequired: true }",
            "{ pin: null, password: undefined, otp: false }",
            "{ password: { valid: true, migrate: false } }",
            "const password = event.password;",
            "12:30:00 https://example.com:8443/a?b=c",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    /// In a single scan this takes a fraction of a second unoptimised; rescanning at each name would take minutes.
    #[test]
    fn hostile_texts_take_no_longer_than_others() {
        for piece in [
            ":",
            "=",
            "\":",
            "pin:",
            "pin: ",
            "pin: \\",
            "pin=[",
            "pin:[:",
            "pin:{\"",
            "pin:[x ",
            "\\\\\":pin",
            "a",
            "pin: \"\\",
        ] {
            let text = piece.repeat((1 << 18) / piece.len());
            let started = Instant::now();
            shown(&text);
            assert!(started.elapsed() < Duration::from_secs(10), "{piece}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"([:=,{}\[\] \\"'`…é>]|pin|12|password|\[redacted\]){0,40}"#) {
            let _ = shown(&text);
        }

        #[test]
        fn what_a_member_holds_is_hidden_however_often_it_was_quoted(
            value in "[ -~é]{1,5}", name in prop::sample::select(vec!["pin", "password", "userPIN", "otp"]), times in 0..3,
        ) {
            let of = |value: &str| {
                let mut text = json!({"before": 1, name: value, "after": "kept"}).to_string();
                for _ in 0..times {
                    text = serde_json::to_string(&text).unwrap();
                }
                text
            };
            prop_assert_eq!(shown(&of(&value)), of(REDACTED));
        }
    }
}
