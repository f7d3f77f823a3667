//! Answers to fields of type `password` or `passcode`: visible to the hook that asked, and redacted everywhere else.

use proptest::prelude::*;
use serde_json::json;

use super::{
    deliveries::{filled, leaking_json},
    *,
};
use crate::{
    delivery::job::Job,
    hook::ScriptHook,
    ports::{RunStore, ScriptReply},
    record::{RunFilter, RunRecord},
    testing::{MemoryRuns, RecordedRun},
};

const STAGE: Stage = Stage::BeforeRegistration;
/// An answer under a name that is not sensitive; short answers are hidden in place.
const PIN: &str = "482916";
const SHORT: &str = "077";

fn steps() -> Value {
    let field = |id: &str, kind: &str| json!({"id": id, "label": "Please", "type": kind});
    json!([{"id": "one", "fields": [field("a", "passcode"), field("b", "password"), field("c", "text")]}])
}

/// A script that asks and then behaves as given, followed by an asynchronous hook, with events kept.
fn asking(then: impl Fn(&RecordedRun) -> Answer<ScriptReply> + Send + Sync + 'static) -> Stand {
    let mut wishes = Wishes::new().webhook("mail");
    let script = ScriptHook {
        source: "export default () => ({})".to_owned(),
        file: None,
        hosts: Vec::new(),
        optional_secrets: Vec::new(),
        source_map: None,
        compiled: None,
    };
    wishes.hook("ask", Implementation::Script(script), &[]);
    let mut wishes = wishes
        .bind(STAGE, "ask", 1)
        .bind_with(STAGE, "mail", 2, |binding| {
            binding.mode = Mode::Asynchronous;
        });
    wishes.0.applications[0].keep_events = true;
    let script = FakeScript::new(move |run| {
        if run.event["continueContext"].is_null() {
            Answer::response(&json!({ "profilingSteps": steps() }))
        } else {
            then(run)
        }
    });
    wishes.stand(|_, _| panic!("nothing is called"), Some(Arc::new(script)))
}

fn answered(report: &PassReport, step: &str) -> Value {
    json!({
        "continuation": report.response["continuation"],
        "continueContext": {"stepId": step, "values": {"a": PIN, "b": SHORT, "c": "seen"}},
    })
}

async fn records(stand: &Stand) -> Vec<RunRecord> {
    let store = MemoryRuns::default();
    stand.runs.write_to(&store, 100).await.unwrap();
    let mut records = Vec::new();
    for listed in store.runs(&RunFilter::default(), 100).await.unwrap() {
        records.extend(store.run(&listed.id).await.unwrap());
    }
    records
}

fn job(stand: &Stand) -> Job {
    stand.queue.inner().jobs().remove(0)
}

/// Everything that a pass writes, as text.
async fn written(stand: &Stand, report: &PassReport) -> String {
    let mut text: String = stand
        .queue
        .inner()
        .jobs()
        .iter()
        .map(Job::to_json)
        .collect();
    for record in records(stand).await {
        text += &record.to_json();
        text += &serde_json::to_string(&record.kept).unwrap();
    }
    // The data that is logged.
    text + &format!("{:?} {:?}", report.runs, report.conflicts)
}

#[tokio::test]
async fn the_hook_that_asked_sees_the_answers_and_nothing_else_does() {
    let stand = asking(|run| {
        let answers = &run.event["continueContext"]["values"];
        assert_eq!(answers, &json!({"a": PIN, "b": SHORT, "c": "seen"}));
        Answer::reply(ScriptReply {
            response: object(json!({
                "context": {"leaked": format!("<{PIN}>"), PIN: []},
                "attributes": {"x": {"pin": [answers["a"]], "y": [answers["a"]]}, "c": answers["c"]},
                "session": {"number": 482_916},
            })),
            log: vec![
                format!("the pin is \"{PIN}\""),
                format!("cut 48291{}", crate::confidential::redaction::CUT),
            ],
        })
    });
    let first = stand.post(STAGE, json!({})).await.unwrap();
    assert_eq!(first.response["profilingSteps"], steps());
    let second = stand.post(STAGE, answered(&first, "one")).await.unwrap();
    assert_eq!(second.response["context"]["leaked"], format!("<{PIN}>"));
    assert_eq!(second.response["session"]["number"], 482_916);
    let job = job(&stand);
    assert_eq!(job.event["context"]["leaked"], "<[redacted]>");
    assert_eq!(job.event["customer"]["attributes"]["c"], "seen");
    assert_eq!(job.event["session"]["number"], "[redacted]");
    let mut records = records(&stand).await;
    records.retain(|record| !record.log.is_empty());
    let resumed = records.remove(0);
    assert_eq!(
        resumed.log,
        ["the pin is \"[redacted]\"", "cut [redacted]…"]
    );
    let kept = resumed.kept.unwrap();
    assert_eq!(
        kept.event["continueContext"],
        json!({"stepId": "one", "values": {"a": "[redacted]", "b": "[redacted]", "c": "seen"}})
    );
    assert!(!job.to_json().contains(PIN) && !format!("{:?}", second.runs).contains(PIN));
}

