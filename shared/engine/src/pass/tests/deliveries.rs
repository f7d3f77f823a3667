//! The jobs that a pass queues: effects, but no secrets or passwords.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::delivery::job::Job;

const STAGE: Stage = Stage::AfterExternalLogin;

/// A webhook with these secrets in its headers, and an asynchronous one.
fn wishes(secrets: &[&str]) -> Wishes {
    let mut wishes = Wishes::new().webhook("mail");
    let header = |name: &&str| {
        let value = Template::parse(&format!("{{{name}:Secret}}")).unwrap();
        (format!("x-{name}"), value)
    };
    let leaky = WebhookHook {
        url: Template::parse("https://crm.example.com/leaky").unwrap(),
        headers: secrets.iter().map(header).collect(),
        signing_secrets: Vec::new(),
    };
    wishes.hook("leaky", Implementation::Webhook(leaky), secrets);
    wishes
        .bind(STAGE, "leaky", 1)
        .bind_with(STAGE, "mail", 9, |binding| {
            binding.mode = Mode::Asynchronous;
        })
}

fn job(stand: &Stand) -> Job {
    stand.queue.inner().jobs().remove(0)
}

#[tokio::test]
async fn a_secret_that_a_hook_tells_reaches_the_answer_but_not_the_queue() {
    let stand = wishes(&["Token", "TestToken"]).answering(|_, call| {
        let [token, test] = [0, 1].map(|index| call.headers[index].1.clone());
        Answer::json(&json!({
            "context": {"leaked": format!("<{token}>"), "kept": 12345678901234567890_u64},
            "attributes": {"a": [{"b": test}], token: 1},
            "session": {"s": json!({"inner": "t3st"}).to_string()},
        }))
    });
    stand.secrets.inner().set(None, "Token", "48151623");
    let report = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(report.response["context"]["leaked"], "<48151623>");
    let job = job(&stand);
    assert_eq!(job.event["context"]["leaked"], "<[redacted]>");
    assert_eq!(job.event["context"]["kept"], 12345678901234567890_u64);
    let attributes = &job.event["customer"]["attributes"];
    assert_eq!(attributes["a"], json!([{"b": "[redacted]"}]));
    assert_eq!(attributes["[redacted]"], 1);
    assert_eq!(job.event["session"]["s"], "{\"inner\":\"[redacted]\"}");
}

#[tokio::test]
async fn digits_of_a_secret_are_found_as_a_number_too() {
    let stand = wishes(&["Token"])
        .answering(|_, _| Answer::json(&json!({"context": {"pin": 48151623, "other": 481516230}})));
    stand.secrets.inner().set(None, "Token", "48151623");
    stand.post(STAGE, json!({})).await.unwrap();
    let context = job(&stand).event["context"].clone();
    assert_eq!(
        (&context["pin"], &context["other"]),
        (&json!("[redacted]"), &json!(481516230))
    );
}

#[tokio::test]
async fn passwords_of_an_event_and_of_hooks_are_not_queued() {
    let stand = wishes(&[]).answering(|_, _| {
        Answer::json(
            &json!({"session": {"newPassword": "hunter2", "fields": [{"passcode": 4711}]}}),
        )
    });
    let event = json!({"customer": {"attributes": {"PASSWORD": "hunter2"}}, "context": {"oldPassword": ["hunter2"]}});
    stand.post(STAGE, event).await.unwrap();
    let text = job(&stand).to_json();
    assert!(
        !text.contains("hunter2") && !text.contains("4711"),
        "{text}"
    );
}

#[tokio::test]
async fn a_secret_leaked_before_a_pass_was_suspended_is_not_queued_at_its_end() {
    let stand = || {
        wishes(&["Token"])
            .webhook("ask")
            .bind(STAGE, "ask", 2)
            .answering(|name, call| match name {
                "leaky" => Answer::json(&json!({"context": {"leaked": call.headers[0].1}})),
                _ if call.event["continueContext"].is_null() => {
                    Answer::json(&json!({"redirect": {"url": "https://ask.example.com/"}}))
                }
                _ => Answer::json(&json!({"context": {"asked": call.event["context"]["leaked"]}})),
            })
    };
    let first = stand().post(STAGE, json!({})).await.unwrap();
    let goes_on =
        json!({"continuation": first.response["continuation"], "continueContext": {"ok": true}});
    // As in another process with empty caches.
    let other = stand();
    let second = other.post(STAGE, goes_on.clone()).await.unwrap();
    assert_eq!(second.response["context"]["leaked"], "s3cr3t");
    assert_eq!(other.called(), ["ask"]);
    let text = job(&other).to_json();
    assert!(!text.contains("s3cr3t"), "{text}");
    // When it is unknown what to redact, the event is rejected.
    let blind = stand();
    blind.secrets.set_down(true);
    let problem = blind.post(STAGE, goes_on).await.unwrap_err();
    assert_eq!(problem.code.status(), 503);
    assert!(blind.queue.inner().jobs().is_empty());
}

/// JSON of any shape in which `SECRET` stands for a confidential value.
pub(super) fn leaking_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        ".{0,8}",
        Just("SECRET".to_owned()),
        (".{0,6}", ".{0,6}").prop_map(|(before, after)| format!("{before}SECRET{after}")),
    ];
    let leaf = prop_oneof![
        any::<Option<bool>>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let members = prop::collection::vec((text.clone(), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Inserts the secret at its places, and in member names if `in_names` is set.
pub(super) fn filled(value: &Value, secret: &str, in_names: bool) -> Value {
    match value {
        Value::String(text) => Value::from(text.replace("SECRET", secret)),
        Value::Array(items) => items
            .iter()
            .map(|item| filled(item, secret, in_names))
            .collect(),
        Value::Object(members) => {
            let in_name = if in_names { secret } else { "SECRET" };
            let filled = members.iter().map(|(name, value)| {
                (
                    name.replace("SECRET", in_name),
                    filled(value, secret, in_names),
                )
            });
            filled.collect()
        }
        scalar => scalar.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_secret_in_any_shape_of_response_reaches_a_job(
        shape in leaking_json(), secret in "[!-~äß]{7,14}", nested in any::<bool>(),
    ) {
        let value = filled(&shape, &secret, true);
        let value = if nested { Value::from(value.to_string()) } else { value };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let leaked = value.clone();
        let stand = wishes(&["Token"])
            .answering(move |_, _| Answer::json(&json!({"session": {"leaked": leaked}, "attributes": {"leaked": leaked}})));
        stand.secrets.inner().set(None, "Token", &secret);
        let report = runtime.block_on(stand.post(STAGE, json!({}))).unwrap();
        prop_assert_eq!(&report.response["session"]["leaked"], &value);
        let text = job(&stand).to_json();
        let quoted = Value::from(secret.as_str()).to_string();
        prop_assert!(!text.contains(&secret) && !text.contains(&quoted[1..quoted.len() - 1]), "{}", text);
    }
}
