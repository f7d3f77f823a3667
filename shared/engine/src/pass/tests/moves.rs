//! A hook that moves while what names it is cached: it runs for every event.

use std::sync::Mutex;

use serde_json::json;

use super::*;
use crate::{
    application::{Application, binding::Binding},
    event::error_code::ErrorCode,
    hook::{Hook, HookReference},
    identifier::StoreId,
    ports::{ApplicationSource, BindingSource, HookSource, StoreError},
};

const STAGE: Stage = Stage::BeforeRegistration;

fn store(id: &str) -> Target {
    Target::Store(id.parse().unwrap())
}

fn shop() -> Target {
    Target::Application("shop".parse().unwrap())
}

/// `shop` and `bank`, both on `customers`, and a veto somewhere.
fn with_veto_on(target: &Target) -> Wishes {
    let mut wishes = Wishes::new();
    let mut bank = wishes.0.applications[0].clone();
    bank.id = "bank".parse().unwrap();
    wishes.0.applications.push(bank);
    wishes.0.stores.insert("others".parse().unwrap());
    wishes
        .static_hook("fraud", json!({"deny": {"error": "no"}}))
        .bind_to(target.clone(), STAGE, "fraud", 1, |_| {})
}

async fn post(stand: &Stand, application: &str, second: u64) -> Result<PassReport, Problem> {
    let event = Event::parse(STAGE, STAGE.example().to_string().as_bytes())?;
    let arrival = Arrival {
        correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
        traceparent: None,
        now: stand.now + Duration::from_secs(second),
        received: Instant::now(),
    };
    let application = application.parse().unwrap();
    let report = stand.engine.run_without_key(&application, &event, &arrival);
    report.await
}

async fn is_denied(stand: &Stand, application: &str, second: u64) -> bool {
    let report = post(stand, application, second).await.unwrap();
    report.response.contains_key("deny")
}

fn publish(stand: &Stand, wishes: &Wishes) {
    stand.store.inner().apply(&wishes.0).unwrap();
}

#[tokio::test]
async fn a_veto_that_moves_between_an_application_and_its_store_is_never_absent() {
    for (from, to) in [(shop(), store("customers")), (store("customers"), shop())] {
        let moved = with_veto_on(&to);
        // An application that the process did not know.
        let stand = with_veto_on(&from).quiet();
        post(&stand, "bank", 0).await.unwrap();
        publish(&stand, &moved);
        assert!(is_denied(&stand, "shop", 2).await, "{from} to {to}");
        // One of the lists is refreshed, and the other is younger than ten seconds.
        let stand = with_veto_on(&from).quiet();
        let order = if from == shop() {
            ["shop", "bank"]
        } else {
            ["bank", "shop"]
        };
        for (application, second) in order.iter().zip([0, 5]) {
            post(&stand, application, second).await.unwrap();
        }
        publish(&stand, &moved);
        for second in [6, 11, 12, 16, 30] {
            assert!(is_denied(&stand, "shop", second).await, "at {second}");
        }
    }
}

#[tokio::test]
async fn an_event_that_would_miss_a_veto_in_another_store_is_refused_once() {
    let stand = with_veto_on(&store("customers")).quiet();
    assert!(is_denied(&stand, "shop", 0).await);
    let (id, later) = ("shop".parse().unwrap(), stand.now + Duration::from_secs(8));
    let refreshed = stand.engine.sources.fresh_application(&id, later).await;
    assert!(refreshed.unwrap().is_some());
    let mut moved = with_veto_on(&store("others"));
    moved.0.applications[0].identity_store = Some("others".parse::<StoreId>().unwrap());
    publish(&stand, &moved);
    // `customers` is read again, and has lost the veto; that `shop` has left it is not known.
    let problem = post(&stand, "shop", 11).await.unwrap_err();
    assert_eq!(problem.code, ErrorCode::StoreUnavailable);
    assert!(is_denied(&stand, "shop", 11).await);
    assert!(!is_denied(&stand, "bank", 11).await);
}

#[tokio::test]
async fn a_veto_that_moves_while_a_customer_answers_runs_afterwards() {
    let asking = |target: &Target| {
        with_veto_on(target)
            .webhook("ask")
            .bind_to(shop(), STAGE, "ask", 0, |_| {})
    };
    let stand = asking(&shop()).answering(|_, call| {
        Answer::json(&if call.event["continueContext"].is_null() {
            json!({"profilingSteps": [{"id": "one", "fields": [{"id": "a", "label": "A", "type": "text"}]}]})
        } else {
            json!({"context": {"asked": 1}})
        })
    });
    let first = stand.post(STAGE, json!({})).await.unwrap();
    publish(&stand, &asking(&store("customers")));
    stand.engine.forget();
    let answer = json!({
        "continuation": first.response["continuation"],
        "continueContext": {"stepId": "one", "values": {"a": "x"}},
    });
    let second = stand.post(STAGE, answer).await.unwrap();
    assert_eq!(second.response["deny"]["error"], "no");
}

