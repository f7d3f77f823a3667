//! What differs between a request that a case lists and one that a hook made.

use hookpoint_engine::decimal;
use hookpoint_workspace::{Body, ExpectedRequest};
use serde_json::Value;

use super::{Made, with_placeholders};

/// Maximum number of differences shown.
const MOST: usize = 10;
/// How much of a text is shown, in characters, and how much before its first difference.
const SHOWN: usize = 60;
const BEFORE: usize = 20;
/// The beginnings of names of headers that every webhook has, and whole names.
const OF_WEBHOOKS: [&str; 8] = [
    "nlx-",
    "webhook-",
    "content-",
    "accept",
    "host",
    "traceparent",
    "tracestate",
    "user-agent",
];

/// What differs between a request of the case and one that was made to its URL. Lines with `-` were expected, those with `+` made.
pub(super) fn between(expected: &ExpectedRequest, made: &Made<'_>) -> Option<String> {
    for (name, value) in &expected.headers {
        let found = made.headers.iter().find(|(known, _)| known == name);
        match found {
            None if made.is_webhook && OF_WEBHOOKS.iter().any(|of| name.starts_with(of)) => {
                return Some(format!(
                    "the case requires the header `{name}`, which every webhook gets when it is sent: remove it from the case"
                ));
            }
            None => return Some(format!("it has no header `{name}`")),
            Some((_, found)) if with_placeholders(found) != with_placeholders(value) => {
                return Some(format!(
                    "its header `{name}` differs (- expected, + made)\n- {value}\n+ {found}"
                ));
            }
            Some(_) => {}
        }
    }
    let lines = match expected.body.as_ref()? {
        Body::Text(text) => of_texts(text, &String::from_utf8_lossy(made.body)),
        Body::Json(value) => match serde_json::from_slice::<Value>(made.body) {
            Ok(body) => {
                let mut lines = Vec::new();
                of_values("", Some(value), Some(&body), &mut lines);
                lines
            }
            Err(_) => of_texts(&value.to_string(), &String::from_utf8_lossy(made.body)),
        },
    };
    if lines.is_empty() {
        return None;
    }
    let shown = lines.iter().take(2 * MOST).cloned().collect::<Vec<_>>();
    let mut text = format!(
        "its body differs (- expected, + made)\n{}",
        shown.join("\n")
    );
    if lines.len() > shown.len() {
        text += "\n  and more";
    }
    Some(text)
}

/// Two lines, from a little before the first difference; none if the texts are equal.
fn of_texts(expected: &str, made: &str) -> Vec<String> {
    let (expected, made) = (with_placeholders(expected), with_placeholders(made));
    if expected == made {
        return Vec::new();
    }
    let pairs = expected.chars().zip(made.chars());
    let same = pairs.take_while(|(left, right)| left == right).count();
    let start = same.saturating_sub(BEFORE);
    let shown = |text: &str| {
        let part: String = text.chars().skip(start).take(SHOWN).collect();
        let (before, after) = (
            if start > 0 { "…" } else { "" },
            if text.chars().count() > start + SHOWN {
                "…"
            } else {
                ""
            },
        );
        format!("{before}{part}{after}")
    };
    vec![
        format!("- {}", shown(&expected)),
        format!("+ {}", shown(&made)),
    ]
}

/// Adds two lines for each value that differs, with its path.
fn of_values(path: &str, expected: Option<&Value>, made: Option<&Value>, lines: &mut Vec<String>) {
    // Some more than are shown, so that it is known whether there are more.
    if lines.len() > 2 * MOST {
        return;
    }
    match (expected, made) {
        (Some(Value::Object(expected)), Some(Value::Object(made))) => {
            let new = made.keys().filter(|name| !expected.contains_key(*name));
            for name in expected.keys().chain(new) {
                let path = format!("{path}/{name}");
                of_values(&path, expected.get(name), made.get(name), lines);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(made))) => {
            for index in 0..expected.len().max(made.len()) {
                let path = format!("{path}/{index}");
                of_values(&path, expected.get(index), made.get(index), lines);
            }
        }
        (Some(Value::Number(expected)), Some(Value::Number(made)))
            if decimal::are_equal(expected, made) => {}
        (Some(Value::String(expected)), Some(Value::String(made)))
            if with_placeholders(expected) == with_placeholders(made) => {}
        (expected, made) if expected == made => {}
        (expected, made) => {
            let path = if path.is_empty() {
                ""
            } else {
                &format!("{path}: ")
            };
            let shown = |sign: &str, value: &Value| {
                let text = value.to_string();
                let part: String = text.chars().take(SHOWN).collect();
                let cut = if part.len() < text.len() { "…" } else { "" };
                format!("{sign} {path}{part}{cut}")
            };
            lines.extend(expected.map(|value| shown("-", value)));
            lines.extend(made.map(|value| shown("+", value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use hookpoint_workspace::CaseReply;
    use serde_json::json;

    use super::*;

    fn shown_for(expected: Body, made: &str) -> Option<String> {
        let expected = ExpectedRequest {
            method: "POST".to_owned(),
            url: String::new(),
            headers: vec![("x-a".to_owned(), "1".to_owned())],
            body: Some(expected),
            reply: CaseReply::Unanswered,
        };
        between(
            &expected,
            &Made {
                method: "POST",
                url: "",
                headers: vec![("x-a".to_owned(), "1")],
                body: made.as_bytes(),
                is_webhook: false,
            },
        )
    }

    #[test]
    fn what_is_equal_by_value_is_equal() {
        let body = json!({ "a": [1, 2.50], "b": { "c": "x" } });
        let made = r#"{"b":{"c":"x"},"a":[1.0,2.5]}"#;
        assert_eq!(shown_for(Body::Json(body), made), None);
        let form = "client_secret=[redacted]&a=1";
        let made = "client_secret=%5Bredacted%5D&a=1";
        assert_eq!(shown_for(Body::Text(form.to_owned()), made), None);
    }

    #[test]
    fn each_value_that_differs_has_its_path() {
        let items = |third: u32| json!({ "items": [{ "id": 1 }, { "id": 2 }, { "id": third }] });
        let text = shown_for(Body::Json(items(3)), &items(4).to_string()).unwrap();
        assert_eq!(
            text,
            "its body differs (- expected, + made)\n- /items/2/id: 3\n+ /items/2/id: 4"
        );
        let text = shown_for(Body::Json(json!({ "a": 1 })), r#"{"b":1}"#).unwrap();
        assert!(text.ends_with("\n- /a: 1\n+ /b: 1"), "{text}");
        let many = shown_for(
            Body::Json(json!({ "a": vec![1; 99] })),
            &json!({ "a": vec![2; 99] }).to_string(),
        );
        assert!(many.unwrap().ends_with("\n  and more"));
        let long = "x".repeat(100);
        let text = shown_for(Body::Text(format!("{long}1")), &format!("{long}2")).unwrap();
        assert!(
            text.contains("\n- …xxxxxxxxxxxxxxxxxxxx1\n+ …xxxxxxxxxxxxxxxxxxxx2"),
            "{text}"
        );
        let text = shown_for(Body::Json(json!({ "a": 1 })), "no JSON").unwrap();
        assert!(text.contains("\n+ no JSON"), "{text}");
    }
}
