//! Hostile JSON objects: unusual member names, every spelling of numbers and texts, deep nesting. Deterministic for a
//! seed.

use serde_json::{Map, Value};

use crate::event::json::{self, DEPTH_LIMIT};

/// A flaw for which a text must be rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// A member name reserved for the JSON library.
    PrivateName,
    /// A duplicate member.
    Repeated,
    /// A lone surrogate.
    LoneSurrogate,
    /// More levels than allowed.
    TooDeep,
}

/// An object as a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostileJson {
    /// The text.
    pub text: String,
    /// The flaw in the text, if any.
    pub flaw: Option<Flaw>,
}

/// How many levels may surround the object.
const AROUND: usize = 3;

const NAMES: &[&str] = &[
    "",
    " ",
    ".",
    "a.b",
    "[0]",
    "__proto__",
    "constructor",
    "toJSON",
    "eventType",
    "v",
    "$ref",
    "$serde_json",
    "$serde_json::private",
    "serde_json::private::Number",
    "$serde_json:\\u003aprivat\\u0065d",
    "\\u0000",
    "\\u0024",
    "\\\"quoted\\\"",
    "\\\\u0024serde_json::private::Number",
    "\\ud83d\\ude00",
    "\\u2028",
    "\u{feff}",
    "\u{ffff}",
    "Ä",
    "A\u{308}",
];
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "-0.0e-0",
    "1.10",
    "1e400",
    "1E-400",
    "3e0",
    "8202522731445525542",
    "18446744073709551616",
    "-9223372036854775809",
    "0.1000000000000000055511151231257827",
    "1e99999999999999999999",
    "123456789012345678901234567890.12345678901234567890",
];
const TEXTS: &[&str] = &[
    "",
    "x",
    "\\u0000\\u001f\\u007f",
    "\\ud83d\\ude00😀",
    "\\\"\\\\\\/\\b\\f\\n\\r\\t",
    "\\u00e4\\u2028\u{2029}",
    "\u{feff}\u{fffe}\u{10ffff}",
    "$serde_json::private::Number",
    "{\\\"$serde_json::private::Number\\\":1}",
    "\\\\ud800",
];
const PRIVATE_NAMES: &[&str] = &[
    "$serde_json::private::Number",
    "$serde_json::private::RawValue",
    "$serde_json::private::",
    "\\u0024serde_json::private::Number",
    "$serde_json\\u003a:private::\\u004eumber",
];
const LONE_SURROGATES: &[&str] = &[
    "\\ud800",
    "\\udfff",
    "a\\ud83d",
    "\\ud83dx",
    "\\ud83d\\ud83d",
    "\\ude00\\ud83d",
    "\\uD83D\\n",
];

impl HostileJson {
    /// The object for a seed; about one in four is flawed.
    pub fn from_seed(seed: u64) -> Self {
        let mut writer = Writer {
            state: seed,
            text: String::new(),
            flaw: None,
        };
        let flaw = match writer.below(16) {
            0 => Some(Flaw::PrivateName),
            1 => Some(Flaw::Repeated),
            2 => Some(Flaw::LoneSurrogate),
            3 => Some(Flaw::TooDeep),
            _ => None,
        };
        writer.flaw = flaw;
        writer.object(0, true);
        Self {
            text: writer.text,
            flaw,
        }
    }

    /// The first accepted object from this seed onwards, parsed.
    pub fn accepted(seed: u64) -> Map<String, Value> {
        let mut texts = (seed..).map(Self::from_seed);
        let sound = texts.find(|object| object.flaw.is_none()).unwrap();
        json::read_object(sound.text.as_bytes()).unwrap()
    }
}

struct Writer {
    state: u64,
    text: String,
    /// The flaw that is still to be inserted.
    flaw: Option<Flaw>,
}

impl Writer {
    /// splitmix64 by Steele, Lea and Flood: any seed is valid.
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap() % limit
    }

    fn one_of(&mut self, choices: &'static [&'static str]) -> &'static str {
        choices[self.below(choices.len())]
    }

    fn space(&mut self) {
        let space = self.one_of(&["", "", "", " ", "\n\t"]);
        self.text.push_str(space);
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        self.text.push_str(text);
        self.text.push('"');
    }

    fn value(&mut self, level: usize) {
        self.space();
        match self.below(12) {
            0 => self.text.push_str("null"),
            1 => self.text.push_str("true"),
            2..=4 => {
                let number = self.one_of(NUMBERS);
                self.text.push_str(number);
            }
            5..=7 => {
                let text = self.one_of(TEXTS);
                self.quoted(text);
            }
            8 if level == 1 && self.below(4) == 0 => self.nested(DEPTH_LIMIT - AROUND - level),
            8..=9 if level < 6 => {
                self.text.push('[');
                for index in 0..self.below(4) {
                    self.comma(index);
                    self.value(level + 1);
                }
                self.text.push(']');
            }
            _ if level < 6 => self.object(level, false),
            _ => self.text.push_str("{}"),
        }
        self.space();
    }

    fn object(&mut self, level: usize, is_last: bool) {
        self.text.push('{');
        let members = self.below(6);
        // At the end of the outermost object at the latest.
        let place = match self.below(3) {
            0 => Some(0),
            1 => Some(members),
            _ => is_last.then_some(members),
        };
        let mut first = None;
        let mut used = Vec::new();
        let mut written = 0;
        for index in 0..=members {
            if place == Some(index)
                && let Some(flaw) = self.flaw.take()
            {
                self.comma(written);
                self.flawed_member(flaw, first.as_deref(), level);
                written += 1;
            }
            let name = self.one_of(NAMES);
            if index < members && !used.contains(&name) {
                used.push(name);
                // Different from the member that duplicates it.
                let name = format!("{name}{level}");
                self.comma(written);
                self.quoted(&name);
                self.text.push(':');
                self.value(level + 1);
                first.get_or_insert(name);
                written += 1;
            }
        }
        self.text.push('}');
    }

    fn flawed_member(&mut self, flaw: Flaw, first: Option<&str>, level: usize) {
        match flaw {
            Flaw::PrivateName => {
                let name = self.one_of(PRIVATE_NAMES);
                self.quoted(name);
                let value = self.one_of(&[":\"5\"", ":\"boom\"", ":1", ":null", ":{}"]);
                self.text.push_str(value);
            }
            Flaw::Repeated => match first {
                Some(name) => {
                    self.quoted(name);
                    self.text.push_str(":1");
                }
                None => self.text.push_str("\"x\":1,\"\\u0078\":1"),
            },
            Flaw::LoneSurrogate => {
                let half = self.one_of(LONE_SURROGATES);
                if self.below(2) == 0 {
                    self.quoted(half);
                    self.text.push_str(":1");
                } else {
                    self.text.push_str("\"half\":");
                    self.quoted(half);
                }
            }
            Flaw::TooDeep => {
                self.text.push_str("\"deep\":");
                let more = self.below(200);
                self.nested(DEPTH_LIMIT - level + more);
            }
        }
    }

    /// Adds this many levels.
    fn nested(&mut self, levels: usize) {
        let (open, close) = if self.below(2) == 0 {
            ("[", "]")
        } else {
            ("{\"\":", "}")
        };
        let inner = if open == "[" { "" } else { "0" };
        let text = format!("{}{inner}{}", open.repeat(levels), close.repeat(levels));
        self.text.push_str(&text);
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.text.push(',');
        }
    }
}
