//! Restores digits that a script lost.
//!
//! Numbers in scripts are doubles: `8202522731445525542` comes back as `8202522731445526000`, and `1.10` as `1.1`.
//! Values returned unchanged get the event's digits back: a number equal, as a double, to the one at the same place,
//! and anywhere an integer to which exactly one integer of the event rounds. Numbers computed by the script stay.

use std::collections::{HashMap, hash_map::Entry};

use serde_json::{Map, Number, Value};

use crate::application::condition::at_path;

/// From here on, doubles skip integers.
const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;

/// Effects that return a part of the event, with its path.
const PLACES: [(&str, &str); 4] = [
    ("attributes", "customer.attributes"),
    ("session", "session"),
    ("context", "context"),
    ("claims.set", "claims"),
];

/// Copies the event's digits into a script's response.
pub(super) fn restore(response: &mut Map<String, Value>, event: &Map<String, Value>) {
    for (effect, source) in PLACES {
        if let Some(source) = at_path(event, source)
            && let Some(value) = at_path_mut(response, effect)
        {
            restore_at_same_place(value, source);
        }
    }
    if response.values().any(has_inexact_integer) {
        let mut integers = HashMap::new();
        event
            .values()
            .for_each(|value| collect_integers(value, &mut integers));
        response
            .values_mut()
            .for_each(|value| restore_integers(value, &integers));
    }
}

fn at_path_mut<'a>(members: &'a mut Map<String, Value>, path: &str) -> Option<&'a mut Value> {
    let mut parts = path.split('.');
    let mut found = members.get_mut(parts.next()?)?;
    for part in parts {
        found = found.as_object_mut()?.get_mut(part)?;
    }
    Some(found)
}

fn restore_at_same_place(value: &mut Value, source: &Value) {
    match (value, source) {
        (Value::Number(number), Value::Number(original))
            if number.as_f64().is_some() && number.as_f64() == original.as_f64() =>
        {
            *number = original.clone();
        }
        (Value::Array(items), Value::Array(originals)) => {
            for (item, original) in items.iter_mut().zip(originals) {
                restore_at_same_place(item, original);
            }
        }
        (Value::Object(members), Value::Object(originals)) => {
            for (name, value) in members {
                if let Some(original) = originals.get(name) {
                    restore_at_same_place(value, original);
                }
            }
        }
        _ => {}
    }
}

/// The bits of an integer's double, if several integers share it.
fn inexact_integer(number: &Number) -> Option<u64> {
    let is_integer = number
        .as_str()
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    let double = number
        .as_f64()
        .filter(|double| double.abs() >= FIRST_INEXACT);
    double.filter(|_| is_integer).map(f64::to_bits)
}

fn has_inexact_integer(value: &Value) -> bool {
    match value {
        Value::Number(number) => inexact_integer(number).is_some(),
        Value::Array(items) => items.iter().any(has_inexact_integer),
        Value::Object(members) => members.values().any(has_inexact_integer),
        _ => false,
    }
}

/// Collects integers by their doubles; `None` when several share one.
fn collect_integers<'a>(value: &'a Value, integers: &mut HashMap<u64, Option<&'a Number>>) {
    match value {
        Value::Number(number) => {
            if let Some(double) = inexact_integer(number) {
                match integers.entry(double) {
                    Entry::Vacant(entry) => {
                        entry.insert(Some(number));
                    }
                    Entry::Occupied(mut entry) => {
                        if *entry.get() != Some(number) {
                            entry.insert(None);
                        }
                    }
                }
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_integers(item, integers)),
        Value::Object(members) => members
            .values()
            .for_each(|value| collect_integers(value, integers)),
        _ => {}
    }
}

/// An integer that has the digits of one of the originals stays.
fn restore_integers(value: &mut Value, integers: &HashMap<u64, Option<&Number>>) {
    match value {
        Value::Number(number) => {
            if let Some(Some(original)) =
                inexact_integer(number).and_then(|double| integers.get(&double))
            {
                *number = (*original).clone();
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| restore_integers(item, integers)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| restore_integers(value, integers)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::hostile_json::HostileJson;

    fn object(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    fn restored(response: &str, event: &str) -> String {
        let mut response = object(response);
        restore(&mut response, &object(event));
        Value::Object(response).to_string()
    }

    #[test]
    fn what_comes_back_unchanged_has_its_digits_and_what_was_computed_stays() {
        let event = r#"{"customer":{"attributes":{"no":8202522731445525542,"balance":1.10,"list":[1.0,2.0],"name":"x"}},
            "session":{"n":8202522731445525542,"m":-9007199254740993},"context":{"rate":0.10},"claims":{"level":3.0}}"#;
        for (response, expected) in [
            (
                r#"{"attributes":{"no":8202522731445526000,"balance":1.1,"list":[1,2,3],"name":1.1}}"#,
                r#"{"attributes":{"no":8202522731445525542,"balance":1.10,"list":[1.0,2.0,3],"name":1.1}}"#,
            ),
            (
                r#"{"attributes":{"no":8202522731445528000,"balance":1.2}}"#,
                r#"{"attributes":{"no":8202522731445528000,"balance":1.2}}"#,
            ),
            (
                r#"{"session":{"n":8202522731445526000},"context":{"rate":0.1,"Moved":8202522731445526000,"m":-9007199254740992,"half":1.1}}"#,
                r#"{"session":{"n":8202522731445525542},"context":{"rate":0.10,"Moved":8202522731445525542,"m":-9007199254740993,"half":1.1}}"#,
            ),
            (
                r#"{"claims":{"set":{"level":3,"other":3}}}"#,
                r#"{"claims":{"set":{"level":3.0,"other":3}}}"#,
            ),
            (r#"{"deny":{"error":"x"}}"#, r#"{"deny":{"error":"x"}}"#),
        ] {
            assert_eq!(restored(response, event), expected);
        }
    }

    #[test]
    fn an_integer_that_could_be_either_of_two_stays_unless_its_place_tells() {
        let event = r#"{"session":{"a":8202522731445525542,"b":8202522731445525543}}"#;
        let response = r#"{"session":{"a":8202522731445526000,"c":8202522731445526000}}"#;
        assert_eq!(
            restored(response, event),
            r#"{"session":{"a":8202522731445525542,"c":8202522731445526000}}"#
        );
    }

    /// A value as a script would pass it on. Numbers that no double holds become `null`.
    fn through_doubles(value: &Value) -> Value {
        match value {
            Value::Number(number) => number
                .as_f64()
                .and_then(Number::from_f64)
                .map_or(Value::Null, Value::Number),
            Value::Array(items) => items.iter().map(through_doubles).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), through_doubles(value)))
                .collect(),
            other => other.clone(),
        }
    }

    fn without_huge(value: &Value) -> Value {
        match value {
            Value::Number(number) if number.as_f64().is_none() => Value::Null,
            Value::Array(items) => items.iter().map(without_huge).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), without_huge(value)))
                .collect(),
            other => other.clone(),
        }
    }

    proptest! {
        #[test]
        fn a_session_that_is_passed_on_is_the_one_that_came(seed in any::<u64>()) {
            let session = Value::Object(HostileJson::accepted(seed));
            let event = Map::from_iter([("session".to_owned(), session.clone())]);
            let mut response = Map::from_iter([("session".to_owned(), through_doubles(&session))]);
            restore(&mut response, &event);
            prop_assert_eq!(&response["session"], &without_huge(&session));
        }
    }
}
