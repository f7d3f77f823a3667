//! Deliveries to gone endpoints: the first 410 marks the binding, and an operator removes the mark.

use super::*;
use crate::{
    application::binding::Target,
    delivery::gone::GoneBinding,
    ports::{GoneBindings as _, StoreError},
};

const SOON: Duration = Duration::from_secs(11);

fn gone() -> Stand {
    mail(|_| Answer::raw(410, ""))
}

impl Stand {
    async fn marks(&self) -> Vec<GoneBinding> {
        let shop = Target::Application("shop".parse().unwrap());
        self.gone.inner().gone(STAGE, &shop).await.unwrap()
    }
}

#[tokio::test]
async fn a_410_marks_the_binding_and_nothing_more_is_sent_to_it() {
    let mut stand = gone();
    let jobs = [stand.accepted().await, stand.accepted().await];
    let reason = dead(stand.deliver(&jobs[0]).await);
    assert_eq!(reason.code, "gone");
    let record = stand.record().await;
    assert_eq!(
        (record.result, record.outcome.as_str(), record.status),
        (crate::record::RunResultKind::Failed, "gone", Some(410))
    );
    let marks = stand.marks().await;
    assert_eq!(marks.len(), 1);
    assert_eq!((marks[0].binding.as_str(), marks[0].version), ("mail", 1));
    assert_eq!(marks[0].delivery, jobs[0].delivery);
    let waited = marks[0].since().duration_since(stand.now).unwrap();
    assert!(waited < Duration::from_secs(5), "{waited:?}");

    // At once, and until an operator acts.
    for wait in [Duration::ZERO, SOON, HOUR] {
        stand.now += wait;
        let reason = dead(stand.deliver(&jobs[1]).await);
        assert_eq!(reason.code, "gone");
        let expected = format!(
            "delivery `{}` with 410; resume the binding",
            jobs[0].delivery
        );
        assert!(reason.message.contains(&expected), "{}", reason.message);
        let record = stand.record().await;
        assert_eq!(
            (record.result, record.outcome.as_str(), record.version),
            (crate::record::RunResultKind::Skipped, "gone", 1)
        );
        assert_eq!(delivery(&record).next, AfterAttempt::DeadLetter);
    }
    assert_eq!(stand.called().len(), 1);
}

#[tokio::test]
async fn a_resumed_binding_is_delivered_to_at_once() {
    let stand = gone();
    let job = stand.accepted().await;
    dead(stand.deliver(&job).await);
    dead(stand.deliver(&job).await);
    assert_eq!(stand.called().len(), 1);
    let mark = stand.marks().await.remove(0);
    let removed = stand.gone.inner();
    let removed = removed.forget_gone(STAGE, &mark.target, &mark.binding);
    assert!(removed.await.unwrap());
    // The worker that made the mark still has it cached.
    dead(stand.deliver(&job.anew(stand.now)).await);
    assert_eq!(stand.called().len(), 2);
}

#[tokio::test]
async fn a_mark_means_nothing_for_another_version_another_hook_or_another_binding() {
    let mut stand = mail(|_| Answer::raw(204, ""));
    let job = stand.accepted().await;
    let shop = Target::Application("shop".parse().unwrap());
    let bindings = stand.engine.sources.fresh_bindings(STAGE, &shop, stand.now);
    let binding = bindings.await.unwrap()[0].as_ref().clone();
    let of = |change: fn(&mut crate::application::binding::Binding)| {
        let mut other = binding.clone();
        change(&mut other);
        GoneBinding::new(&other, &job.delivery, stand.now)
    };
    let others = [
        of(|binding| binding.hook.version = 2),
        of(|binding| binding.hook.name = "other".parse().unwrap()),
        of(|binding| binding.id = "other".parse().unwrap()),
        of(|binding| binding.stage = Stage::ConversationEnd),
        of(|binding| binding.target = Target::Store("shop".parse().unwrap())),
    ];
    let matching = of(|_| {});
    for mark in others {
        stand.gone.inner().mark_gone(&mark).await.unwrap();
        stand.now += SOON;
        assert_eq!(stand.deliver(&job).await, Settlement::Done, "{mark:?}");
        stand.record().await;
    }
    stand.gone.inner().mark_gone(&matching).await.unwrap();
    stand.now += SOON;
    assert_eq!(dead(stand.deliver(&job).await).code, "gone");
}

#[tokio::test]
async fn a_mark_that_cannot_be_made_costs_the_delivery_nothing_else() {
    let mut stand = gone();
    let job = stand.accepted().await;
    // The first read is cached, so this is the second one.
    stand.gone = Arc::new(crate::testing::Flaky::default().failing_call(2));
    let stand = stand.over(|_| ());
    assert_eq!(dead(stand.deliver(&job).await).code, "gone");
    assert_eq!(
        delivery(&stand.record().await).next,
        AfterAttempt::DeadLetter
    );
    assert_eq!(stand.marks().await, []);
    // The next delivery gets 410 as well, and then the mark is made.
    assert_eq!(dead(stand.deliver(&job).await).code, "gone");
    assert_eq!((stand.marks().await.len(), stand.called().len()), (1, 2));
}

#[tokio::test]
async fn while_marks_cannot_be_read_a_delivery_waits() {
    let mut stand = mail(|_| Answer::raw(204, ""));
    let job = stand.accepted().await;
    stand.gone.set_down(true);
    let next = again(stand.deliver(&job).await);
    assert_eq!(next.attempt, 1);
    assert_eq!((stand.called().len(), stand.records().await.len()), (0, 0));
    stand.gone.set_down(false);
    stand.now = next.due();
    assert_eq!(stand.deliver(&next).await, Settlement::Done);
    // What it read stays in use for a while, as with bindings.
    stand.gone.set_down(true);
    stand.now += SOON;
    assert_eq!(stand.deliver(&next).await, Settlement::Done);
}

/// Fails like a mark written by another version.
struct Unreadable;

#[async_trait::async_trait]
impl crate::ports::GoneBindings for Unreadable {
    async fn gone(&self, _: Stage, _: &Target) -> Result<Vec<GoneBinding>, StoreError> {
        Err(StoreError::Corrupt {
            item: "mark".to_owned(),
            message: "it has format 2".to_owned(),
        })
    }

    async fn mark_gone(&self, _: &GoneBinding) -> Result<(), StoreError> {
        unreachable!()
    }

    async fn forget_gone(
        &self,
        _: Stage,
        _: &Target,
        _: &crate::identifier::BindingId,
    ) -> Result<bool, StoreError> {
        unreachable!()
    }
}

#[tokio::test]
async fn a_mark_of_another_version_is_for_the_operator() {
    let stand = mail(|_| panic!("it was called"));
    let job = stand.accepted().await;
    let stand = stand.over(|ports| ports.gone = Arc::new(Unreadable));
    assert_eq!(
        dead(stand.deliver(&job).await).code,
        "configuration-invalid"
    );
}

#[tokio::test]
async fn a_synchronous_hook_neither_makes_nor_heeds_a_mark() {
    let stand = Wishes::new()
        .webhook("mail")
        .bind(STAGE, "mail", 1)
        .answering(|_, _| Answer::raw(410, ""));
    for number in 1..=2 {
        let report = stand.post(STAGE, json!({})).await.unwrap();
        assert_eq!(report.runs[0].outcome().as_str(), "gone");
        assert_eq!(stand.called().len(), number);
    }
    assert_eq!(stand.gone.calls(), 0);
}
