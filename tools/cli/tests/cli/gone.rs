//! Showing and resuming bindings whose endpoint is gone.

use std::time::SystemTime;

use hookpoint_engine::{
    application::binding::{Binding, Target},
    delivery::gone::GoneBinding,
    ports::{BindingSource as _, GoneBindings as _},
};
use hookpoint_local::LocalStore;
use hookpoint_stages::Stage;
use serde_json::json;

use crate::folder::Folder;

const WORKSPACE: &str = "
version: 1
applications:
  shop: { name: Shop, kind: identity, identityStore: customers }
  other: { name: Other, kind: identity, identityStore: customers }
stores: [customers]
hooks:
  mail: { webhook: { url: https://mail.example.com/ } }
bindings:
  - { application: shop, stage: afterRegistration, hook: mail, mode: asynchronous }
  - { application: shop, stage: afterMfaChange, hook: mail }
  - { store: customers, stage: afterAccountUpdate, hook: mail }
";

/// A folder in which all of these bindings are published and gone.
#[tokio::main(flavor = "current_thread")]
async fn folder() -> Folder {
    let folder = Folder::with(WORKSPACE);
    folder.ok(&["apply"]);
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    let shop = Target::Application("shop".parse().unwrap());
    let customers = Target::Store("customers".parse().unwrap());
    for (stage, target) in [
        (Stage::AfterRegistration, &shop),
        (Stage::AfterMfaChange, &shop),
        (Stage::AfterAccountUpdate, &customers),
    ] {
        let bindings: Vec<Binding> = store.bindings(stage, target).await.unwrap();
        let mark = GoneBinding::new(
            &bindings[0],
            &"msg_1".parse().unwrap(),
            SystemTime::UNIX_EPOCH,
        );
        store.mark_gone(&mark).await.unwrap();
    }
    folder
}

#[test]
fn they_stand_in_the_list_of_applications_until_they_are_resumed() {
    let folder = folder();
    let table = folder.ok(&["applications", "list"]);
    let of_store = "after-account-update/mail of store customers";
    let both = format!("after-mfa-change/mail, {of_store}, after-registration/mail");
    for place in both.split(", ") {
        assert!(table.contains(place), "{table}");
    }
    assert_eq!(table.matches(of_store).count(), 2, "{table}");
    let list = folder.json(&["applications", "list", "--json"]);
    let (other, shop) = (&list[0], &list[1]);
    assert_eq!(shop["gone"].as_array().unwrap().len(), 3);
    assert_eq!(
        other["gone"],
        json!([{
            "stage": "afterAccountUpdate", "target": "store:customers", "binding": "mail", "hook": "mail", "version": 1,
            "since": "1970-01-01T00:00:00.000Z", "delivery": "msg_1",
        }])
    );

    let resume = |more: &[&str]| folder.ok(&[&["resume", "--application", "shop"], more].concat());
    let text = resume(&["--stage", "after-mfa-change"]);
    assert!(
        text.starts_with("no longer counts as gone: after-mfa-change/mail;"),
        "{text}"
    );
    assert!(text.contains("dead-letters redrive"), "{text}");
    assert!(
        text.contains("still gone: ") && text.contains(of_store),
        "{text}"
    );
    let error = folder.refused(&[
        "resume",
        "--application",
        "shop",
        "--stage",
        "after-mfa-change",
    ]);
    assert!(error.contains("after-registration/mail"), "{error}");
    // A pause and a mark at once.
    folder.ok(&["pause", "--application", "shop"]);
    let text = resume(&["--all"]);
    assert!(text.contains("resumed everything of shop"), "{text}");
    assert!(text.contains(of_store) && !text.contains("still"), "{text}");
    let list = folder.json(&["applications", "list", "--json"]);
    assert_eq!(
        (&list[0]["gone"], &list[1]["gone"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn a_journey_shows_which_hooks_are_gone_or_paused() {
    let folder = folder();
    let show = |journey: &str| folder.ok(&["journeys", "show", journey, "--application", "shop"]);
    for (journey, mail) in [
        ("registration", "mail"),
        ("self-service", "mail of store customers"),
    ] {
        let gone = format!("● {mail}: endpoint gone since 1970-01-01");
        assert!(show(journey).contains(&gone), "{}", show(journey));
    }
    let stage = ["--application", "shop", "--stage", "after-registration"];
    folder.ok(&[&["pause"], &stage[..]].concat());
    let shown = show("registration");
    assert!(
        shown.contains("● mail: paused; endpoint gone since"),
        "{shown}"
    );
    assert!(!show("self-service").contains("paused"));
    let json = folder.json(&[
        "journeys",
        "show",
        "registration",
        "--application",
        "shop",
        "--json",
    ]);
    let points = json["points"].as_array().unwrap();
    let mut hooks = points
        .iter()
        .flat_map(|point| point["hooks"].as_array().unwrap());
    let hook = hooks.next().unwrap();
    assert_eq!(
        (&hook["paused"], &hook["gone"]),
        (&json!(true), &json!("1970-01-01T00:00:00.000Z"))
    );
    // A new version starts afresh.
    folder.ok(&[&["resume"], &["--application", "shop", "--all"][..]].concat());
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("https://mail.", "https://post."),
    );
    folder.ok(&["apply"]);
    let shown = show("registration");
    assert!(shown.contains("● mail: not run yet"), "{shown}");
}

#[test]
fn a_journey_shows_how_a_binding_of_its_store_ran_for_other_applications() {
    let folder = Folder::with(
        "
version: 1
applications:
  shop: { kind: identity, identityStore: customers }
  other: { kind: identity, identityStore: customers }
  apart: { kind: identity, identityStore: staff }
stores: [customers, staff]
hooks:
  check: { script: { file: check.js } }
bindings:
  - { application: shop, stage: beforeRegistration, hook: check }
  - { store: customers, stage: beforeRegistration, hook: check }
  - { store: staff, stage: beforeRegistration, hook: check }
",
    );
    folder.write(
        "check.js",
        "export default () => { throw new Error('no'); };",
    );
    folder.ok(&["apply"]);
    folder.ok(&["trigger", "before-registration", "--application", "other"]);
    let shown = |application| {
        let show = ["journeys", "show", "registration", "--application"];
        folder.ok(&[&show[..], &[application]].concat())
    };
    let shop = shown("shop");
    for line in [
        "● check: not run yet",
        "● check of store customers: 1 of 1 run failed; the last ended script-error",
    ] {
        assert!(shop.contains(line), "{shop}");
    }
    let apart = shown("apart");
    assert!(
        apart.contains("● check of store staff: not run yet"),
        "{apart}"
    );
}

#[test]
fn an_application_that_is_not_paused_as_a_whole_names_what_is() {
    let folder = Folder::with(
        "version: 1\napplications: { shop: { kind: identity } }\nhooks: { gate: { static: {} } }\nbindings: [{ application: shop, stage: beforeRegistration, hook: gate }]\n",
    );
    folder.ok(&["apply"]);
    let scope = ["--application", "shop", "--binding", "gate"];
    folder.ok(&[&["pause"], &scope[..], &["--stage", "before-registration"]].concat());
    let error = folder.refused(&["resume", "--application", "shop"]);
    assert!(
        error.contains("`shop` as a whole is not paused; before-registration/gate is: use"),
        "{error}"
    );
    let error = folder.refused(&["resume", "--application", "shop", "--binding", "other"]);
    assert!(error.contains("nothing that matches is paused"), "{error}");
    let set = folder.run_with_input(&["secrets", "set", "Token"], "value");
    assert!(
        set.stdout
            .ends_with("set Token in .hookpoint/secrets.json\n"),
        "{}{}",
        set.stdout,
        set.stderr
    );
}
