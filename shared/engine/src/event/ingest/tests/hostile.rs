//! Hostile JSON: what is accepted is answered, queued, replayed and delivered unchanged.

use proptest::prelude::*;

use super::*;
use crate::{
    application::binding::Mode,
    delivery::job::Job,
    event::json,
    ports::Settlement,
    testing::hostile_json::{Flaw, HostileJson},
};

const BOTH: Stage = Stage::AfterRegistration;

/// A hook with a hostile response, and an asynchronous one.
fn stand_saying(response: String) -> (Stand, Vec<(String, String)>) {
    let stand = Wishes::new()
        .webhook("crm")
        .webhook("mail")
        .bind(BOTH, "crm", 1)
        .bind_with(BOTH, "mail", 2, |binding| {
            binding.mode = Mode::Asynchronous;
        })
        .answering(move |_, _| Answer::raw(200, response.clone()));
    let key = add_key(&stand, "shop", None);
    let headers = headers(&[
        ("authorization", &format!("Bearer {key}")),
        ("content-type", "application/json"),
        ("idempotency-key", "once"),
    ]);
    (stand, headers)
}

fn event_with(payload: &str) -> String {
    format!(
        r#"{{"eventType":"afterRegistration","customer":{{"info":{{"id":"a1"}}}},"payload":{payload}}}"#
    )
}

async fn check(event: HostileJson, answer: HostileJson) -> Result<(), TestCaseError> {
    let said = format!(r#"{{"session":{}}}"#, answer.text);
    let (stand, headers) = stand_saying(said);
    let body = event_with(&event.text);
    let post = || {
        post(
            &stand,
            "shop",
            "after-registration",
            &headers,
            body.as_bytes(),
        )
    };
    let (status, response, first) = post().await;
    if event.flaw.is_some() {
        prop_assert_eq!((status, &response["code"]), (400, &json!("invalid-json")));
        prop_assert!(stand.webhook.calls().is_empty());
        return Ok(());
    }
    prop_assert_eq!(status, 200, "{}", response);
    let sent = json::read(event.text.as_bytes()).unwrap();
    let calls = stand.webhook.calls();
    prop_assert_eq!(&calls[0].event["payload"], &sent);
    if answer.flaw.is_none() {
        let said = json::read(answer.text.as_bytes()).unwrap();
        prop_assert_eq!(&response["session"], &said);
    } else {
        prop_assert_eq!(&response, &json!({}), "a flawed response is a failure");
    }

    let (status, _, replayed) = post().await;
    prop_assert_eq!(status, 200);
    prop_assert_eq!(header(&replayed, "idempotent-replayed"), Some("true"));
    prop_assert_eq!(&replayed.body, &first.body);

    let jobs = stand.queue.inner().jobs();
    prop_assert_eq!(jobs.len(), 1);
    let job = Job::from_json(&jobs[0].to_json()).unwrap();
    prop_assert_eq!(&job.event["payload"], &sent);
    let settlement = stand.engine.deliver(&job, stand.now).await;
    prop_assert!(matches!(settlement, Settlement::Done));
    let calls = stand.webhook.calls();
    prop_assert_eq!(calls.len(), 2);
    prop_assert_eq!(&calls[1].event["payload"], &sent);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_accepted_is_answered_queued_replayed_and_delivered_as_it_came(event in any::<u64>(), answer in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(check(HostileJson::from_seed(event), HostileJson::from_seed(answer)))?;
    }
}

#[tokio::test]
async fn a_member_of_the_json_library_is_refused_wherever_it_comes_from() {
    let member = r#"{"tmp":1,"$serde_json::private::Number":"boom"}"#;
    let flawed = || HostileJson {
        text: member.to_owned(),
        flaw: Some(Flaw::PrivateName),
    };
    let sound = || HostileJson {
        text: "{}".to_owned(),
        flaw: None,
    };
    check(flawed(), sound()).await.unwrap();
    check(sound(), flawed()).await.unwrap();

    for body in [
        r#"{"eventType":"afterRegistration","session":MEMBER}"#,
        r#"{"eventType":"afterRegistration","customer":{"attributes":MEMBER}}"#,
        r#"{"eventType":"afterRegistration","continueContext":{"values":MEMBER},"continuation":"x"}"#,
        r#"{"eventType":"afterRegistration","$serde_json::private::RawValue":"1"}"#,
    ] {
        let (stand, headers) = stand_saying(String::new());
        let body = body.replace("MEMBER", member);
        let (status, problem, _) = post(
            &stand,
            "shop",
            "after-registration",
            &headers,
            body.as_bytes(),
        )
        .await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid-json")));
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.starts_with(
                "the body has a member whose name begins with `$serde_json::private::` at line 1"
            ),
            "{detail}"
        );
    }
}

#[tokio::test]
async fn a_stored_response_with_such_a_member_fails_its_hook() {
    let mut attributes = Map::new();
    attributes.insert("$serde_json::private::Number".to_owned(), json!("boom"));
    let stand = Wishes::new()
        .static_hook("old", json!({"attributes": {"a": attributes}}))
        .bind(BOTH, "old", 1)
        .quiet();
    let report = stand.post(BOTH, json!({})).await.unwrap();
    assert_eq!(report.runs[0].outcome().as_str(), "bad-response");
}
