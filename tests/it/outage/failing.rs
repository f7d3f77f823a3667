//! Receivers that are slow, busy, broken or gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use axum::{body::Body, http::Response};
use hookpoint_engine::{
    delivery::retry::SCHEDULE,
    record::{AfterAttempt, RunRecord},
};
use serde_json::json;

use super::{
    endpoint::Endpoint,
    scene::{LATER, Scene},
    server::{Answer, Post},
};
use crate::{stage_function::APPLICATION, worker::pump::Pump};

/// Asynchronous hooks of [`LATER`], by name and port.
pub(super) fn workspace(hooks: &[(&str, u16)]) -> String {
    let hook = |(name, port): &(&str, u16)| {
        format!("  {name}: {{ webhook: \"http://127.0.0.1:{port}/{name}\" }}\n")
    };
    let binding = |(name, _): &(&str, u16)| {
        let stage = LATER.id();
        format!("  - {{ application: {APPLICATION}, stage: {stage}, hook: {name} }}\n")
    };
    format!(
        "version: 1\napplications: {{ {APPLICATION}: {{ name: Shop, kind: identity }} }}\nhooks:\n{}bindings:\n{}\
         local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.1/32] }}\n",
        hooks.iter().map(hook).collect::<String>(),
        hooks.iter().map(binding).collect::<String>(),
    )
}

/// Checks the wait before an attempt: the schedule's, plus or minus a fifth; queues count whole seconds.
#[track_caller]
pub(super) fn is_planned(attempt: u32, wait: Duration) {
    let planned = SCHEDULE[attempt as usize - 1].as_secs_f64();
    let range = planned * 0.8 - 0.1..=planned * 1.2 + 1.0;
    let wait = wait.as_secs_f64();
    assert!(range.contains(&wait), "{wait} s before attempt {attempt}");
}

/// How long after an attempt the next one is due.
fn wait_after(record: &RunRecord) -> Option<Duration> {
    let due = record.delivery.as_ref()?.next_due?;
    let due = SystemTime::UNIX_EPOCH + Duration::from_millis(due);
    Some(
        due.duration_since(record.started() + record.duration())
            .unwrap(),
    )
}

fn busy(retry_after: &str) -> Answer {
    let response = Response::builder()
        .status(429)
        .header("retry-after", retry_after);
    Answer::Reply(response.body(Body::empty()).unwrap())
}

/// Answers 503 and closes the connection: on a kept one, the next request would be retried at once.
fn unavailable() -> Answer {
    let response = Response::builder()
        .status(503)
        .header("connection", "close");
    Answer::Reply(response.body(Body::empty()).unwrap())
}

