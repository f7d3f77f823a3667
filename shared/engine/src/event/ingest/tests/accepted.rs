//! Asynchronous hooks: the answer, and what is in the queue by then.

use super::*;
use crate::{application::binding::Mode, delivery::job::Job, publish::DesiredBinding};

const AFTER_ONLY: Stage = Stage::AfterMfaChange;
const EITHER: Stage = Stage::AfterRegistration;

fn asynchronous(binding: &mut DesiredBinding) {
    binding.mode = Mode::Asynchronous;
}

/// Posts a stage's example.
async fn answer(stand: &Stand, stage: Stage) -> (u16, Value) {
    let key = add_key(stand, "shop", None);
    stand.engine.forget();
    let sent = headers(&[
        ("authorization", &format!("Bearer {key}")),
        ("content-type", "application/json"),
    ]);
    let body = stage.example().to_string();
    let (status, body, _) = post(stand, "shop", &stage.name(), &sent, body.as_bytes()).await;
    (status, body)
}

fn jobs(stand: &Stand) -> Vec<Job> {
    stand.queue.inner().jobs()
}

#[tokio::test]
async fn where_nothing_has_a_say_in_the_answer_it_says_how_many_deliveries_are_queued() {
    let nothing = Wishes::new().quiet();
    assert_eq!(
        answer(&nothing, AFTER_ONLY).await,
        (202, json!({"queued": 0}))
    );
    assert_eq!(answer(&nothing, EITHER).await, (200, json!({})));
    assert_eq!(nothing.queue.calls(), 0);

    let two = Wishes::new()
        .webhook("mail")
        .static_hook("fixed", json!({}))
        .bind(AFTER_ONLY, "mail", 2)
        .bind(AFTER_ONLY, "fixed", 1)
        .quiet();
    assert_eq!(answer(&two, AFTER_ONLY).await, (202, json!({"queued": 2})));
    let queued = jobs(&two);
    let bindings: Vec<_> = queued.iter().map(|job| job.binding.as_str()).collect();
    assert_eq!(bindings, ["fixed", "mail"]);
    assert_ne!(queued[0].delivery, queued[1].delivery);
    for job in &queued {
        assert_eq!(
            (job.attempt, job.accepted(), job.due()),
            (1, two.now, two.now)
        );
        assert_eq!(job.stage, AFTER_ONLY);
        assert_eq!(job.application.as_str(), "shop");
    }
    assert_eq!(two.queue.calls(), 1, "all of them in one call");

    let all = Wishes::new()
        .webhook("mail")
        .bind_with(EITHER, "mail", 1, asynchronous)
        .quiet();
    assert_eq!(answer(&all, EITHER).await, (202, json!({"queued": 1})));
}

#[tokio::test]
async fn a_paused_hook_is_not_queued_and_the_answer_keeps_its_form() {
    let stand = Wishes::new()
        .webhook("mail")
        .bind_with(EITHER, "mail", 1, asynchronous)
        .quiet();
    stand.pause(crate::application::Pause {
        stage: None,
        binding: Some("mail".parse().unwrap()),
        unknown: serde_json::Map::new(),
    });
    assert_eq!(answer(&stand, EITHER).await, (202, json!({"queued": 0})));
    assert!(jobs(&stand).is_empty());
}

#[tokio::test]
async fn an_event_that_some_hooks_answer_shows_the_others_what_they_said() {
    let stand = Wishes::new()
        .webhook("mail")
        .static_hook(
            "crm",
            json!({"context": {"tier": "gold"}, "attributes": {"vip": true}}),
        )
        // Whatever its order, it runs after all synchronous hooks.
        .bind_with(EITHER, "mail", 1, asynchronous)
        .bind(EITHER, "crm", 2)
        .quiet();
    let expected = json!({"context": {"tier": "gold"}, "attributes": {"vip": true}});
    assert_eq!(answer(&stand, EITHER).await, (200, expected));
    let job = &jobs(&stand)[0];
    assert_eq!(job.event["context"]["tier"], "gold");
    assert_eq!(job.event["customer"]["attributes"]["vip"], true);
    assert_eq!(job.hook.name.as_str(), "mail");
}

