//! Events as they are shown.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::*;

fn record(members: Value) -> RunRecord {
    let mut text = json!({
        "v": 1,
        "id": "conversation-start.bot.5.01J9ZK4T0V8N7E2Q6M5B1C3D4D",
        "target": { "application": "bot" },
        "binding": "tier", "hook": "tier", "version": 2, "mode": "synchronous",
        "correlationId": "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4",
        "started": 1_000, "durationUs": 2_500, "result": "failed", "outcome": "script-error",
        "eventBytes": 2, "responseBytes": 2,
    });
    for (name, value) in members.as_object().unwrap() {
        text[name] = value.clone();
    }
    RunRecord::from_json(&text.to_string()).unwrap()
}

fn answered(timing: &str) -> Answered {
    Answered {
        at: UNIX_EPOCH + Duration::from_secs(43_449),
        correlation_id: "5b1d6a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
        request: "POST /v1/applications/bot/stages/conversation-start".to_owned(),
        status: 200,
        elapsed: Duration::from_micros(4_250),
        timing: Some(timing.to_owned()),
        is_replayed: false,
        skipped: Vec::new(),
        problem: None,
        response: serde_json::Map::new(),
    }
}

fn plain(shown: &Shown, width: Option<usize>) -> String {
    anstream::adapter::strip_str(&shown.render(width)).to_string()
}

