//! Tests of another expectation in the text of a case.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn expecting(text: &str, expected: &Value) -> Result<String, String> {
    let Value::Object(expected) = expected else {
        panic!("members")
    };
    Case::expecting(text, "a.case.yaml", expected).map_err(|error| error.to_string())
}

#[test]
fn comments_and_what_stays_the_same_are_kept() {
    let text = "\
# Gold stays gold.
hook: tier
expect: # what the CRM has
  # The response.
  response:
    # Since 2024.
    session: { tier: gold } # from the CRM
    context:
      'A': 1.50 # a number with digits
  outcome: ok
  # At the end of the expectation.

# About the secrets.
secrets: { CrmToken: s3cret }
# The end.
";
    let new = json!({ "response": { "session": { "tier": "silver" }, "context": { "A": serde_json::from_str::<Value>("1.50").unwrap() } }, "log": ["a"] });
    let expected = "\
# Gold stays gold.
hook: tier
expect: # what the CRM has
  # The response.
  response:
    # Since 2024.
    session: # from the CRM
      tier: silver
    context:
      'A': 1.50 # a number with digits
  # At the end of the expectation.
  log:
    - a

# About the secrets.
secrets: { CrmToken: s3cret }
# The end.
";
    assert_eq!(expecting(text, &new).unwrap(), expected);
    assert_eq!(expecting(expected, &new).unwrap(), expected);
}

#[test]
fn every_form_of_an_expectation_is_replaced() {
    let new = json!({ "response": { "a": 1 }, "log": ["x"] });
    let written = "expect:\n  response:\n    a: 1\n  log:\n    - x\n";
    for (before, after) in [
        ("", written.to_owned()),
        ("expect:\n", written.to_owned()),
        ("expect: {}\n# after\n", format!("{written}# after\n")),
        (
            "expect:\n  # inside\n",
            written.replace(":\n  response", ":\n  # inside\n  response"),
        ),
        (
            "expect: null # why\n  # inside\n",
            written.replacen(':', ": # why", 1),
        ),
        (
            "expect: {} # why\n  # inside\n",
            written.replacen(':', ": # why", 1) + "  # inside\n",
        ),
        (
            "expect: { outcome: failed } # why\n",
            written.replacen(':', ": # why", 1),
        ),
        (
            "expect:\n  outcome: failed\n  error: |\n    a\n    # b\n# after\n",
            format!("{written}# after\n"),
        ),
        (
            "expect:\n  log:\n  # lines\n  - y # old\n  response:\n    a: 2 # one\n",
            "expect:\n  # lines\n  log:\n    - x\n  response:\n    a: 1 # one\n".to_owned(),
        ),
        (
            "expect:\n  {\n    outcome: failed,\n  }\nstage: escalation\n",
            format!("{written}stage: escalation\n"),
        ),
    ] {
        let text = format!("hook: a\n{before}");
        assert_eq!(
            expecting(&text, &new).unwrap(),
            format!("hook: a\n{after}"),
            "{text}"
        );
        let windows = text.replace('\n', "\r\n");
        let expected = format!("hook: a\n{after}").replace('\n', "\r\n");
        assert_eq!(expecting(&windows, &new).unwrap(), expected, "{text}");
    }
    assert_eq!(
        expecting("\u{feff}hook: a", &new).unwrap(),
        format!("\u{feff}hook: a\n{written}")
    );
}

#[test]
fn a_form_that_cannot_be_edited_is_refused() {
    let new = json!({ "response": {} });
    for (text, reason) in [
        ("{ hook: a, expect: { log: [] } }\n", "shares its line"),
        ("{ hook: a }\n", "cannot be replaced where it stands"),
        ("[]\n", "not a mapping"),
        ("hook: [\n", "a.case.yaml:"),
    ] {
        let error = expecting(text, &new).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z#: ]{0,6}|\\PC{0,5}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[a-c]", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn expectations() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::hash_map("response|log|error", values(), 1..4)
        .prop_map(|members| members.into_iter().collect())
}

proptest! {
    #[test]
    fn any_expectation_follows_any_other(before in expectations(), after in expectations()) {
        let text = format!("hook: a\n# before\nexpect:\n{}# between\nstage: escalation # end", to_yaml(&before, 2));
        let edited = Case::expecting(&text, "a", &after).unwrap();
        prop_assert!(edited.contains("# before\n") && edited.contains("\n# between\n"), "{}", edited);
        prop_assert!(edited.ends_with("stage: escalation # end"), "{}", edited);
    }
}