/// What a publication between two reads of one event leaves.
#[tokio::test]
async fn a_publication_amid_the_reads_of_an_event_hides_no_veto() {
    let (stand, odd) = odd(with_veto_on(&store("customers")));
    assert!(is_denied(&stand, "shop", 0).await);
    // The application's own list is read before, and the store's after it.
    *odd.amid.lock().unwrap() = Some(Vec::new());
    odd.store.apply(&with_veto_on(&shop()).0).unwrap();
    assert!(is_denied(&stand, "shop", 11).await);
    // What was read with a lag counts as a second older.
    let (stand, odd) = self::odd(with_veto_on(&shop()));
    for second in [0, 10] {
        assert!(is_denied(&stand, "shop", second).await);
    }
    odd.store
        .apply(&with_veto_on(&store("customers")).0)
        .unwrap();
    assert!(is_denied(&stand, "shop", 20).await);
}

/// A store with lists that fail, or that come as they were amid a publication, unless they are asked for as they are now.
struct Odd {
    store: MemoryStore,
    failing: Mutex<Option<Target>>,
    amid: Mutex<Option<Vec<Binding>>>,
}

#[async_trait::async_trait]
impl ApplicationSource for Odd {
    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        self.store.application(id).await
    }
}

#[async_trait::async_trait]
impl BindingSource for Odd {
    async fn bindings(&self, stage: Stage, target: &Target) -> Result<Vec<Binding>, StoreError> {
        let amid = self.amid.lock().unwrap().clone();
        match amid.filter(|_| *target == shop()) {
            Some(amid) => Ok(amid),
            None => self.bindings_now(stage, target).await,
        }
    }

    async fn bindings_now(
        &self,
        stage: Stage,
        target: &Target,
    ) -> Result<Vec<Binding>, StoreError> {
        if self.failing.lock().unwrap().as_ref() == Some(target) {
            let message = "throttled".to_owned();
            return Err(StoreError::Unreachable { message });
        }
        self.store.bindings(stage, target).await
    }
}

#[async_trait::async_trait]
impl HookSource for Odd {
    async fn hook(&self, stage: Stage, reference: &HookReference) -> Result<Arc<Hook>, StoreError> {
        self.store.hook(stage, reference).await
    }

    async fn source_map(&self, stage: Stage, hook: &Hook) -> Result<Option<Arc<str>>, StoreError> {
        self.store.source_map(stage, hook).await
    }
}

fn odd(wishes: Wishes) -> (Stand, Arc<Odd>) {
    let odd = Arc::new(Odd {
        store: MemoryStore::holding(&wishes.0),
        failing: Mutex::default(),
        amid: Mutex::default(),
    });
    (wishes.quiet().over_store(Arc::clone(&odd)), odd)
}

#[tokio::test]
async fn an_outage_of_one_list_opens_no_door_to_what_another_has_lost() {
    let (stand, odd) = odd(with_veto_on(&shop()));
    assert!(is_denied(&stand, "shop", 0).await);
    odd.store
        .apply(&with_veto_on(&store("customers")).0)
        .unwrap();
    *odd.failing.lock().unwrap() = Some(store("customers"));
    for second in [11, 20, 300] {
        let problem = post(&stand, "shop", second).await.unwrap_err();
        assert_eq!(problem.code, ErrorCode::StoreUnavailable, "at {second}");
    }
    *odd.failing.lock().unwrap() = None;
    assert!(is_denied(&stand, "shop", 310).await);
    // Where nothing has gone, what is known serves, also an application that was not.
    *odd.failing.lock().unwrap() = Some(store("customers"));
    assert!(is_denied(&stand, "shop", 330).await);
    assert!(is_denied(&stand, "bank", 340).await);
}

#[tokio::test]
async fn a_clock_that_goes_backwards_refuses_no_event() {
    let stand = with_veto_on(&shop()).quiet();
    assert!(is_denied(&stand, "shop", 100).await);
    publish(&stand, &with_veto_on(&store("customers")));
    assert!(is_denied(&stand, "shop", 111).await);
    for second in [50, 51, 70, 112] {
        assert!(is_denied(&stand, "shop", second).await, "at {second}");
    }
}

/// The order is part of a binding's key: it is deleted and written again.
#[tokio::test]
async fn a_list_that_was_read_amid_a_new_order_is_read_again() {
    let (stand, odd) = odd(with_veto_on(&shop()));
    assert!(is_denied(&stand, "shop", 0).await);
    let list = odd.store.bindings(STAGE, &shop()).await.unwrap();
    *odd.amid.lock().unwrap() = Some(Vec::new());
    assert!(is_denied(&stand, "shop", 11).await);
    *odd.amid.lock().unwrap() = Some([list.clone(), list].concat());
    let report = post(&stand, "shop", 22).await.unwrap();
    assert_eq!(outcomes(&report), [("fraud".to_owned(), "ok")]);
}
