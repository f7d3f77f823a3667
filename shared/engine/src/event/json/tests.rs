//! The JSON reader: what it rejects, and that what it accepts round-trips.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::hostile_json::{Flaw, HostileJson};

fn refusal(text: &str) -> String {
    read(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn each_refusal_has_a_name_of_its_own() {
    let private = "has a member whose name begins with `$serde_json::private::` at line 1, column";
    for (text, expected) in [
        ("", "ends too early at line 1, column 0"),
        ("{\"a\":", "ends too early at line 1, column 5"),
        ("{} x", "is not valid JSON at line 1, column 4"),
        ("{\n 'a'", "is not valid JSON at line 2, column 2"),
        ("{\"a\":01}", "is not valid JSON at line 1, column 7"),
        (
            "\"\\ud83d\"",
            "has a lone surrogate (half of a character, `\\ud800` to `\\udfff`) at line 1, column 8",
        ),
        (
            "[\"\\ud83dx\"]",
            "has a lone surrogate (half of a character, `\\ud800` to `\\udfff`) at line 1, column 9",
        ),
        (
            "{\"\\udc00\":1}",
            "has a lone surrogate (half of a character, `\\ud800` to `\\udfff`) at line 1, column 8",
        ),
        (
            "{\"a\":\"\\ud83d\\ud83d\"}",
            "has a lone surrogate (half of a character, `\\ud800` to `\\udfff`) at line 1, column 18",
        ),
        (
            "{\"a\":1,\"b\":{\"c\":1,\"\\u0063\":2}}",
            "has the member `c` twice at line 1, column 26",
        ),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
    for text in [
        r#"{"$serde_json::private::Number":"5"}"#,
        r#"{"a":{"$serde_json::private::Number":"5"}}"#,
        r#"{"a":[{"b":1,"$serde_json::private::Number":"boom"}]}"#,
        r#"{"a":{"\u0024serde_json::private::RawValue":"{}"}}"#,
        r#"{"$serde_json::private::":null}"#,
    ] {
        assert!(
            refusal(text).starts_with(private),
            "{text}: {}",
            refusal(text)
        );
    }
    assert_eq!(
        read(b"{\"a\":\"\xff\"}").unwrap_err().to_string(),
        "is not UTF-8 at byte 6"
    );
    for levels in [DEPTH_LIMIT + 1, 1_000, 100_000] {
        assert_eq!(
            refusal(&"[".repeat(levels)),
            "is nested deeper than 100 levels"
        );
        assert_eq!(
            refusal(&"{\"a\":".repeat(levels)),
            "is nested deeper than 100 levels"
        );
    }
    assert_eq!(read_object(b"[1]"), Err(JsonError::NotAnObject));
}

#[test]
fn what_only_looks_like_a_flaw_is_read() {
    for text in [
        r#"{"serde_json::private::Number":1,"$serde_json":{"":"$serde_json::private::Number"}}"#,
        r#"{"a":"say \"$serde_json::private::Number\": 1","b":"\ud83d\ude00"}"#,
        r#"[{"a":1},{"a":1},[],{},-0,1.10,12345678901234567890123]"#,
    ] {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(read(text.as_bytes()).unwrap(), expected, "{text}");
    }
    let deepest = format!("{}1{}", "[".repeat(DEPTH_LIMIT), "]".repeat(DEPTH_LIMIT));
    assert!(read(deepest.as_bytes()).is_ok());
}

#[test]
fn a_byte_order_mark_is_skipped_once_and_only_in_front() {
    assert_eq!(read(b"\xef\xbb\xbf{\"a\":1}"), Ok(json!({"a": 1})));
    assert!(read(b"\xef\xbb\xbf\xef\xbb\xbf{}").is_err());
    assert!(read(b" \xef\xbb\xbf{}").is_err());
    assert_eq!(read(b"\"\xef\xbb\xbf\""), Ok(json!("\u{feff}")));
}

#[test]
fn a_value_from_elsewhere_is_checked_alike() {
    let check = |value: &Value| check(value.as_object().unwrap());
    assert_eq!(check(&json!({"a": [{"b": {}}]})), Ok(()));
    for value in [
        json!({"$serde_json::private::Number": 1}),
        json!({"a": [{"tmp": 1, "$serde_json::private::Number": "x"}]}),
    ] {
        assert_eq!(check(&value), Err(JsonError::PrivateNameWithin));
    }
    let mut deep = json!({});
    for _ in 0..DEPTH_LIMIT - 1 {
        deep = json!({ "x": deep });
    }
    assert_eq!(check(&deep), Ok(()));
    assert_eq!(check(&json!({ "x": deep })), Err(JsonError::TooDeep));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn what_is_sound_is_read_as_it_is_and_comes_back_and_what_is_flawed_is_refused(seed in any::<u64>()) {
        let HostileJson { text, flaw } = HostileJson::from_seed(seed);
        let refused = match read(text.as_bytes()) {
            Ok(value) => {
                prop_assert_eq!(flaw, None, "{}", text);
                // `serde_json` itself, which everything that is stored or queued goes through, reads the same value.
                let library = |text: &str| serde_json::from_str::<Value>(text).unwrap();
                let written = value.to_string();
                prop_assert_eq!(&library(&text), &value);
                prop_assert_eq!(&library(&written), &value);
                prop_assert_eq!(&library(&format!("{value:#}")), &value);
                prop_assert_eq!(library(&written).to_string(), written);
                return Ok(());
            }
            Err(refused) => refused,
        };
        let expected = match refused {
            JsonError::PrivateName(_) => Flaw::PrivateName,
            JsonError::Repeated(..) => Flaw::Repeated,
            JsonError::LoneSurrogate(_) => Flaw::LoneSurrogate,
            JsonError::TooDeep => Flaw::TooDeep,
            other => return Err(TestCaseError::fail(format!("{other}: {text}"))),
        };
        prop_assert_eq!(flaw, Some(expected), "{}", text);
    }

    #[test]
    fn arbitrary_bytes_are_refused_not_feared(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }
}
