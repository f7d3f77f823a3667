//! The outcome of a delivery in each situation.

mod attempts;
mod gone;
mod outage;

use std::{collections::BTreeMap, sync::Arc};

use hookpoint_stages::Stage;
use serde_json::{Value, json};

use super::{load::VISIBLE_AFTER, *};
use crate::{
    application::binding::Mode,
    pass::tests::{Stand, Wishes},
    ports::{JobQueue, RunStore, WebhookReply, WorkQueue},
    publish::DesiredBinding,
    record::{RunFilter, RunRecord},
    testing::{Answer, MemoryRuns, RecordedPost},
};

const STAGE: Stage = Stage::AfterRegistration;
const HOUR: Duration = Duration::from_hours(1);

fn asynchronous(binding: &mut DesiredBinding) {
    binding.mode = Mode::Asynchronous;
}

/// One asynchronous webhook.
fn mail(answer: impl Fn(&RecordedPost) -> Answer<WebhookReply> + Send + Sync + 'static) -> Stand {
    Wishes::new()
        .webhook("mail")
        .bind_with(STAGE, "mail", 1, asynchronous)
        .answering(move |_, call| answer(call))
}

impl Stand {
    /// Posts an event and returns the job it queued.
    async fn accepted(&self) -> Job {
        self.post(STAGE, json!({"context": {"n": 1}}))
            .await
            .unwrap();
        let leased = self.queue.receive(1, HOUR, self.now).await.unwrap();
        let job = leased[0].job.clone().unwrap();
        self.queue
            .settle(&leased[0], Settlement::Done, self.now)
            .await
            .unwrap();
        self.records().await;
        job
    }

    async fn deliver(&self, job: &Job) -> Settlement {
        self.engine.deliver(job, self.now).await
    }

    /// Returns the records written since the last call, oldest first.
    async fn records(&self) -> Vec<RunRecord> {
        let store = MemoryRuns::default();
        self.runs.write_to(&store, 100).await.unwrap();
        let mut records = store.runs(&RunFilter::default(), 1_000).await.unwrap();
        records.reverse();
        records
    }

    /// Returns the one record written since the last call.
    async fn record(&self) -> RunRecord {
        let mut records = self.records().await;
        assert_eq!(records.len(), 1, "{records:?}");
        records.remove(0)
    }

    /// Replaces the published bindings.
    fn publish(&self, wishes: Wishes) {
        self.store.inner().apply(&wishes.0).unwrap();
    }
}

fn again(settlement: Settlement) -> Job {
    match settlement {
        Settlement::Retry(job) => *job,
        other => panic!("{other:?}"),
    }
}

