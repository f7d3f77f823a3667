//! Jobs are handed out unchanged, when due, and in turn.

use std::time::Duration;

use serde_json::{Value, json};

use super::{LONG, PATIENCE, SHORT, Subject, deliveries, hard_job, job, job_of};
use hookpoint_engine::{
    delivery::job::Job,
    ports::{DeadReason, Leased, Selection, Settlement},
    testing::hostile_json::HostileJson,
};

pub(super) async fn every_job_of_a_large_call_comes_and_never_again_once_it_is_done(
    subject: &Subject,
) {
    let large = json!({"large": "x".repeat(250_000)});
    let mut jobs: Vec<_> = (0..25).map(|_| job(subject)).collect();
    jobs.extend((0..6).map(|_| job_of("bot", subject.now(), large.clone())));
    subject.enqueue(&jobs).await;
    let received = subject.receive_all(jobs.len(), SHORT * 5).await;
    let came: Vec<Job> = received.iter().map(job_in).collect();
    assert_eq!(deliveries(&came), deliveries(&jobs));
    for leased in &received {
        subject.settle(leased, Settlement::Done).await;
    }
    subject.enqueue(&[]).await;
    subject.wait(SHORT * 5).await;
    subject.assert_nothing_comes().await;
}

pub(super) async fn a_job_comes_back_with_every_field_character_and_digit(subject: &Subject) {
    let hard = hard_job(subject);
    let later = hard.next_attempt(subject.now(), Duration::ZERO);
    for job in [hard, later] {
        subject.enqueue(std::slice::from_ref(&job)).await;
        let (leased, came) = subject.receive_one(LONG).await;
        // Compared as text: numbers with different digits may be equal.
        assert!(came.to_json() == job.to_json(), "the job was changed");
        assert_eq!(came.attempt, job.attempt);
        subject.settle(&leased, Settlement::Done).await;
    }
}

pub(super) async fn hostile_events_come_back_as_they_were(subject: &Subject) {
    let events = (0..20).map(|seed| Value::Object(HostileJson::accepted(seed * 1_000)));
    let jobs: Vec<_> = events
        .map(|event| job_of("shop", subject.now(), event))
        .collect();
    subject.enqueue(&jobs).await;
    let sorted = |mut jobs: Vec<Job>| {
        jobs.sort_by(|left, right| left.delivery.cmp(&right.delivery));
        jobs.iter().map(Job::to_json).collect::<Vec<_>>()
    };
    let received = subject.receive_all(jobs.len(), LONG).await;
    let came = received.iter().map(job_in).collect();
    assert!(sorted(came) == sorted(jobs), "a job was changed");
}

pub(super) async fn a_job_does_not_come_before_it_is_due(subject: &Subject) {
    let wait = Duration::from_secs(3);
    let late = job(subject).postponed(subject.now(), wait);
    let now = job(subject);
    subject.enqueue(&[late.clone(), now.clone()]).await;
    let (_, came) = subject.receive_one(LONG).await;
    assert_eq!(came.delivery, now.delivery);
    // Checks how early it comes rather than that nothing comes meanwhile: on a busy machine it may already be due.
    let (_, came) = subject.receive_one(LONG).await;
    assert_eq!(came.to_json(), late.to_json());
    let early = came.wait(subject.now());
    assert!(early <= Duration::from_secs(1), "{early:?} too early");
    let tardy = subject.now().duration_since(came.due()).unwrap_or_default();
    assert!(tardy < PATIENCE, "{tardy:?} too late");
}

pub(super) async fn one_application_does_not_keep_another_waiting(subject: &Subject) {
    if !subject.takes_turns {
        return;
    }
    let busy = |_| job_of("busy", subject.now(), json!({}));
    let jobs: Vec<_> = (0..100).map(busy).collect();
    subject.enqueue(&jobs).await;
    subject.wait(Duration::from_secs(1)).await;
    let quiet = job_of("quiet", subject.now(), json!({}));
    subject.enqueue(std::slice::from_ref(&quiet)).await;
    let first = subject.receive_all(20, LONG).await;
    let is_quiet = |leased: &Leased| job_in(leased).delivery == quiet.delivery;
    assert!(first.iter().any(is_quiet), "it is not among the first 20");
    // A worker that is slow with the jobs of one application still gets those of the other.
    let quiet = job_of("quiet", subject.now(), json!({}));
    subject.enqueue(std::slice::from_ref(&quiet)).await;
    let next = subject.receive_all(20, LONG).await;
    assert!(
        next.iter()
            .any(|leased| job_in(leased).delivery == quiet.delivery)
    );
}

pub(super) async fn a_message_that_is_no_job_comes_as_such_and_can_be_set_aside(subject: &Subject) {
    let Some(inject) = &subject.inject else {
        return;
    };
    let newer = job(subject).to_json().replacen("\"v\":1", "\"v\":99", 1);
    let messages = ["no { job", newer.as_str()];
    for message in messages {
        inject(message.to_owned()).await;
    }
    let received = subject.receive_all(2, LONG).await;
    for leased in &received {
        let error = leased.job.clone().unwrap_err();
        assert!(messages.contains(&error.message.as_str()), "{error:?}");
        assert!(!error.reason.is_empty());
        let reason = DeadReason {
            code: "malformed".to_owned(),
            message: error.reason,
        };
        subject.settle(leased, Settlement::Dead(reason)).await;
    }
    let letters = subject.queue.dead_letters(10).await.unwrap();
    let mut found: Vec<_> = letters
        .iter()
        .map(|letter| letter.job.clone().unwrap_err().message)
        .collect();
    found.sort();
    let mut expected = messages.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
    // It cannot be redriven, only dropped.
    let redriven = subject.queue.redrive(&Selection::All, subject.now()).await;
    assert_eq!(redriven.unwrap(), 0);
    let one = Selection::Only([letters[0].id.clone()].into());
    assert_eq!(subject.queue.drop_dead_letters(&one).await.unwrap(), 1);
    let left = subject.queue.dead_letters(10).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, letters[1].id);
}

fn job_in(leased: &Leased) -> Job {
    leased.job.clone().unwrap()
}