#[tokio::test]
async fn a_failure_says_nothing_of_an_answer() {
    let stand = asking(|_| {
        Answer::failure(
            crate::hook::outcome::FailureClass::ScriptError,
            &format!("TypeError: {PIN} is not a function"),
        )
    });
    let first = stand.post(STAGE, json!({})).await.unwrap();
    let second = stand.post(STAGE, answered(&first, "one")).await.unwrap();
    assert!(second.response.contains_key("deny"));
    let text = written(&stand, &second).await;
    assert!(text.contains("TypeError: [redacted] is"), "{text}");
    assert!(!text.contains(PIN) && !text.contains("\"077\""), "{text}");
}

#[tokio::test]
async fn an_answer_that_a_hook_keeps_for_its_next_step_is_hidden_to_the_end() {
    let stand = asking(
        |run| match run.event["continueContext"]["stepId"].as_str() {
            Some("one") => Answer::response(&json!({
                "session": {"kept": run.event["continueContext"]["values"]["a"]},
                "profilingSteps": [{"id": "two", "fields": [{"id": "a", "label": "A", "type": "text"}]}],
            })),
            _ => Answer::response(&json!({"attributes": {"from": run.event["session"]["kept"]}})),
        },
    );
    let first = stand.post(STAGE, json!({})).await.unwrap();
    let second = stand.post(STAGE, answered(&first, "one")).await.unwrap();
    let again = json!({
        "continuation": second.response["continuation"],
        // The host returns the session it was given.
        "session": {"kept": PIN}, "form": {"echo": format!("{PIN}!")},
        "continueContext": {"stepId": "two", "values": {"a": "plain text"}},
    });
    let third = stand.post(STAGE, again).await.unwrap();
    assert_eq!(third.response["attributes"]["from"], PIN);
    let text = written(&stand, &third).await;
    assert!(
        text.contains("plain text") && text.contains("[redacted]!"),
        "{text}"
    );
    assert!(!text.contains(PIN), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_in_any_shape_of_response_is_written_down(
        shape in leaking_json(), answer in "#[!-~äß]{7,14}", nested in any::<bool>(),
    ) {
        // Member names stay: a customer's choice must not change them. In nested JSON they are text.
        let value = filled(&shape, &answer, nested);
        let value = if nested { Value::from(value.to_string()) } else { value };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let leaked = value.clone();
        let stand = asking(move |_| Answer::reply(ScriptReply {
            response: object(json!({"session": {"leaked": leaked}, "attributes": {"leaked": leaked}, "context": {leaked.to_string(): []}})),
            log: vec![leaked.to_string(), format!("{leaked:?}")],
        }));
        let (response, text) = runtime.block_on(async {
            let first = stand.post(STAGE, json!({})).await.unwrap();
            let mut goes_on = answered(&first, "one");
            goes_on["continueContext"]["values"]["a"] = Value::from(answer.as_str());
            let second = stand.post(STAGE, goes_on).await.unwrap();
            (second.response.clone(), written(&stand, &second).await)
        });
        prop_assert_eq!(&response["session"]["leaked"], &value);
        let quoted = Value::from(answer.as_str()).to_string();
        prop_assert!(!text.contains(&answer) && !text.contains(&quoted[1..quoted.len() - 1]), "{}", text);
    }
}
