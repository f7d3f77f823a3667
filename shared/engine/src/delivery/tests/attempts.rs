//! Failed attempts: which are retried, and when.

use super::*;
use crate::{hook::outcome::FailureClass, ports::WebhookRunner, record::RunResultKind};

/// A response with `Retry-After`.
fn asking(status: u16, retry_after: &str) -> Answer<WebhookReply> {
    Answer::reply(WebhookReply {
        status,
        retry_after: Some(retry_after.to_owned()),
        ..WebhookReply::default()
    })
}

#[tokio::test]
async fn eight_attempts_follow_the_schedule_and_have_one_id() {
    let mut stand = mail(|_| Answer::raw(503, ""));
    let mut job = stand.accepted().await;
    let id = job.delivery.clone();
    for attempt in 1..=8 {
        stand.now = job.due();
        assert_eq!(job.attempt, attempt);
        let settlement = stand.deliver(&job).await;
        let record = stand.record().await;
        assert_eq!(
            (record.result, record.outcome.as_str()),
            (RunResultKind::Failed, "server-error")
        );
        assert_eq!(
            (record.status, delivery(&record).attempt),
            (Some(503), attempt)
        );
        assert_eq!(
            record.error.as_deref(),
            Some("the endpoint returned status 503")
        );
        assert_eq!(record.policy, None);
        if attempt == 8 {
            let reason = dead(settlement);
            assert_eq!(
                (reason.code.as_str(), reason.message.as_str()),
                ("server-error", "the endpoint returned status 503")
            );
            assert_eq!(delivery(&record).next, AfterAttempt::DeadLetter);
            assert_eq!(delivery(&record).next_due, None);
            break;
        }
        let next = again(settlement);
        let planned = retry::SCHEDULE[usize::try_from(attempt).unwrap()];
        let waits = next.wait(stand.now);
        // The attempt itself took some real time.
        let latest = planned.mul_f64(1.2) + Duration::from_secs(1);
        assert!(
            (planned.mul_f64(0.8)..=latest).contains(&waits),
            "{attempt}: {waits:?}"
        );
        assert_eq!(delivery(&record).next, AfterAttempt::Retry);
        assert_eq!(delivery(&record).next_due, Some(milliseconds(next.due())));
        let mut unchanged = next.postponed(job.due(), Duration::ZERO);
        unchanged.attempt = attempt;
        assert_eq!(unchanged, job.postponed(job.due(), Duration::ZERO));
        job = next;
    }
    let ids: Vec<_> = stand
        .webhook
        .calls()
        .into_iter()
        .map(|call| call.webhook_id)
        .collect();
    assert_eq!(ids, vec![id.to_string(); 8]);
}

#[tokio::test]
async fn an_endpoint_that_asks_for_time_gets_up_to_twice_the_planned_wait() {
    // The schedule waits 4 to 6 s after the first attempt.
    for (status, asked, least, most) in [
        (429, "7", 7_000, 7_000),
        (503, "7", 7_000, 7_000),
        (429, "0", 4_000, 6_000),
        (429, "86400", 8_000, 12_000),
        (429, "99999999999999999999", 4_000, 6_000),
        (429, "18446744073709551615", 8_000, 12_000),
        (429, "-1", 4_000, 6_000),
        (429, "soon", 4_000, 6_000),
        (429, "Mon, 12 Jan 1970 13:46:47 GMT", 7_000, 7_000),
        (429, "Thu, 01 Jan 1970 00:00:00 GMT", 4_000, 6_000),
    ] {
        let stand = mail(move |_| asking(status, asked));
        let job = stand.accepted().await;
        let next = again(stand.deliver(&job).await);
        let waits = next.wait(stand.now).as_millis();
        assert!(
            (least..=most + 1_000).contains(&waits),
            "{asked}: {waits} ms"
        );
    }
}

