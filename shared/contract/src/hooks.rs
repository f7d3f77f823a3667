//! The contract of `HookSource` and hook versions.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;

use super::{ContractStore, Names, assert_conflict, names::incompressible, publish, snapshot};
use hookpoint_engine::{
    hook::{
        CompiledForm, CompiledScript, Hook, HookBody, HookReference, Implementation, ScriptHook,
        WebhookHook, template::Template,
    },
    identifier::HookName,
    publish::{DesiredVersion, Publication},
    stages::Stage,
    testing::{
        hostile_json::HostileJson,
        sample::{self, id},
    },
};

const STAGE: Stage = Stage::BeforeRegistration;
/// As many characters of three bytes as the largest script has.
pub(super) const CHARACTERS: usize = 1024 * 1024 / 3;

pub(super) async fn hooks_of_every_kind_are_read_back_equal(store: &dyn ContractStore) {
    let names = Names::fresh();
    let digits = "98765432109876543210987654321.000";
    let response = format!("{{\"z\":{digits},\"a\":[null,{{}}],\"ü\":\"商店 🛍\\u0000\"}}");
    let bodies = [
        sample::static_hook(serde_json::from_str(&response).unwrap()),
        Arc::new(HookBody {
            implementation: Implementation::Webhook(WebhookHook {
                url: Template::parse("https://{Host:Variable}/é?t={Token:NLX.Secret}").unwrap(),
                headers: vec![
                    (
                        "x-b".to_owned(),
                        Template::parse("Bearer {Token:Secret}").unwrap(),
                    ),
                    ("x-a".to_owned(), Template::parse("{\"json\": 1}").unwrap()),
                    ("x-b".to_owned(), Template::parse("").unwrap()),
                ],
                signing_secrets: vec![id("NewKey"), id("Key")],
            }),
            secrets: vec![id("Token"), id("Another"), id("NewKey"), id("Key")],
        }),
        Arc::new(HookBody {
            implementation: Implementation::Script(ScriptHook {
                source: "export default () => ({})\r\n// \u{0}\u{2028}\t\\ \"🛍\"".to_owned(),
                file: Some("hooks/größe.js".to_owned()),
                hosts: vec!["api.example.com".to_owned()],
                optional_secrets: Vec::new(),
                source_map: None,
                compiled: None,
            }),
            secrets: vec![id("Token")],
        }),
    ];
    let mut desired = names.with_hooks(STAGE, &["static", "webhook", "script"]);
    for (name, body) in ["static", "webhook", "script"].iter().zip(&bodies) {
        desired.hooks.insert(names.hook(name), body.clone());
    }
    publish(store, &desired).await;
    for binding in store.bindings(STAGE, &names.target()).await.unwrap() {
        let hook = store.hook(STAGE, &binding.hook).await.unwrap();
        let written = &desired.hooks[&hook.name];
        assert_eq!((&hook.name, hook.version), (&binding.hook.name, 1));
        assert_eq!(hook.body, *written);
        assert_eq!(
            hook.body.to_json(),
            written.to_json(),
            "order and digits are kept"
        );
    }
}

pub(super) async fn hostile_responses_are_read_back_as_they_were(store: &dyn ContractStore) {
    let names = Names::fresh();
    let labels: Vec<_> = (0..10).map(|seed: u64| (seed, seed.to_string())).collect();
    let shown: Vec<_> = labels.iter().map(|(_, label)| label.as_str()).collect();
    let mut desired = names.with_hooks(STAGE, &shown);
    for (seed, label) in &labels {
        let response = HostileJson::accepted(seed * 1_000).into();
        desired
            .hooks
            .insert(names.hook(label), sample::static_hook(response));
    }
    publish(store, &desired).await;
    for binding in store.bindings(STAGE, &names.target()).await.unwrap() {
        let hook = store.hook(STAGE, &binding.hook).await.unwrap();
        let written = &desired.hooks[&hook.name];
        assert!(hook.body.to_json() == written.to_json(), "it was changed");
    }
}

