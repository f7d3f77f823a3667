//! Tests of reading scalars.

use serde_json::{Value, json};

use super::*;
use crate::problem::Problems;

fn json_of(text: &str) -> Value {
    let mut problems = Problems::new("test.yaml", text);
    let node = read(text, "", &mut problems);
    match node {
        Some(node) if problems.is_empty() => node.to_json(),
        _ => panic!("{}", problems.into_errors(Vec::new())),
    }
}

#[test]
fn only_true_and_false_are_booleans() {
    assert_eq!(
        json_of("[true, False, yes, no, on, off, y, n, 'true', null, ~, \"null\"]"),
        json!([
            true, false, "yes", "no", "on", "off", "y", "n", "true", null, null, "null"
        ])
    );
}

#[test]
fn numbers_keep_their_digits_and_look_alikes_are_text() {
    let numbers = "[12345678901234567890123,-0.10,1e+400,0]";
    assert_eq!(json_of(numbers).to_string(), numbers);
    assert_eq!(json_of("{a: , b: }"), json!({"a": null, "b": null}));
    assert_eq!(
        json_of("[1_000, 12:30, 2024-01-01, 1.2.3, 0b1, e5, 1e, 0x]"),
        json!([
            "1_000",
            "12:30",
            "2024-01-01",
            "1.2.3",
            "0b1",
            "e5",
            "1e",
            "0x"
        ])
    );
}

#[test]
fn block_texts_keep_their_lines() {
    assert_eq!(
        json_of("a: |\n  one\n  two\nb: >-\n  three\n  four\n"),
        json!({"a": "one\ntwo\n", "b": "three four"})
    );
}

#[test]
fn places_are_those_of_keys_values_and_collections() {
    let text = "a: 1\nb:\n  - ü: x\n    c: [y, \"z\"]\n";
    let document = read(text, "", &mut Problems::new("test.yaml", text)).unwrap();
    let place = |line, column, width| Place {
        line,
        column,
        width,
    };
    let NodeValue::Mapping(entries) = &document.value else {
        panic!()
    };
    assert_eq!(
        (entries[0].key.place, entries[0].node.place),
        (place(1, 1, 1), place(1, 4, 1))
    );
    let NodeValue::List(items) = &entries[1].node.value else {
        panic!()
    };
    assert_eq!((items[0].place.line, items[0].place.column), (3, 5));
    let NodeValue::Mapping(inner) = &items[0].value else {
        panic!()
    };
    assert_eq!(inner[0].key.place, place(3, 5, 1));
    let NodeValue::List(letters) = &inner[1].node.value else {
        panic!()
    };
    assert_eq!(
        (letters[0].place, letters[1].place),
        (place(4, 9, 1), place(4, 12, 3))
    );
}

#[test]
fn a_carriage_return_alone_ends_no_line() {
    for (text, line) in [("a: 1\rb: 2\n", 1), ("a: 1\r\nb: 2\r", 2), ("\r", 1)] {
        let mut problems = Problems::new("test.yaml", text);
        assert!(read(text, "", &mut problems).is_none(), "{text:?}");
        let said = problems.into_errors(Vec::new()).to_string();
        let expected = format!("line {line} ends with a carriage return alone");
        assert!(said.contains(&expected), "{said}");
    }
    assert_eq!(
        json_of("a: \"\\r\"\r\nb: 2\r\n"),
        json!({"a": "\r", "b": 2})
    );
}