#[tokio::test]
async fn what_a_retry_cannot_fix_is_given_up_at_once() {
    for (status, code) in [
        (410, "gone"),
        (400, "bad-status"),
        (401, "bad-status"),
        (404, "bad-status"),
        (302, "redirected"),
    ] {
        let stand = mail(move |_| asking(status, "1"));
        let job = stand.accepted().await;
        assert_eq!(dead(stand.deliver(&job).await).code, code);
        let record = stand.record().await;
        assert_eq!(
            (record.outcome.as_str(), record.status),
            (code, Some(status))
        );
        assert_eq!(delivery(&record).next, AfterAttempt::DeadLetter);
    }
}

#[tokio::test]
async fn every_class_of_failure_is_tried_again_or_given_up_as_its_table_says() {
    for &class in FailureClass::ALL {
        let stand = mail(move |_| Answer::failure(class, &"é".repeat(1_000)));
        let job = stand.accepted().await;
        let settlement = stand.deliver(&job).await;
        if class.is_retryable() {
            assert_eq!(again(settlement).attempt, 2, "{class}");
        } else {
            let reason = dead(settlement);
            assert_eq!(reason.code, class.as_str());
            assert!(reason.message.len() <= MESSAGE_LIMIT);
            assert!(reason.message.ends_with(CUT), "{class}");
        }
        assert_eq!(stand.record().await.outcome, class.as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_three_seconds_unless_its_binding_allows_up_to_ten() {
    for (timeout_ms, expected) in [
        (None, 3_000),
        (Some(500), 500),
        (Some(10_000), 10_000),
        (Some(60_000), 10_000),
    ] {
        let stand = Wishes::new()
            .webhook("mail")
            .bind_with(STAGE, "mail", 1, |binding| {
                binding.mode = Mode::Asynchronous;
                binding.timeout_ms = timeout_ms;
            })
            .answering(|_, _| Answer::raw(204, "").after(HOUR));
        let job = stand.accepted().await;
        let started = Instant::now();
        let next = again(stand.deliver(&job).await);
        assert_eq!(started.elapsed(), Duration::from_millis(expected));
        let waits = next.wait(stand.now + started.elapsed());
        assert!(
            waits >= Duration::from_secs(4),
            "the wait begins after the attempt: {waits:?}"
        );
        let record = stand.record().await;
        assert_eq!(
            (record.outcome.as_str(), record.duration().as_millis()),
            ("timeout", u128::from(expected))
        );
    }
}

#[tokio::test]
async fn an_endpoint_that_is_dead_is_called_at_every_attempt() {
    let stand = mail(|_| Answer::failure(FailureClass::Connection, "connection refused"));
    let job = stand.accepted().await;
    for _ in 0..15 {
        stand.deliver(&job).await;
    }
    assert_eq!(stand.called().len(), 15);
    let outcomes = stand.records().await;
    assert!(outcomes.iter().all(|record| record.outcome == "connection"));
}

/// A hook that panics.
struct Defect;

#[async_trait::async_trait]
impl WebhookRunner for Defect {
    async fn post(
        &self,
        _: crate::ports::WebhookCall<'_>,
    ) -> Result<WebhookReply, crate::hook::outcome::HookFailure> {
        panic!("a defect")
    }
}

#[tokio::test]
async fn a_panic_costs_one_attempt_and_not_the_delivery() {
    let stand = mail(|_| panic!("it was called"));
    let job = stand.accepted().await;
    let mut stand = stand;
    stand.engine.runners = crate::testing::runners(Arc::new(Defect));
    assert_eq!(again(stand.deliver(&job).await).attempt, 2);
    let record = stand.record().await;
    assert_eq!(
        (record.outcome.as_str(), delivery(&record).next),
        ("internal", AfterAttempt::Retry)
    );
    assert_eq!((record.binding.as_str(), record.version), ("mail", 1));
    let last = (1..8).fold(job, |job, _| job.next_attempt(stand.now, Duration::ZERO));
    assert_eq!(dead(stand.deliver(&last).await).code, "internal");
}
