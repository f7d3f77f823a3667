//! Applications and identity stores that do not exist.

use std::fs;

use crate::folder::Folder;

const WORKSPACE: &str = "
version: 1
applications: { web-shop: { kind: identity, identityStore: people } }
stores: [people]
hooks: { gate: { static: {} } }
bindings: [{ application: web-shop, stage: beforeRegistration, hook: gate }]
";

const STAGE: [&str; 2] = ["--stage", "before-registration"];

/// A folder with a workspace that was published and then run.
fn folder() -> Folder {
    let folder = Folder::with(WORKSPACE);
    folder.ok(&["apply"]);
    folder.ok(&["trigger", "before-registration"]);
    folder
}

#[test]
fn every_command_refuses_an_application_that_is_not_published() {
    let folder = folder();
    for command in [
        &["bindings", "list"][..],
        &["bindings", "order", "gate", STAGE[0], STAGE[1]],
        &["publications", "list"],
        &["rollback", "--binding", "gate"],
        &["audit"],
        &["runs", "list"],
        &["runs", "list", "--follow"],
        &["subjects", "export", "ada"],
        &["subjects", "erase", "ada", "--yes"],
        &["dead-letters", "list"],
        &["dead-letters", "redrive"],
        &["dead-letters", "drop"],
        &["keys", "list"],
        &["keys", "create"],
        &["keys", "revoke", "k"],
        &["pause"],
        &["resume"],
        &["pull", "--to", "elsewhere"],
    ] {
        for (id, meant) in [("web-shp", "did you mean `web-shop`? "), ("stranger", "")] {
            let error = folder.refused(&[command, &["--application", id]].concat());
            let expected = format!(
                "there is no application `{id}`; {meant}`hookpoint applications list` shows them"
            );
            assert!(error.contains(&expected), "{command:?}: {error}");
        }
    }
    let audit = folder.ok(&["audit"]);
    assert!(!audit.contains("dead letters"), "{audit}");
    let error = folder.refused(&["applications", "show", "web-shp"]);
    assert!(error.contains("did you mean `web-shop`?"), "{error}");
}

#[test]
fn every_command_refuses_a_hook_that_is_not_published() {
    let folder = folder();
    for command in [
        &["bindings", "list"][..],
        &["runs", "list"],
        &["runs", "list", "--follow"],
        &["dead-letters", "list"],
        &["dead-letters", "redrive"],
        &["dead-letters", "drop"],
    ] {
        for (name, meant) in [("gaet", "did you mean `gate`? "), ("stranger", "")] {
            let error = folder.refused(&[command, &["--hook", name]].concat());
            let expected =
                format!("no hook `{name}` is published; {meant}`hookpoint hooks list` shows them");
            assert!(error.contains(&expected), "{command:?}: {error}");
        }
    }
}

#[test]
fn an_identity_store_that_does_not_exist_is_refused_alike() {
    let folder = folder();
    for command in [
        &["bindings", "list"][..],
        &["bindings", "order", "gate", STAGE[0], STAGE[1]],
        &["publications", "list"],
    ] {
        let error = folder.refused(&[command, &["--identity-store", "peopel"]].concat());
        assert!(
            error.contains("there is no identity store `peopel`; did you mean `people`?"),
            "{command:?}: {error}"
        );
    }
    // Without bindings.
    let list = folder.ok(&["bindings", "list", "--identity-store", "people"]);
    assert_eq!(list, "no such binding is published\n");
}

#[test]
fn what_outlives_an_application_is_still_found_by_its_id() {
    let folder = folder();
    folder.ok(&["applications", "delete", "web-shop", "--yes"]);
    for command in [&["runs", "list"][..], &["publications", "list"], &["audit"]] {
        let list = folder.ok(&[command, &["--application", "web-shop"]].concat());
        assert!(list.lines().count() > 1, "{command:?}: {list}");
    }
    for command in [
        &["runs", "list", "--hook", "gate", "--outcome", "timeout"][..],
        &["subjects", "export", "ada"],
        &["dead-letters", "redrive"],
    ] {
        folder.ok(&[command, &["--application", "web-shop"]].concat());
    }
    let error = folder.refused(&["bindings", "list", "--application", "web-shop"]);
    assert!(
        error.contains("there is no application `web-shop`: none is published"),
        "{error}"
    );
}

#[test]
fn a_secret_may_be_set_for_an_application_that_is_not_published_yet() {
    let folder = Folder::with(WORKSPACE);
    let set = |application| {
        let arguments = ["secrets", "set", "Token", "--application", application];
        folder.run_with_input(&arguments, "value")
    };
    let run = set("web-shop");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = set("web-shp");
    assert_eq!(run.code, 2, "{}", run.stdout);
    let expected = "`web-shp` is neither published nor in the workspace; did you mean `web-shop`?";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    // The hooks of the workspace do not matter.
    folder.write(
        "hookpoint.yaml",
        "applications: { web-shop: {} }\nhooks: { gate: { script: absent.ts } }\n",
    );
    assert_eq!(set("web-shop").code, 0);
    assert_eq!(set("web-shp").code, 2);
    // Which applications there will be is not known.
    folder.write("hookpoint.yaml", "applications: [");
    assert_eq!(set("other").code, 0);
    let (right, wrong) = ("hookpoint.yaml", "hookpoint.yml");
    fs::rename(folder.path().join(right), folder.path().join(wrong)).unwrap();
    assert_eq!(set("other").code, 0);
}