/// The answers of each path to the first attempts at a delivery.
fn misbehave(post: &Post, before: usize) -> (Duration, Answer) {
    let slow = Duration::from_millis(3_300);
    let answer = match (post.path.as_str(), before) {
        ("/slow", 0) => return (slow, Answer::status(204)),
        ("/silent", 0) => Answer::Silence,
        ("/flapping", 0 | 2) => unavailable(),
        ("/reset", 0 | 1) | ("/flapping", 1) => Answer::Reset,
        ("/busy", 0) => busy("9"),
        ("/busy", 1) => busy("3600"),
        ("/gone", _) => Answer::status(410),
        ("/refusing", _) => Answer::status(400),
        _ => Answer::status(204),
    };
    (Duration::ZERO, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_is_retried_by_the_schedule_or_set_aside_and_sent_again_by_an_operator() {
    let endpoint = Endpoint::answering(misbehave);
    // Resetting paths have their own endpoints, so that no connection to them is kept from another hook.
    let [resetting, flapping] = [(); 2].map(|()| Endpoint::answering(misbehave));
    let absent = Endpoint::content();
    absent.leave().await;
    let names = ["slow", "silent", "busy", "gone", "refusing"];
    let mut hooks: Vec<_> = names.iter().map(|name| (*name, endpoint.port())).collect();
    hooks.push(("reset", resetting.port()));
    hooks.push(("flapping", flapping.port()));
    hooks.push(("absent", absent.port()));
    let scene = Scene::open(&workspace(&hooks), &[LATER]).await;
    let caller = scene.caller(LATER).await;
    assert_eq!(caller.post(1).await.body, json!({"queued": hooks.len()}));
    caller.stop().await;
    let mut pump = scene.pump();
    pump.until_empty(Duration::from_mins(1)).await;

    for (hook, outcomes) in [
        ("slow", &["timeout", "ok"][..]),
        ("silent", &["timeout", "ok"]),
        ("reset", &["connection", "connection", "ok"]),
        (
            "flapping",
            &["server-error", "connection", "server-error", "ok"],
        ),
        ("busy", &["server-error", "server-error", "ok"]),
        ("gone", &["gone"]),
        ("refusing", &["bad-status"]),
        ("absent", &["connection"; 8]),
    ] {
        let records = scene.records(LATER, hook, outcomes.len()).await;
        let ended: Vec<_> = records
            .iter()
            .map(|record| record.outcome.as_str())
            .collect();
        assert_eq!(ended, outcomes, "{hook}");
        let ids: BTreeSet<_> = records
            .iter()
            .map(|record| &record.delivery.as_ref().unwrap().id)
            .collect();
        assert_eq!(ids.len(), 1, "{hook}");
        for (attempt, record) in (1..).zip(&records) {
            let delivery = record.delivery.as_ref().unwrap();
            assert_eq!(delivery.attempt, attempt, "{hook}");
            let Some(wait) = wait_after(record) else {
                let next = if ended.last() == Some(&"ok") {
                    AfterAttempt::Nothing
                } else {
                    AfterAttempt::DeadLetter
                };
                assert_eq!(
                    (delivery.next, record),
                    (next, records.last().unwrap()),
                    "{hook}"
                );
                continue;
            };
            assert_eq!(delivery.next, AfterAttempt::Retry);
            if hook == "busy" {
                // What the endpoint asked for, between one and two scheduled waits.
                let asked = [8.0..=9.01, 48.0..=72.01];
                let asked = &asked[attempt as usize - 1];
                assert!(asked.contains(&wait.as_secs_f64()), "{wait:?}");
            } else {
                is_planned(attempt + 1, wait);
            }
        }
        let asked = match hook {
            "reset" => &resetting,
            "flapping" => &flapping,
            _ => &endpoint,
        };
        let posts = asked.posts(&format!("/{hook}"));
        let expected = if hook == "absent" { 0 } else { outcomes.len() };
        assert_eq!(posts.len(), expected, "{hook}");
        assert!(posts.iter().all(|post| post.body == posts[0].body));
    }
    the_queue_held_them_back(&scene);

    let dead = scene.dead_letters().await;
    let reasons: BTreeMap<_, _> = dead
        .iter()
        .map(|letter| {
            let job = letter.job.as_ref().unwrap();
            let reason = letter.reason.as_ref().unwrap();
            (
                job.binding.to_string(),
                (reason.code.as_str(), job.attempt, letter.id.clone()),
            )
        })
        .collect();
    let kinds = reasons
        .iter()
        .map(|(hook, (code, attempt, _))| (hook.as_str(), *code, *attempt));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [
            ("absent", "connection", 8),
            ("gone", "gone", 1),
            ("refusing", "bad-status", 1)
        ]
    );
    the_receivers_work_again(&scene, pump, (&endpoint, &absent), &reasons).await;
}

/// The receivers work again, and the dead letters are redriven.
async fn the_receivers_work_again(
    scene: &Scene,
    mut pump: Pump<'_>,
    (endpoint, absent): (&Endpoint, &Endpoint),
    reasons: &BTreeMap<String, (&str, u32, String)>,
) {
    endpoint.be_content();
    absent.come_back();
    assert_eq!(
        scene.dead_letter_command(&["redrive", "--all"]),
        json!({"redriven": reasons.len()})
    );
    pump.until_empty(Duration::from_secs(30)).await;
    pump.stop().await;
    for (hook, before, here) in [("absent", 0, absent), ("refusing", 1, endpoint)] {
        let posts = here.posts(&format!("/{hook}"));
        assert_eq!(posts.len(), before + 1, "{hook}");
        let (_, _, id) = &reasons[hook];
        assert_eq!(posts[before].header("webhook-id"), id, "{hook}");
    }
    // An endpoint that is gone is not called until an operator resumes it.
    assert_eq!(endpoint.posts("/gone").len(), 1);
    let listed = scene.dead_letter_command(&["list"]);
    let codes: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|letter| letter["reason"]["code"].clone())
        .collect();
    assert_eq!(codes, ["gone"], "{listed}");

    scene.command(&["resume", "--application", APPLICATION, "--binding", "gone"]);
    assert_eq!(
        scene.dead_letter_command(&["redrive", "--all"]),
        json!({"redriven": 1})
    );
    // A worker caches the mark for a while.
    let mut pump = scene.pump();
    pump.until_empty(Duration::from_secs(30)).await;
    pump.stop().await;
    let posts = endpoint.posts("/gone");
    assert_eq!(posts.len(), 2);
    let same = |post: &Post| (post.header("webhook-id").to_owned(), post.body.clone());
    assert_eq!(same(&posts[0]), same(&posts[1]));
    assert_eq!(scene.dead_letter_command(&["list"]), json!([]));
}

/// Checks the delays in the queue: none exceeds the maximum, and those before each attempt add up to the schedule's.
fn the_queue_held_them_back(scene: &Scene) {
    let mut waits = BTreeMap::<u32, Vec<Duration>>::new();
    for sent in scene.proxy().sent() {
        if sent.job.binding.as_str() == "absent" {
            assert!(sent.delay <= Duration::from_mins(15));
            waits.entry(sent.job.attempt).or_default().push(sent.delay);
        }
    }
    assert_eq!(
        waits.keys().copied().collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    for (attempt, delays) in waits {
        // Each delay is rounded to whole seconds.
        is_planned(attempt, delays.iter().sum());
        let hops = delays.len() - 1;
        let expected = delays.iter().sum::<Duration>().as_secs() / 900;
        assert!(
            (expected.saturating_sub(1)..=expected + 1).contains(&(hops as u64)),
            "{delays:?}"
        );
    }
}
