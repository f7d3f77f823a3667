//! Reads JSON from outside: events, responses of endpoints, results of scripts.
//!
//! Whatever is accepted here can be stored, queued, read back and replayed without change. So this reader rejects JSON
//! that [`Value`] cannot hold or would change: duplicate members, lone surrogates, and member names that `serde_json`
//! uses for its own numbers and raw values. A leading byte order mark is skipped.

#[cfg(test)]
mod tests;

use std::{cell::Cell, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use thiserror::Error;

use crate::confidential::redaction::beginning;

/// Maximum nesting of an event or a hook's response; one object is one level. Jobs, continuations and records wrap them
/// in further levels, which together must stay below the JSON parser's limit of 127.
pub const DEPTH_LIMIT: usize = 100;

/// Prefix of the names with which `serde_json` passes numbers and raw values through serde.
const PRIVATE: &str = "$serde_json::private::";

/// UTF-8's byte order mark. .NET endpoints and Windows editors write one.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a text is rejected, as a fragment to follow "the body" or "the response".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The text is not UTF-8.
    #[error("is not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// The text ends in the middle of a value.
    #[error("ends too early at {0}")]
    EndsEarly(Position),
    /// The text is not JSON.
    #[error("is not valid JSON at {0}")]
    Invalid(Position),
    /// A string has a lone surrogate, which no Rust string can hold.
    #[error("has a lone surrogate (half of a character, `\\ud800` to `\\udfff`) at {0}")]
    LoneSurrogate(Position),
    /// An object has a duplicate member. The name is shortened.
    #[error("has the member `{0}` twice at {1}")]
    Repeated(String, Position),
    /// A member name is reserved for the JSON library.
    #[error("has a member whose name begins with `{PRIVATE}` at {0}; such names are reserved")]
    PrivateName(Position),
    /// A member name is reserved, in a value that was not parsed from text.
    #[error("has a member whose name begins with `{PRIVATE}`; such names are reserved")]
    PrivateNameWithin,
    /// The value is nested too deeply.
    #[error("is nested deeper than {DEPTH_LIMIT} levels")]
    TooDeep,
    /// The value is not an object.
    #[error("is not a JSON object")]
    NotAnObject,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In bytes.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column } = self;
        write!(formatter, "line {line}, column {column}")
    }
}

/// Parses a JSON text.
pub fn read(bytes: &[u8]) -> Result<Value, JsonError> {
    let text = without_byte_order_mark(bytes);
    let text =
        std::str::from_utf8(text).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
    let flaw = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let strict = Strict {
        levels: DEPTH_LIMIT,
        flaw: &flaw,
    };
    let value = strict.deserialize(&mut reader);
    value
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| explain(&error, flaw.take()))
}

/// Parses a JSON text that must be an object.
pub fn read_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match read(bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::NotAnObject),
    }
}

/// Strips the byte order mark, if there is one.
pub fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// Whether a member name is reserved for the JSON library and always rejected.
pub fn is_private_name(name: &str) -> bool {
    name.starts_with(PRIVATE)
}

/// Checks an object that did not come from [`read`].
pub fn check(members: &Map<String, Value>) -> Result<(), JsonError> {
    fn check_value(value: &Value, levels: usize) -> Result<(), JsonError> {
        match value {
            Value::Array(_) | Value::Object(_) if levels == 0 => Err(JsonError::TooDeep),
            Value::Array(items) => items
                .iter()
                .try_for_each(|item| check_value(item, levels - 1)),
            Value::Object(members) => check_members(members, levels - 1),
            _ => Ok(()),
        }
    }
    fn check_members(members: &Map<String, Value>, levels: usize) -> Result<(), JsonError> {
        members.iter().try_for_each(|(name, value)| {
            if is_private_name(name) {
                return Err(JsonError::PrivateNameWithin);
            }
            check_value(value, levels)
        })
    }
    check_members(members, DEPTH_LIMIT - 1)
}

/// What this reader rejects although the parser accepts it.
enum Flaw {
    Repeated(String),
    PrivateName,
    TooDeep,
}

fn explain(error: &serde_json::Error, flaw: Option<Flaw>) -> JsonError {
    let position = Position {
        line: error.line(),
        column: error.column(),
    };
    match flaw {
        Some(Flaw::Repeated(name)) => return JsonError::Repeated(name, position),
        Some(Flaw::PrivateName) => return JsonError::PrivateName(position),
        Some(Flaw::TooDeep) => return JsonError::TooDeep,
        None => {}
    }
    // The parser exposes these errors only as text; tests notice when it changes.
    let words = error.to_string();
    if error.is_eof() {
        JsonError::EndsEarly(position)
    } else if words.starts_with("recursion limit") {
        JsonError::TooDeep
    } else if words.starts_with("lone leading surrogate")
        || words.starts_with("unexpected end of hex escape")
    {
        JsonError::LoneSurrogate(position)
    } else {
        JsonError::Invalid(position)
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Strict<'a> {
    /// How many more levels of nesting are allowed.
    levels: usize,
    flaw: &'a Cell<Option<Flaw>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(self, flaw: Flaw) -> E {
        self.flaw.set(Some(flaw));
        E::custom("refused")
    }

    fn within<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Self { levels, ..self }),
            None => Err(self.refuse(Flaw::TooDeep)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Value, E> {
        Ok(Value::Bool(boolean))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let within = self.within()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(within)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    /// Also called for numbers beyond the integer types: `arbitrary_precision` passes them as an object with one
    /// reserved member.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut name = match members.next_key_seed(FirstName)? {
            None => {
                self.within()?;
                return Ok(Value::Object(Map::new()));
            }
            Some(Name::OfNumber) => {
                let digits: String = members.next_value()?;
                let number: Number = digits.parse().map_err(A::Error::custom)?;
                return Ok(Value::Number(number));
            }
            Some(Name::OfMember(name)) => name,
        };
        let within = self.within()?;
        let mut object = Map::new();
        loop {
            if is_private_name(&name) {
                return Err(self.refuse(Flaw::PrivateName));
            }
            if object.contains_key(&name) {
                return Err(self.refuse(Flaw::Repeated(beginning(&name, 64))));
            }
            let value = members.next_value_seed(within)?;
            object.insert(name, value);
            match members.next_key()? {
                Some(next) => name = next,
                None => return Ok(Value::Object(object)),
            }
        }
    }
}

/// The first name of what the parser passes as an object.
enum Name {
    OfMember(String),
    OfNumber,
}

/// Distinguishes the two: asked for an optional name, the parser calls `visit_some` for a member and `visit_str` for a
/// number.
struct FirstName;

impl<'de> DeserializeSeed<'de> for FirstName {
    type Value = Name;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for FirstName {
    type Value = Name;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    fn visit_some<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        String::deserialize(deserializer).map(Name::OfMember)
    }

    fn visit_str<E>(self, _: &str) -> Result<Name, E> {
        Ok(Name::OfNumber)
    }
}
