//! Every plugin in the functions that are deployed, against an emulated AWS: each hook succeeds at each of its stages, and withstands
//! every failure of its vendor.

mod fake;
mod publication;
mod scene;

use std::time::Duration;

use hookpoint_engine::{
    application::binding::FailurePolicy,
    record::{AfterAttempt, RunRecord},
};
use serde_json::{Value, json};

use self::scene::Posted;
pub(super) use self::scene::Scene;
use super::{
    bench::{Outcome, failure},
    vendor,
};

/// What an event came to, by its response and the record of its first run.
fn outcome(posted: &Posted<'_>, first: &RunRecord) -> Outcome {
    let delivery = first.delivery.as_ref();
    let next = delivery.and_then(|delivery| delivery.next_due);
    let mut response = posted.response.clone();
    response.remove("continuation");
    if posted.is_asynchronous() {
        response.clear();
    }
    Outcome {
        response,
        failure: failure(first),
        next_attempt: next.map(|due| Duration::from_millis(due.saturating_sub(first.started))),
        is_asynchronous: posted.is_asynchronous(),
    }
}

/// What is wrong with a success.
fn wrong_success(posted: &Posted<'_>, outcome: &Outcome) -> Option<String> {
    if let Some(failure) = &outcome.failure {
        return Some(format!("ended with {failure}"));
    }
    let problems = posted.script.problems();
    if !problems.is_empty() {
        return Some(problems.join(", "));
    }
    let mut expected = posted.exercise.case.expect.response.clone()?;
    if posted.response.contains_key("continuation") {
        // A response with a continuation has the session in its token.
        expected.remove("session");
    }
    if let Some(Value::Object(claims)) = expected.get_mut("claims") {
        // Empty claims are left out of the response.
        claims.retain(|_, claims| *claims != json!({}) && *claims != json!([]));
    }
    (expected != outcome.response && !outcome.is_asynchronous)
        .then(|| format!("responded {}", Value::Object(outcome.response.clone())))
}

/// What is wrong after a failure: in the response, or in what became of the delivery.
fn wrong_end(posted: &Posted<'_>, outcome: &Outcome, records: &[RunRecord]) -> Option<String> {
    if !posted.script.was_asked() {
        return Some("the request was never made".to_owned());
    }
    outcome.failure.as_ref()?;
    if !outcome.is_asynchronous {
        let response = &outcome.response;
        let is_as_bound = match &posted.exercise.binding.failure {
            FailurePolicy::Continue => response.is_empty(),
            FailurePolicy::Deny => response.keys().eq(["deny"]),
            FailurePolicy::Fallback(fallback) => response == fallback,
        };
        let shown = || Value::Object(response.clone()).to_string();
        return (!is_as_bound).then(|| format!("the failure policy made {}", shown()));
    }
    let ends: Vec<_> = records
        .iter()
        .filter_map(|record| Some((&record.outcome[..], record.delivery.as_ref()?.next)))
        .collect();
    match (&ends[..], outcome.next_attempt) {
        ([(_, AfterAttempt::DeadLetter)], None) => None,
        ([(_, AfterAttempt::Retry), ("ok", AfterAttempt::Nothing)], Some(_)) => {
            let problems = posted.script.problems();
            (!problems.is_empty()).then(|| format!("the retry: {}", problems.join(", ")))
        }
        _ => Some(format!("the attempts were {ends:?}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hook_succeeds_at_its_stages_and_withstands_its_vendor() {
    let scene = Scene::with(|_| true).await;
    let (all, records) = Box::pin(scene.all()).await;
    let (mut problems, mut good) = (Vec::new(), None);
    for posted in &all {
        let none = Vec::new();
        let records = records.get(&posted.correlation_id).unwrap_or(&none);
        let name = &posted.exercise.name;
        let Some(first) = records.first() else {
            problems.push(format!(
                "{name}: no hook ran: {}",
                Value::Object(posted.response.clone())
            ));
            good = good.filter(|_| posted.failure().is_some());
            continue;
        };
        let outcome = outcome(posted, first);
        let is_accepted = if outcome.is_asynchronous {
            posted.status == 202 && posted.response["queued"] == 1
        } else {
            posted.status == 200
        };
        assert!(
            is_accepted,
            "{name}: {} {:?}",
            posted.status, posted.response
        );
        let problem = match (posted.failure(), &good) {
            (None, _) => wrong_success(posted, &outcome),
            (Some((failure, _)), Some(good)) => vendor::wrong(&outcome, good, failure)
                .or_else(|| wrong_end(posted, &outcome, records)),
            // The success, which comes first, has a problem.
            (Some(_), None) => None,
        };
        if let Some(problem) = problem {
            let stage = posted.exercise.binding.stage;
            let failure = posted
                .failure()
                .map(|(failure, url)| format!(", {failure} from {url}"));
            problems.push(format!(
                "{name} at {stage}{}: {problem}",
                failure.unwrap_or_default()
            ));
        }
        if posted.failure().is_none() {
            good = Some(outcome);
        }
    }
    assert!(all.len() > 1_500, "{} events", all.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
