//! Dead letters.

use std::time::Duration;

use hookpoint_stages::Stage;
use serde_json::json;

use super::{LONG, Subject, deliveries, hard_job, job, job_of};
use hookpoint_engine::{
    delivery::job::Job,
    ports::{DeadLetter, DeadLetterFilter, DeadReason, Selection, Settlement},
    testing::sample::id,
};

fn reason(message: &str) -> DeadReason {
    DeadReason {
        code: "bad-status".to_owned(),
        message: message.to_owned(),
    }
}

/// Gives up `count` deliveries at their third attempt, oldest first.
async fn bury(subject: &Subject, count: usize) -> Vec<Job> {
    let mut buried = Vec::new();
    for number in 0..count {
        let third = (0..2).fold(job(subject), |job, _| {
            job.next_attempt(subject.now(), Duration::ZERO)
        });
        subject.enqueue(&[third]).await;
        let (leased, job) = subject.receive_one(LONG).await;
        let dead = Settlement::Dead(reason(&format!("number {number}")));
        subject.settle(&leased, dead).await;
        buried.push(job);
    }
    buried
}

async fn letters(subject: &Subject) -> Vec<DeadLetter> {
    subject.queue.dead_letters(1_000).await.unwrap()
}

fn ids(letters: &[DeadLetter]) -> Vec<String> {
    let mut ids: Vec<_> = letters.iter().map(|letter| letter.id.clone()).collect();
    ids.sort();
    ids
}

fn only<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Selection {
    let known = jobs.into_iter().map(|job| job.delivery.to_string());
    Selection::Only(known.chain(["msg_unknown".to_owned()]).collect())
}

pub(super) async fn a_dead_job_is_set_aside_whole_and_with_its_reason(subject: &Subject) {
    let before = subject.now() - Duration::from_mins(1);
    subject.enqueue(&[hard_job(subject)]).await;
    let (leased, job) = subject.receive_one(LONG).await;
    let message = format!(
        "answered \"503\",\n\u{0}\u{ffff}\u{fffe} then {}",
        "é".repeat(480)
    );
    subject
        .settle(&leased, Settlement::Dead(reason(&message)))
        .await;
    let letter = letters(subject).await.remove(0);
    assert_eq!(letter.id, job.delivery.to_string());
    let found = letter.job.unwrap();
    assert!(found.to_json() == job.to_json(), "the job was changed");
    let found = letter.reason.unwrap();
    assert_eq!(found.code, "bad-status");
    // Characters that a service refuses may be replaced: better than losing the letter.
    let odd = |character: char| matches!(character, '\0' | '\u{fffe}' | '\u{ffff}');
    assert_eq!(
        found.message.replace(odd, "\u{fffd}"),
        message.replace(odd, "\u{fffd}")
    );
    if let Some(since) = letter.since {
        let until = subject.now() + Duration::from_mins(1);
        assert!((before..until).contains(&since), "{since:?}");
    }
    subject.assert_nothing_comes().await;
}

pub(super) async fn looking_at_dead_letters_does_not_take_them_out(subject: &Subject) {
    assert!(letters(subject).await.is_empty());
    let mut expected: Vec<_> = bury(subject, 12)
        .await
        .iter()
        .map(|job| job.delivery.to_string())
        .collect();
    expected.sort();
    for _ in 0..3 {
        assert_eq!(ids(&letters(subject).await), expected);
        assert_eq!(subject.queue.dead_letters(2).await.unwrap().len(), 2);
    }
    assert!(subject.queue.dead_letters(0).await.unwrap().is_empty());
    subject.assert_nothing_comes().await;
}