pub(super) async fn six_bindings_with_large_hooks_come_back_whole(store: &dyn ContractStore) {
    let alphabet: Vec<char> = (' '..='~').collect();
    let names = Names::fresh();
    let labels = ["a", "b", "c", "d", "e", "f"];
    let mut desired = names.with_hooks(STAGE, &labels);
    for (seed, label) in labels.iter().enumerate() {
        let source = incompressible(1 + seed as u64, CHARACTERS, &alphabet);
        let bytecode = incompressible(11 + seed as u64, CHARACTERS, &alphabet);
        let body = compiled_body(&source, "engine-1", bytecode.into_bytes());
        desired.hooks.insert(names.hook(label), body);
    }
    publish(store, &desired).await;
    let bindings = store.bindings(STAGE, &names.target()).await.unwrap();
    let mut found = BTreeSet::new();
    for binding in &bindings {
        let hook = store.hook(STAGE, &binding.hook).await.unwrap();
        let written = &desired.hooks[&hook.name];
        assert!(hook.body == *written, "{} differs", hook.name);
        assert!(
            hook.body.compiled() == written.compiled(),
            "the bytecode of {} differs",
            hook.name
        );
        found.insert(hook.name.clone());
    }
    assert_eq!(found, names.hooks(&labels));
    assert_eq!(bindings.len(), labels.len());
}

pub(super) async fn bytecode_comes_back_and_is_no_part_of_a_version(store: &dyn ContractStore) {
    const SOURCE: &str = "export default () => ({})";
    let names = Names::fresh();
    let name = names.hook("a");
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let first = compiled_body(SOURCE, "engine-1", vec![0, 10, 255]);
    let second = compiled_body(SOURCE, "engine-2", vec![1]);
    let bare = sample::script_hook(SOURCE);
    assert_eq!(first.sha256(), bare.sha256());
    assert_eq!(second.to_json(), bare.to_json());
    // The first publication of a version decides which bytecode it has.
    for body in [&first, &second, &bare] {
        desired.hooks.insert(name.clone(), Arc::clone(body));
        publish(store, &desired).await;
        let reference = bound(store, &names, STAGE).await;
        assert_eq!(reference.version, 1);
        let hook = store.hook(STAGE, &reference).await.unwrap();
        assert_eq!(hook.body, *body);
        assert_eq!(hook.body.compiled(), first.compiled());
    }
    // A stage that gets the version later gets its bytecode too.
    let later = Stage::BeforePasswordReset;
    let mut pinned = sample::binding(&name, later, &names.target());
    pinned.version = DesiredVersion::Pinned(1);
    desired.bindings.push(pinned);
    desired.hooks.insert(name, numbered(2));
    publish(store, &desired).await;
    let reference = bound(store, &names, later).await;
    let hook = store.hook(later, &reference).await.unwrap();
    assert_eq!(hook.body.compiled(), first.compiled());
}

