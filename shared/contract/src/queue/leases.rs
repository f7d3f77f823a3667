//! A job is leased to one worker at a time, and never for ever.

use std::time::Duration;

use futures::future::join_all;

use super::{LONG, SHORT, Subject, deliveries, job};
use hookpoint_engine::{delivery::job::Job, ports::Settlement};

pub(super) async fn a_leased_job_comes_again_after_its_lease_and_not_before(subject: &Subject) {
    let job = job(subject);
    subject.enqueue(std::slice::from_ref(&job)).await;
    let (_, first) = subject.receive_one(SHORT).await;
    subject.assert_nothing_comes().await;
    subject.wait(SHORT).await;
    let (leased, second) = subject.receive_one(LONG).await;
    assert_eq!((&first, &second), (&job, &job));
    subject.assert_nothing_comes().await;
    subject.settle(&leased, Settlement::Done).await;
}

pub(super) async fn a_job_that_is_tried_again_takes_the_place_of_the_one_before(subject: &Subject) {
    subject.enqueue(&[job(subject)]).await;
    let (leased, job) = subject.receive_one(SHORT).await;
    let next = job.next_attempt(subject.now(), SHORT * 2);
    let again = Settlement::Retry(Box::new(next.clone()));
    subject.settle(&leased, again).await;
    subject.assert_nothing_comes().await;
    let (leased, came) = subject.receive_one(SHORT).await;
    assert_eq!(came, next);
    assert!(came.wait(subject.now()) <= Duration::from_secs(1));
    subject.settle(&leased, Settlement::Done).await;
    subject.wait(SHORT).await;
    subject.assert_nothing_comes().await;
}

pub(super) async fn settling_twice_or_late_is_no_error_and_loses_nothing(subject: &Subject) {
    subject.enqueue(&[job(subject)]).await;
    let (late, _) = subject.receive_one(SHORT / 2).await;
    subject.wait(SHORT / 2).await;
    let (held, job) = subject.receive_one(LONG).await;
    subject.settle(&late, Settlement::Done).await;
    let next = job.next_attempt(subject.now(), Duration::ZERO);
    let again = Settlement::Retry(Box::new(next.clone()));
    subject.settle(&held, again).await;
    let (leased, came) = subject.receive_one(LONG).await;
    assert_eq!(came, next);
    subject.settle(&leased, Settlement::Done).await;
    subject.settle(&leased, Settlement::Done).await;
    subject.settle(&late, Settlement::Done).await;
    subject.assert_nothing_comes().await;
}

pub(super) async fn workers_at_once_never_have_the_same_job(subject: &Subject) {
    let jobs: Vec<_> = (0..100).map(|_| job(subject)).collect();
    subject.enqueue(&jobs).await;
    let work = async || {
        let mut had: Vec<Job> = Vec::new();
        loop {
            let received = subject.receive(7, LONG).await;
            if received.is_empty() {
                return had;
            }
            for leased in &received {
                subject.settle(leased, Settlement::Done).await;
            }
            had.extend(received.into_iter().map(|leased| leased.job.unwrap()));
        }
    };
    let had = join_all((0..16).map(|_| work())).await;
    assert_eq!(deliveries(had.iter().flatten()), deliveries(&jobs));
}

pub(super) async fn a_message_that_is_put_off_comes_again_as_it_is(subject: &Subject) {
    let Some(inject) = &subject.inject else {
        return;
    };
    let newer = job(subject).to_json().replacen("\"v\":1", "\"v\":99", 1);
    inject(newer.clone()).await;
    for _ in 0..2 {
        let leased = subject.receive_all(1, LONG).await.remove(0);
        let message = leased.job.clone().unwrap_err();
        assert!(message.is_newer && message.message == newer, "{message:?}");
        let postponed = Settlement::Postponed(SHORT);
        subject.settle(&leased, postponed).await;
        subject.assert_nothing_comes().await;
        subject.wait(SHORT).await;
    }
    let leased = subject.receive_all(1, LONG).await.remove(0);
    subject.settle(&leased, Settlement::Done).await;
    assert!(subject.queue.dead_letters(1).await.unwrap().is_empty());
}