pub(super) async fn chosen_dead_letters_are_sent_again_from_their_first_attempt(subject: &Subject) {
    let buried = bury(subject, 13).await;
    let unknown = only([]);
    let redrive = async |which: &Selection| subject.queue.redrive(which, subject.now()).await;
    assert_eq!(redrive(&unknown).await.unwrap(), 0);
    let (chosen, others) = (&buried[..2], &buried[2..]);
    assert_eq!(redrive(&only(chosen)).await.unwrap(), 2);
    let came = subject.receive_all(2, LONG).await;
    for leased in &came {
        let job = leased.job.as_ref().unwrap();
        let was = chosen.iter().find(|was| was.delivery == job.delivery);
        assert_eq!(*job, was.unwrap().anew(job.due()));
        assert_eq!(
            job.wait(subject.now() + Duration::from_secs(1)),
            Duration::ZERO
        );
        subject.settle(leased, Settlement::Done).await;
    }
    assert_ne!(came[0].job, came[1].job);
    let left: Vec<_> = letters(subject).await;
    let left: Vec<_> = left
        .iter()
        .map(|letter| letter.job.as_ref().unwrap())
        .collect();
    assert_eq!(deliveries(left), deliveries(others));

    assert_eq!(redrive(&Selection::All).await.unwrap(), others.len());
    let came = subject.receive_all(others.len(), LONG).await;
    let came: Vec<_> = came.into_iter().map(|leased| leased.job.unwrap()).collect();
    assert_eq!(deliveries(&came), deliveries(others));
    assert!(letters(subject).await.is_empty());
    assert_eq!(redrive(&Selection::All).await.unwrap(), 0);
}

pub(super) async fn dropped_dead_letters_are_gone(subject: &Subject) {
    let buried = bury(subject, 13).await;
    let drop = async |which: &Selection| subject.queue.drop_dead_letters(which).await.unwrap();
    assert_eq!(drop(&only([])).await, 0);
    assert_eq!(drop(&only(&buried[..1])).await, 1);
    assert_eq!(letters(subject).await.len(), 12);
    assert_eq!(drop(&Selection::All).await, 12);
    assert!(letters(subject).await.is_empty());
    subject.assert_nothing_comes().await;
}

pub(super) async fn dead_letters_are_found_by_id_and_by_what_they_are_about(subject: &Subject) {
    let buried = bury(subject, 12).await;
    let other = job_of(
        "other",
        subject.now(),
        json!({"eventType": "afterMfaChange"}),
    );
    subject.enqueue(std::slice::from_ref(&other)).await;
    let (leased, other) = subject.receive_one(LONG).await;
    let paused = DeadReason {
        code: "paused".to_owned(),
        message: "paused".to_owned(),
    };
    subject.settle(&leased, Settlement::Dead(paused)).await;
    let find = async |which: &Selection, limit| {
        subject.queue.find_dead_letters(which, limit).await.unwrap()
    };

    let one = find(&only(&buried[11..]), 1).await;
    assert_eq!(ids(&one.letters), [buried[11].delivery.to_string()]);
    let unknown = find(&only([]), 1).await;
    assert!(unknown.letters.is_empty() && unknown.is_all, "{unknown:?}");
    for (which, count) in [(Selection::All, 13), (only(&buried), 12)] {
        let whole = find(&which, 1_000).await;
        assert_eq!((whole.letters.len(), whole.is_all), (count, true));
        let some = find(&which, 2).await;
        assert_eq!((some.letters.len(), some.is_all), (2, false));
    }

    let about = |set: fn(&mut DeadLetterFilter)| {
        let mut filter = DeadLetterFilter::default();
        set(&mut filter);
        Selection::Matching(filter)
    };
    for (which, count) in [
        (about(|_| {}), 13),
        (about(|filter| filter.reason = Some("paused".to_owned())), 1),
        (about(|filter| filter.application = Some(id("other"))), 1),
        (
            about(|filter| filter.stage = Some(Stage::AfterMfaChange)),
            13,
        ),
        (
            about(|filter| filter.stage = Some(Stage::StateModification)),
            0,
        ),
        (about(|filter| filter.hook = Some(id("mail"))), 13),
        (about(|filter| filter.hook = Some(id("alert"))), 0),
    ] {
        let found = find(&which, 1_000).await;
        let shown = (found.letters.len(), found.is_all);
        assert_eq!(shown, (count, true), "{which:?}");
    }

    let paused = about(|filter| filter.reason = Some("paused".to_owned()));
    assert_eq!(
        subject.queue.redrive(&paused, subject.now()).await.unwrap(),
        1
    );
    let (_, again) = subject.receive_one(LONG).await;
    assert_eq!(again.delivery, other.delivery);
    let rest = about(|filter| {
        filter.reason = Some("bad-status".to_owned());
        filter.application = Some(id("shop"));
    });
    assert_eq!(subject.queue.drop_dead_letters(&rest).await.unwrap(), 12);
    assert!(letters(subject).await.is_empty());
}