pub(super) async fn bytecode_is_replaced_wherever_its_version_is_read(store: &dyn ContractStore) {
    const SOURCE: &str = "export default () => ({})";
    let names = Names::fresh();
    let (name, bare) = (names.hook("a"), names.hook("b"));
    let later = Stage::BeforePasswordReset;
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let copy = sample::binding(&name, later, &names.target());
    desired.bindings.push(copy);
    // Of several pieces in a table; the next one has fewer.
    let long: Vec<char> = (' '..='~').collect();
    let long = incompressible(3, CHARACTERS, &long).into_bytes();
    let first = compiled_body(SOURCE, "engine-1", long);
    desired.hooks.insert(name.clone(), first);
    desired
        .hooks
        .insert(bare.clone(), sample::script_hook(SOURCE));
    publish(store, &desired).await;
    let references = [&name, &bare].map(|name| HookReference {
        name: name.clone(),
        version: 1,
        sha256: desired.hooks[name].sha256(),
    });
    let known = store.interpreters(&references).await.unwrap();
    assert_eq!(known, [(name.clone(), "engine-1".to_owned())].into());

    let second = compiled_body(SOURCE, "engine-2", vec![1, 2, 3]);
    let hook = |version, body: &Arc<HookBody>| Hook {
        name: name.clone(),
        version,
        body: Arc::clone(body),
    };
    let other = compiled_body("export default () => null", "engine-2", vec![4]);
    for nothing in [hook(2, &second), hook(1, &other)] {
        store.replace_compiled(&[nothing]).await.unwrap();
        assert_eq!(store.interpreters(&references).await.unwrap(), known);
    }
    store.replace_compiled(&[hook(1, &second)]).await.unwrap();
    let known = store.interpreters(&references).await.unwrap();
    assert_eq!(known, [(name.clone(), "engine-2".to_owned())].into());
    for stage in [STAGE, later] {
        let reference = bound(store, &names, stage).await;
        assert_eq!(reference, references[0]);
        let hook = store.hook(stage, &reference).await.unwrap();
        assert_eq!(hook.body.compiled(), second.compiled(), "at {stage}");
    }
    assert_eq!(store.versions(&name).await.unwrap(), references[..1]);
}

pub(super) async fn a_large_hook_outside_ascii_comes_back_whole(store: &dyn ContractStore) {
    let ideographs: Vec<char> = ('\u{4e00}'..='\u{9fff}').collect();
    let names = Names::fresh();
    let body = sample::script_hook(&incompressible(7, CHARACTERS, &ideographs));
    let mut desired = names.with_hooks(STAGE, &["large"]);
    desired.hooks.insert(names.hook("large"), body.clone());
    publish(store, &desired).await;
    let reference = bound(store, &names, STAGE).await;
    let hook = store.hook(STAGE, &reference).await.unwrap();
    assert!(hook.body == body, "the body differs");
}

pub(super) async fn an_absent_version_and_another_hash_are_errors(store: &dyn ContractStore) {
    let names = Names::fresh();
    publish(store, &names.with_hooks(STAGE, &["a"])).await;
    let right = bound(store, &names, STAGE).await;
    let wrong = [
        HookReference {
            version: 2,
            ..right.clone()
        },
        HookReference {
            version: 0,
            ..right.clone()
        },
        HookReference {
            sha256: "0".repeat(64),
            ..right.clone()
        },
        HookReference {
            name: names.hook("absent"),
            ..right.clone()
        },
    ];
    for reference in wrong {
        let answer = store.hook(STAGE, &reference).await;
        assert!(answer.is_err(), "{reference:?} returned {answer:?}");
    }
    assert!(store.hook(STAGE, &right).await.is_ok());
}

pub(super) async fn a_pinned_version_survives_newer_ones(store: &dyn ContractStore) {
    let names = Names::fresh();
    let hook = names.hook("a");
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let mut pinned = desired.bindings[0].clone();
    pinned.id = id("pinned");
    pinned.version = DesiredVersion::Pinned(1);
    desired.bindings.push(pinned);
    // Past ten: versions must sort as numbers.
    for version in 1..=11 {
        desired.hooks.insert(hook.clone(), numbered(version));
        publish(store, &desired).await;
    }
    let mut versions = BTreeSet::new();
    for binding in store.bindings(STAGE, &names.target()).await.unwrap() {
        let read = store.hook(STAGE, &binding.hook).await.unwrap();
        assert_eq!(read.version, binding.hook.version);
        assert_eq!(read.body, numbered(read.version));
        versions.insert((binding.id == id("pinned"), read.version));
    }
    assert_eq!(versions, [(true, 1), (false, 11)].into());
    assert_eq!(snapshot(store, &desired).await.hooks[&hook].version, 11);
}