#[tokio::test]
async fn an_event_that_is_denied_or_corrected_fires_nothing() {
    for veto in [
        json!({"deny": {"error": "no"}}),
        json!({"showError": {"message": "No."}}),
    ] {
        let stand = Wishes::new()
            .webhook("mail")
            .static_hook("veto", veto)
            .bind_with(Stage::AfterExternalLogin, "mail", 1, asynchronous)
            .bind(Stage::AfterExternalLogin, "veto", 2)
            .quiet();
        assert_eq!(answer(&stand, Stage::AfterExternalLogin).await.0, 200);
        assert_eq!((jobs(&stand).len(), stand.queue.calls()), (0, 0));
    }
}

#[tokio::test]
async fn a_pass_that_was_suspended_queues_its_deliveries_once_when_it_ends() {
    let stage = Stage::AfterExternalLogin;
    let stand = Wishes::new()
        .webhook("mail")
        .webhook("check")
        .bind_with(stage, "mail", 1, asynchronous)
        .bind(stage, "check", 2)
        .answering(|name, call| {
            assert_eq!(name, "check");
            Answer::json(&if call.event["continueContext"].is_null() {
                json!({"redirect": {"url": "https://check.example.com/"}, "session": {"asked": 1}})
            } else {
                json!({"context": {"checked": call.event["continueContext"]["ok"]}})
            })
        });
    let key = add_key(&stand, "shop", None);
    let sent = headers(&[
        ("authorization", &format!("Bearer {key}")),
        ("content-type", "application/json"),
    ]);
    let mut event = stage.example();
    let posted = event.to_string();
    let (_, first, _) = post(&stand, "shop", &stage.name(), &sent, posted.as_bytes()).await;
    assert!(jobs(&stand).is_empty(), "the pass has not ended: {first}");
    event["continuation"] = first["continuation"].clone();
    event["continueContext"] = json!({"ok": "yes"});
    let posted = event.to_string();
    let (status, second, _) = post(&stand, "shop", &stage.name(), &sent, posted.as_bytes()).await;
    assert_eq!(
        (status, &second["context"]),
        (200, &json!({"checked": "yes"}))
    );
    let queued = jobs(&stand);
    assert_eq!(queued.len(), 1);
    assert_eq!(queued[0].event["context"]["checked"], "yes");
    assert_eq!(queued[0].event["continueContext"], Value::Null);
    assert!(queued[0].event.get("continuation").is_none());
}

#[tokio::test]
async fn a_queue_that_is_down_is_a_503_and_nothing_was_promised() {
    let stand = Wishes::new()
        .webhook("mail")
        .bind(AFTER_ONLY, "mail", 1)
        .quiet();
    stand.queue.set_down(true);
    let (status, problem) = answer(&stand, AFTER_ONLY).await;
    assert_eq!(
        (status, &problem["code"]),
        (503, &json!("queue-unavailable"))
    );
    assert!(!problem.to_string().contains("test says so"));
    stand.queue.set_down(false);
    assert_eq!(answer(&stand, AFTER_ONLY).await.0, 202);
    assert_eq!(jobs(&stand).len(), 1);
}

/// Never answers.
struct Hanging;

#[async_trait::async_trait]
impl crate::ports::JobQueue for Hanging {
    async fn enqueue(&self, _: &[Job], _: SystemTime) -> Result<(), crate::ports::QueueError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_hangs_costs_an_event_its_budget() {
    let stand = Wishes::new()
        .webhook("mail")
        .bind(AFTER_ONLY, "mail", 1)
        .quiet();
    let stand = stand.over(|ports| ports.queue = Arc::new(Hanging));
    let started = Instant::now();
    assert_eq!(answer(&stand, AFTER_ONLY).await.0, 503);
    assert_eq!(started.elapsed(), std::time::Duration::from_secs(3));
}