#[test]
fn below_an_event_stands_what_its_hooks_did_not_do_well() {
    let failed = record(json!({
        "error": "tier.js:1:9: no\n  throw 1;\n        ^",
        "dropped": [{ "path": "contxt", "reason": "is not an effect" }],
        "log": ["a\u{1b}[2J"],
    }));
    let shown = Shown::Event {
        answered: answered("tier;dur=2.5;desc=\"script-error\""),
        runs: vec![failed],
    };
    assert!(shown.is_complete() && shown.has_failed());
    assert_eq!(
        plain(&shown, None),
        "12:04:09Z  3D4D  200  bot conversation-start  4.2 ms  tier script-error 2.5 ms
           tier.js:1:9: no
             throw 1;
                   ^
           dropped `contxt` is not an effect
           > a\\u001b[2J"
    );
}

#[test]
fn several_hooks_each_have_their_id_and_nothing_is_wider_than_the_terminal() {
    let error = "the endpoint returned status 503, which we never expect to see on such a day";
    let log = "a line of the console that is longer than a terminal of eighty columns has room for";
    let shown = Shown::Event {
        answered: answered("crm;dur=3.1;desc=\"server-error\", tier;dur=0.4;desc=\"ok\""),
        runs: vec![
            record(json!({ "hook": "crm", "outcome": "server-error", "error": error })),
            record(json!({ "result": "ok", "outcome": "ok", "log": [log, "会員登録"] })),
        ],
    };
    assert_eq!(
        plain(&shown, Some(80)),
        "12:04:09Z  3D4D  200  bot conversation-start  4.2 ms
           crm server-error 3.1 ms, tier ok 0.4 ms
           3D4D  crm v2 server-error 2.5 ms
                 the endpoint returned status 503, which we never expect to see
                 on such a day
           3D4D  tier v2 ok 2.5 ms
                 > a line of the console that is longer than a terminal of
                   eighty columns has room for
                 > 会員登録"
    );
    for width in [80, 100] {
        for line in plain(&shown, Some(width)).lines() {
            assert!(columns(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn hooks_that_did_not_run_are_named_with_the_reason() {
    let skipped = [
        (
            "vip",
            SkipReason::ConditionNotMet,
            Some("`tier` has another value"),
        ),
        (
            "vip-2",
            SkipReason::ConditionAbsent,
            Some("the event has no `tiers`"),
        ),
        ("crm", SkipReason::Paused, None),
        ("last", SkipReason::NotReached, None),
    ];
    let skipped = skipped.map(|(hook, reason, unmet)| Skipped {
        hook: hook.parse().unwrap(),
        reason,
        unmet: unmet.map(str::to_owned),
    });
    let shown = Shown::Event {
        answered: Answered {
            skipped: skipped.to_vec(),
            ..answered("tier;dur=2.5;desc=\"ok\"")
        },
        runs: Vec::new(),
    };
    assert!(!shown.has_failed());
    // The record of an absent member is still to come.
    assert!(!shown.is_complete());
    assert_eq!(
        plain(&shown, Some(80)),
        "12:04:09Z        200  bot conversation-start  4.2 ms  tier ok 2.5 ms
           vip did not run: `tier` has another value
           vip-2 did not run: the event has no `tiers`
           crm did not run: it is paused; `hookpoint resume` says how to switch
           it on again
           last did not run: the event ended before it"
    );
}

#[test]
fn a_response_that_was_recorded_is_called_so() {
    let shown = Shown::Event {
        answered: Answered {
            is_replayed: true,
            timing: None,
            ..answered("")
        },
        runs: Vec::new(),
    };
    assert_eq!(
        plain(&shown, None),
        "12:04:09Z        200  bot conversation-start  4.2 ms  the recorded response of an earlier event"
    );
}

#[test]
fn what_became_of_an_event_stands_behind_its_status() {
    for (response, word, style, is_refused) in [
        (json!({ "context": { "Tier": "gold" } }), "", GOOD, false),
        (json!({ "deny": { "error": "no" } }), " denied", BAD, true),
        (
            json!({ "showError": { "message": "no" }, "skip": true }),
            " retried",
            WARNING,
            true,
        ),
        (
            json!({ "profilingSteps": [{ "id": "a" }] }),
            " asked",
            WARNING,
            false,
        ),
        (
            json!({ "redirect": { "url": "https://a.example" } }),
            " redirected",
            WARNING,
            false,
        ),
        (json!({ "skip": true }), " chosen", WARNING, false),
        (
            json!({ "password": { "valid": false } }),
            " password refused",
            WARNING,
            true,
        ),
        (json!({ "password": { "valid": true } }), "", GOOD, false),
    ] {
        let Value::Object(response) = response else {
            unreachable!()
        };
        let shown = Shown::Event {
            answered: Answered {
                response,
                ..answered("tier;dur=2.5;desc=\"ok\"")
            },
            runs: Vec::new(),
        };
        let status = paint(style, &format!("200{word}"));
        let text = shown.render(None);
        assert!(text.contains(&format!("  {status}  bot ")), "{text}");
        assert_eq!(shown.has_failed(), is_refused, "{text}");
    }
}

#[test]
fn below_a_failed_hook_stands_what_its_policy_made_of_the_event() {
    let denied = record(json!({ "error": "no answer", "policy": "denied" }));
    let Value::Object(response) = json!({ "deny": { "error": "hook_failed" } }) else {
        unreachable!()
    };
    let shown = Shown::Event {
        answered: Answered {
            response,
            ..answered("tier;dur=2.5;desc=\"timeout\"")
        },
        runs: vec![denied],
    };
    assert_eq!(
        plain(&shown, None),
        "12:04:09Z  3D4D  200 denied  bot conversation-start  4.2 ms  tier timeout 2.5 ms
           no answer
           the event was denied"
    );
}

#[test]
fn an_event_is_one_line_when_all_is_well_and_so_is_a_delivery() {
    let shown = Shown::Event {
        answered: answered("greeting;dur=0.1;desc=\"ok\", crm;dur=3.0;desc=\"ok\""),
        runs: Vec::new(),
    };
    assert!(!shown.is_complete() && !shown.has_failed());
    assert_eq!(
        plain(&shown, None),
        "12:04:09Z        200  bot conversation-start  4.2 ms  greeting ok 0.1 ms, crm ok 3.0 ms"
    );
    let delivery = json!({ "id": "msg_1", "attempt": 2, "waitedMs": 5_000, "next": "retry", "nextDue": 1_767_225_600_000_u64 });
    let shown = Shown::Delivery(record(json!({
        "outcome": "server-error",
        "mode": "asynchronous",
        "delivery": delivery,
    })));
    assert_eq!(
        plain(&shown, None),
        "00:00:01Z  3D4D  server-error  bot conversation-start  2.5 ms  delivery of tier v2, attempt 2; retry at 2026-01-01T00:00:00Z"
    );
}

#[test]
fn a_hostile_request_does_not_drive_the_terminal() {
    let hostile = Answered {
        request: "GET /\u{1b}[2J".to_owned(),
        status: 404,
        problem: Some(("not-found".to_owned(), "a\nb".to_owned())),
        timing: None,
        ..answered("")
    };
    let shown = Shown::Event {
        answered: hostile,
        runs: Vec::new(),
    };
    assert!(shown.is_complete());
    assert_eq!(
        plain(&shown, None),
        "12:04:09Z        404  GET /\\u001b[2J  4.2 ms\n           not-found: a\\u000ab"
    );
}