pub(super) async fn a_hook_is_readable_at_every_stage_it_is_bound_at(store: &dyn ContractStore) {
    let names = Names::fresh();
    let hook = names.hook("a");
    let later = Stage::BeforePasswordReset;
    let mut desired = names.with_hooks(STAGE, &["a"]);
    let at_once = sample::binding(&hook, Stage::AfterRegistration, &names.target());
    desired.bindings.push(at_once);
    let first = desired.hooks[&hook].clone();
    publish(store, &desired).await;
    desired.hooks.insert(hook.clone(), numbered(2));
    publish(store, &desired).await;
    // An old version at a stage where the hook never was.
    let mut old = sample::binding(&hook, later, &names.target());
    old.version = DesiredVersion::Pinned(1);
    desired.bindings.push(old);
    publish(store, &desired).await;

    for (stage, body) in [
        (STAGE, numbered(2)),
        (Stage::AfterRegistration, numbered(2)),
        (later, first),
    ] {
        let reference = bound(store, &names, stage).await;
        let read = store.hook(stage, &reference).await.unwrap();
        assert_eq!(read.body, body, "at {stage}");
    }
}

pub(super) async fn a_version_is_immutable(store: &dyn ContractStore) {
    let names = Names::fresh();
    let hook = names.hook("a");
    let first = only_hook(&hook, 1, numbered(1));
    store.publish(&first).await.unwrap();
    store
        .publish(&first)
        .await
        .expect("the same body again changes nothing");

    let other = only_hook(&hook, 1, numbered(2));
    assert_conflict(&store.publish(&other).await);
    let hook = &first.hooks[0].0;
    let reference = HookReference {
        name: hook.name.clone(),
        version: 1,
        sha256: hook.body.sha256(),
    };
    let read = store.hook(STAGE, &reference).await.unwrap();
    assert_eq!(*read, *hook);
}

/// Leftovers of a publication that failed after writing its hooks.
pub(super) async fn a_version_without_bindings_counts_as_the_newest(store: &dyn ContractStore) {
    let names = Names::fresh();
    let hook = names.hook("a");
    let mut desired = names.with_hooks(STAGE, &["a"]);
    publish(store, &desired).await;
    store
        .publish(&only_hook(&hook, 2, numbered(2)))
        .await
        .unwrap();
    assert_eq!(snapshot(store, &desired).await.hooks[&hook].version, 2);
    assert_eq!(
        bound(store, &names, STAGE).await.version,
        1,
        "it is not bound"
    );

    // The leftover body is reused under its number; a different one gets the next number.
    for (body, version) in [(numbered(2), 2), (numbered(3), 3)] {
        desired.hooks.insert(hook.clone(), body.clone());
        publish(store, &desired).await;
        let reference = bound(store, &names, STAGE).await;
        assert_eq!(reference.version, version);
        assert_eq!(store.hook(STAGE, &reference).await.unwrap().body, body);
    }
}

/// The hook of the only binding at the stage.
pub(super) async fn bound(store: &dyn ContractStore, names: &Names, stage: Stage) -> HookReference {
    let bindings = store.bindings(stage, &names.target()).await.unwrap();
    let [binding] = &bindings[..] else {
        panic!("one binding at {stage}, not {}", bindings.len());
    };
    binding.hook.clone()
}

/// A script with something that it was compiled to.
fn compiled_body(source: &str, interpreter: &str, bytecode: Vec<u8>) -> Arc<HookBody> {
    let compiled =
        CompiledScript::new(interpreter, source, CompiledForm::Memory, bytecode).unwrap();
    let body = HookBody::clone(&sample::script_hook(source));
    Arc::new(body.with_compiled(Some(compiled)))
}

fn numbered(number: u32) -> Arc<HookBody> {
    sample::static_hook(json!({"context": {"number": number}}))
}

fn only_hook(name: &HookName, version: u32, body: Arc<HookBody>) -> Publication {
    let hook = Hook {
        name: name.clone(),
        version,
        body,
    };
    Publication {
        hooks: vec![(hook, [STAGE].into())],
        ..Publication::default()
    }
}
