//! The contract of `BindingSource`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{ContractStore, Names, names::incompressible, publish};
use hookpoint_engine::{
    application::{
        binding::{Binding, FailurePolicy, Mode, Target},
        condition::Conditions,
    },
    identifier::BindingId,
    publish::DesiredVersion,
    stages::{Family, Stage},
    testing::sample::{self, id},
};

const STAGE: Stage = Stage::BeforeRegistration;
/// A number that neither a double nor a 64-bit integer can hold.
const DIGITS: &str = "123456789012345678901234567890.12345678901234567890";

pub(super) async fn a_binding_is_read_back_with_every_field_and_digit(store: &dyn ContractStore) {
    let names = Names::fresh();
    // A stage that allows both modes.
    let stage = Stage::AfterRegistration;
    let mut desired = names.with_hooks(stage, &["full", "bare"]);
    let number: Value = serde_json::from_str(DIGITS).unwrap();
    let fallback = json!({
        "zebra first": [number, -0.0, null, true],
        "apple second": {"": {"nested": "\u{0} 商店 🛍"}},
        "big": 18_446_744_073_709_551_615_u64,
    });
    let full = &mut desired.bindings[0];
    full.order = u16::MAX;
    full.mode = Mode::Asynchronous;
    full.failure = FailurePolicy::Fallback(object(&fallback));
    full.timeout_ms = Some(9_999);
    full.when = Conditions::new(vec![
        (
            "session.z".to_owned(),
            vec![number, json!(null), json!(false)],
        ),
        (
            "context.größe".to_owned(),
            vec![json!("x\"y"), json!(9_007_199_254_740_993_u64)],
        ),
        ("nothing".to_owned(), vec![]),
    ]);
    full.variables = [
        (id("Url"), "https://test.example.com/ü".to_owned()),
        (id("empty"), String::new()),
    ]
    .into();
    full.secrets = [(id("Token"), id("TestToken"))].into();
    desired.bindings[1].order = 0;
    let published = publish(store, &desired).await;

    let mut read = store.bindings(stage, &names.target()).await.unwrap();
    read.sort_by_key(|binding| std::cmp::Reverse(binding.order));
    let written: Vec<Binding> = published
        .bindings
        .into_iter()
        .map(|change| change.value)
        .collect();
    assert_eq!(read, written);
    // Maps compare equal in any order, but their text differs.
    assert_eq!(text(&read), text(&written));
    assert!(text(&read).contains(DIGITS));
}

pub(super) async fn bindings_of_other_targets_and_stages_do_not_appear(store: &dyn ContractStore) {
    let names = Names::fresh();
    let on_store = Target::Store(names.store_id());
    // An application whose id begins with the other's, and a stage whose name begins with the other's.
    let longer = id(&format!("{}-eu", names.application_id()));
    let mut desired = names.with_hooks(STAGE, &["here"]);
    desired
        .applications
        .push(sample::application(&longer, Family::Identity));
    desired.stores.insert(names.store_id());
    let elsewhere = [
        (STAGE, on_store.clone()),
        (STAGE, Target::Application(longer)),
        (Stage::BeforePasswordReset, names.target()),
    ];
    let hook = names.hook("here");
    for (stage, target) in &elsewhere {
        desired
            .bindings
            .push(sample::binding(&hook, *stage, target));
    }
    publish(store, &desired).await;
    for (stage, target) in elsewhere.iter().chain(&[(STAGE, names.target())]) {
        let read = store.bindings(*stage, target).await.unwrap();
        let [binding] = &read[..] else {
            panic!("one binding at {stage} of {target}, not {}", read.len());
        };
        assert_eq!((binding.stage, &binding.target), (*stage, target));
    }
    let none = store
        .bindings(Stage::BeforePasswordPersist, &on_store)
        .await;
    assert_eq!(none.unwrap(), []);
}

pub(super) async fn a_binding_that_is_no_longer_desired_is_gone(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["stays", "goes"]);
    publish(store, &desired).await;
    desired
        .bindings
        .retain(|binding| binding.hook == names.hook("stays"));
    publish(store, &desired).await;
    let read = store.bindings(STAGE, &names.target()).await.unwrap();
    let left: BTreeSet<_> = read.into_iter().map(|binding| binding.hook.name).collect();
    assert_eq!(left, names.hooks(&["stays"]));
}

pub(super) async fn a_binding_whose_order_changes_moves(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["a", "b"]);
    desired.bindings[0].order = 9;
    publish(store, &desired).await;
    // Back and forth: a freed key can be used again.
    for order in [10, 9, 10] {
        desired.bindings[0].order = order;
        publish(store, &desired).await;
        let read = store.bindings(STAGE, &names.target()).await.unwrap();
        let places: BTreeSet<_> = read
            .iter()
            .map(|binding| (binding.order, &binding.hook.name))
            .collect();
        let (a, b) = (names.hook("a"), names.hook("b"));
        assert_eq!(places, [(order, &a), (100, &b)].into());
        assert_eq!(read.len(), 2);
    }
}

/// 150 bindings of one stage, more than the megabyte of a DynamoDB page, in publications below the 100 items of a
/// transaction.
pub(super) async fn every_page_of_bindings_comes_back(store: &dyn ContractStore) {
    let names = Names::fresh();
    let mut desired = names.with_hooks(STAGE, &["hook"]);
    let template = desired.bindings.pop().unwrap();
    let alphabet: Vec<char> = ('a'..='z').chain('0'..='9').collect();
    for half in [0..75_u16, 75..150] {
        for number in half {
            let mut binding = template.clone();
            binding.id = id(&format!("b{number}"));
            binding.order = number;
            let padding = incompressible(number.into(), 10_000, &alphabet);
            binding.variables = [(id("padding"), padding)].into();
            binding.version = DesiredVersion::Latest;
            desired.bindings.push(binding);
        }
        let published = publish(store, &desired).await;
        assert_eq!(published.bindings.len(), 75);
    }
    let read = store.bindings(STAGE, &names.target()).await.unwrap();
    assert_eq!(read.len(), 150);
    let ids: BTreeSet<BindingId> = read.into_iter().map(|binding| binding.id).collect();
    assert_eq!(ids.len(), 150);
    // Tools must see every page too, or they would create a binding twice.
    assert!(publish(store, &desired).await.is_empty());
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn text(bindings: &[Binding]) -> String {
    serde_json::to_string(bindings).unwrap()
}