fn dead(settlement: Settlement) -> DeadReason {
    match settlement {
        Settlement::Dead(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn delivery(record: &RunRecord) -> &DeliveryRecord {
    record.delivery.as_ref().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_arrives_is_done_and_on_record() {
    let stand = mail(|_| Answer::raw(204, "").after(Duration::from_millis(70)));
    let job = stand.accepted().await;
    let mut later = stand;
    later.now += Duration::from_millis(1_234);
    assert_eq!(later.deliver(&job).await, Settlement::Done);
    let call = &later.webhook.calls()[0];
    assert_eq!(call.webhook_id, job.delivery.as_str());
    assert_eq!(call.correlation_id, job.correlation_id);
    assert_eq!(call.event, Value::Object(job.event.clone()));
    assert_eq!(call.allowed, Duration::from_secs(3));
    let record = later.record().await;
    assert_eq!(
        (record.result, record.outcome.as_str()),
        (crate::record::RunResultKind::Ok, "ok")
    );
    assert_eq!((record.status, record.error.as_ref()), (Some(204), None));
    assert_eq!(
        (record.id.stage, record.id.application.as_str()),
        (STAGE, "shop")
    );
    assert_eq!(
        (record.binding.as_str(), record.hook.as_str()),
        ("mail", "mail")
    );
    assert_eq!((record.version, record.mode), (1, Mode::Asynchronous));
    assert_eq!(record.started(), later.now);
    assert_eq!(record.duration(), Duration::from_millis(70));
    assert_eq!(
        record.event_bytes,
        serde_json::to_vec(&job.event).unwrap().len()
    );
    assert_eq!((record.policy, record.effects.len()), (None, 0));
    let expected = DeliveryRecord {
        id: job.delivery.clone(),
        attempt: 1,
        waited_ms: 1_234,
        next: AfterAttempt::Nothing,
        next_due: None,
        accepted_version: None,
    };
    assert_eq!(record.delivery, Some(expected));
}

#[tokio::test]
async fn what_an_endpoint_says_to_a_delivery_has_no_effect_and_cannot_fail_it() {
    for body in [
        "",
        "{\"deny\": 7}",
        "<html>",
        "[1]",
        "{\"context\":{\"a\":1}}",
    ] {
        let stand = mail(move |_| Answer::raw(200, body));
        let job = stand.accepted().await;
        assert_eq!(stand.deliver(&job).await, Settlement::Done, "{body}");
        assert_eq!(stand.record().await.outcome, "ok");
    }
    // A synchronous hook's record says that its response was ignored.
    let stand = Wishes::new()
        .static_hook("fixed", json!({"context": {"a": 1}}))
        .bind_with(STAGE, "fixed", 1, asynchronous)
        .quiet();
    let job = stand.accepted().await;
    assert_eq!(stand.deliver(&job).await, Settlement::Done);
    let record = stand.record().await;
    assert_eq!(record.effects.len(), 0);
    assert_eq!(record.dropped[0].path, "context");
    assert!(record.dropped[0].reason.contains("after the response"));
}

#[tokio::test]
async fn an_event_is_kept_with_its_delivery_where_the_application_wants_it() {
    let mut wishes = Wishes::new()
        .webhook("mail")
        .bind_with(STAGE, "mail", 1, asynchronous);
    wishes.0.applications[0].keep_events = true;
    let stand = wishes.answering(|_, _| Answer::raw(204, ""));
    let job = stand.accepted().await;
    stand.deliver(&job).await;
    let store = MemoryRuns::default();
    stand.runs.write_to(&store, 1).await.unwrap();
    let listed = store.runs(&RunFilter::default(), 1).await.unwrap();
    let kept = store.run(&listed[0].id).await.unwrap().unwrap().kept;
    assert_eq!(kept.unwrap().event, job.event);
}

#[tokio::test]
async fn a_message_that_is_no_job_is_set_aside() {
    let stand = mail(|_| panic!("it was called"));
    let leased = Leased {
        job: Err(crate::delivery::job::NotAJob {
            reason: format!("the message is not a job: {}", "é".repeat(2_000)),
            message: "secret contents".to_owned(),
            is_newer: false,
        }),
        receipt: "r".to_owned(),
        bytes: 0,
    };
    let reason = dead(stand.engine.handle_message(&leased, stand.now).await);
    assert_eq!(reason.code, "malformed");
    assert!(reason.message.starts_with("the message is not a job"));
    assert!(
        reason.message.len() <= MESSAGE_LIMIT,
        "{}",
        reason.message.len()
    );
    assert!(!reason.message.contains("contents"));
}

#[tokio::test]
async fn a_message_that_a_newer_version_wrote_is_postponed_and_never_set_aside() {
    let stand = mail(|_| panic!("it was called"));
    for message in [r#"{"v":2,"who":"knows"}"#, r#"{"v":1,"stage":"atDawn"}"#] {
        let leased = Leased {
            job: Job::from_message(message),
            receipt: "r".to_owned(),
            bytes: 0,
        };
        // Even a year later.
        let later = stand.now + Duration::from_hours(24 * 365);
        match stand.engine.handle_message(&leased, later).await {
            Settlement::Postponed(wait) => {
                let planned = crate::delivery::retry::POSTPONEMENT;
                assert!(wait >= planned.mul_f64(0.8) && wait <= planned.mul_f64(1.2));
            }
            other => panic!("{message}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_delivery_that_comes_early_goes_back_as_it_is() {
    let mut stand = mail(|_| Answer::raw(204, ""));
    let job = stand.accepted().await.next_attempt(stand.now, HOUR);
    for early in [HOUR, Duration::from_millis(1_001)] {
        let at = stand.now + HOUR - early;
        assert_eq!(again(stand.engine.deliver(&job, at).await), job);
    }
    assert_eq!((stand.called().len(), stand.records().await.len()), (0, 0));
    // A second of clock skew is not early.
    stand.now = job.due() - EARLY;
    assert_eq!(stand.deliver(&job).await, Settlement::Done);
}

/// Pauses the stage, and lets the engine read it.
fn pause(stand: &Stand) {
    stand.engine.forget();
    stand.pause(crate::application::Pause {
        stage: Some(STAGE),
        binding: None,
        unknown: serde_json::Map::new(),
    });
}

#[tokio::test]
async fn a_paused_delivery_is_set_aside_for_the_operator() {
    let stand = mail(|_| panic!("it was called"));
    let job = stand.accepted().await;
    pause(&stand);
    let reason = dead(stand.deliver(&job).await);
    assert_eq!(reason.code, "paused");
    assert!(
        reason.message.contains("when it is resumed"),
        "{}",
        reason.message
    );
    let record = stand.record().await;
    assert_eq!(
        (record.outcome.as_str(), delivery(&record).next),
        ("paused", AfterAttempt::DeadLetter)
    );
}

/// An operator resumes a hook and sends its deliveries again at once.
#[tokio::test]
async fn a_pause_that_is_only_remembered_sets_no_delivery_aside() {
    let stand = mail(|_| Answer::raw(204, ""));
    let job = stand.accepted().await;
    pause(&stand);
    assert_eq!(dead(stand.deliver(&job).await).code, "paused");
    let shop = job.application.clone();
    let store = stand.store.inner();
    store.change_application(&shop, |application| application.pauses.clear());
    assert_eq!(stand.deliver(&job).await, Settlement::Done);
}

#[tokio::test]
async fn another_version_of_the_hook_runs_in_the_place_of_the_one_that_was_bound() {
    let mut stand = Wishes::new()
        .webhook("mail")
        .bind_with(STAGE, "mail", 1, asynchronous)
        .answering(|name, _| match name {
            "better" => Answer::raw(204, ""),
            _ => Answer::raw(404, ""),
        });
    let job = stand.accepted().await;
    assert_eq!(dead(stand.deliver(&job).await).code, "bad-status");
    assert_eq!(delivery(&stand.record().await).accepted_version, None);
    let mut wishes = Wishes::new().webhook("better");
    let body = wishes.0.hooks.remove(&"better".parse().unwrap()).unwrap();
    let mut wishes = Wishes::new()
        .webhook("mail")
        .bind_with(STAGE, "mail", 1, asynchronous);
    wishes.0.hooks.insert("mail".parse().unwrap(), body);
    stand.publish(wishes);
    stand.now += Duration::from_secs(11);
    assert_eq!(stand.deliver(&job.anew(stand.now)).await, Settlement::Done);
    let record = stand.record().await;
    assert_eq!(
        (record.version, delivery(&record).accepted_version),
        (2, Some(1))
    );
    assert_eq!(stand.webhook.calls()[1].webhook_id, job.delivery.as_str());
}

/// The bindings that replaced an asynchronous one, and the expected records of its deliveries.
fn replacements() -> BTreeMap<&'static str, (Wishes, &'static str)> {
    let other =
        Wishes::new()
            .webhook("mail")
            .webhook("other")
            .bind_with(STAGE, "mail", 1, |binding| {
                binding.mode = Mode::Asynchronous;
                binding.hook = "other".parse().unwrap();
            });
    let synchronous = Wishes::new().webhook("mail").bind(STAGE, "mail", 1);
    BTreeMap::from([
        ("gone", (Wishes::new(), "unbound")),
        ("another hook", (other, "rebound")),
        ("before the answer", (synchronous, "rebound")),
    ])
}

#[tokio::test]
async fn a_delivery_whose_binding_is_gone_or_means_something_else_is_skipped_once_that_is_certain()
{
    for (what, (wishes, outcome)) in replacements() {
        let mut stand = mail(|_| panic!("it was called"));
        let accepted = stand.now;
        let job = stand.accepted().await;
        stand.publish(wishes);
        stand.now += Duration::from_secs(29);
        // This worker may not yet see a publication from a moment ago.
        let postponed = again(stand.deliver(&job).await);
        assert_eq!(
            (postponed.attempt, postponed.delivery.clone()),
            (1, job.delivery.clone()),
            "{what}"
        );
        assert!(stand.records().await.is_empty());
        stand.now = accepted + VISIBLE_AFTER;
        assert_eq!(stand.deliver(&job).await, Settlement::Done, "{what}");
        let record = stand.record().await;
        assert_eq!(
            (record.outcome.as_str(), record.version),
            (outcome, 1),
            "{what}"
        );
        assert_eq!(delivery(&record).next, AfterAttempt::Nothing);
    }
}

#[tokio::test]
async fn a_binding_is_looked_for_in_the_store_before_it_is_missed() {
    // This process has cached the bindings from before this one was published.
    let mut stand = Wishes::new().answering(|_, _| Answer::raw(204, ""));
    stand.post(STAGE, json!({})).await.unwrap();
    let publisher = mail(|_| panic!("it was called"));
    let job = publisher.accepted().await;
    stand.publish(
        Wishes::new()
            .webhook("mail")
            .bind_with(STAGE, "mail", 1, asynchronous),
    );
    stand.now += Duration::from_secs(1);
    assert_eq!(stand.deliver(&job).await, Settlement::Done);
    assert_eq!(stand.called(), ["mail"]);
}

#[tokio::test]
async fn a_delivery_of_an_application_that_is_unknown_is_skipped_once_that_is_certain() {
    let mut stand = mail(|_| panic!("it was called"));
    let mut job = stand.accepted().await;
    job.application = "unknown".parse().unwrap();
    assert_eq!(again(stand.deliver(&job).await).attempt, 1);
    stand.now += VISIBLE_AFTER;
    assert_eq!(stand.deliver(&job).await, Settlement::Done);
    assert_eq!(stand.record().await.outcome, "unbound");
}

#[tokio::test]
async fn a_dead_delivery_that_is_sent_again_starts_from_its_first_attempt() {
    use crate::ports::{DeadLetters as _, Selection};
    let mut stand = mail(|_| Answer::raw(503, ""));
    stand.post(STAGE, json!({})).await.unwrap();
    let mut ids = Vec::new();
    // Works through the whole schedule until the queue is empty.
    for _ in 0..20 {
        let leased = stand.queue.receive(10, HOUR, stand.now).await.unwrap();
        for leased in leased {
            ids.push(leased.job.clone().unwrap().delivery);
            let settlement = stand.engine.handle_message(&leased, stand.now).await;
            stand
                .queue
                .settle(&leased, settlement, stand.now)
                .await
                .unwrap();
        }
        stand.now += HOUR;
    }
    assert_eq!(ids.len(), 8);
    let letters = stand.queue.dead_letters(10).await.unwrap();
    let letter = letters[0].job.clone().unwrap();
    assert_eq!((letters.len(), letter.attempt), (1, 8));
    assert_eq!(
        stand
            .queue
            .redrive(&Selection::All, stand.now)
            .await
            .unwrap(),
        1
    );
    let leased = stand.queue.receive(1, HOUR, stand.now).await.unwrap();
    let job = leased[0].job.clone().unwrap();
    assert_eq!((job.attempt, &job.delivery), (1, &ids[0]));
    let next = again(stand.engine.handle_message(&leased[0], stand.now).await);
    assert_eq!(next.attempt, 2);
    stand.queue.enqueue(&[next], stand.now).await.unwrap();
    ids.dedup();
    assert_eq!(ids.len(), 1, "the receiver sees one id");
}
