//! Tests of `hookpoint subjects` on the local store.

use std::time::SystemTime;

use hookpoint_engine::{delivery::job::Job, testing::sample};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use crate::{folder::Folder, queue};

const WORKSPACE: &str = "\
version: 1
applications:
  bot: { kind: conversation, keepEvents: true }
  other: { kind: conversation, keepEvents: true }
hooks: { hello: { static: { context: { Hello: 1 } } } }
bindings:
  - { application: bot, stage: conversationStart, hook: hello }
  - { application: other, stage: conversationStart, hook: hello }
";

const ADA: &str = "+15550100001";
const BOB: &str = "+15550100002";

/// Runs an event of a user, so that a record keeps it.
fn trigger(folder: &Folder, application: &str, user: &str) {
    let event = json!({
        "eventType": "conversationStart",
        "context": { "conversationId": "c-1", "userId": user },
    });
    let arguments = [
        "trigger",
        "conversation-start",
        "--application",
        application,
        "--event",
        "-",
    ];
    let run = folder.run_with_input(&arguments, &event.to_string());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

fn job(id: &str, user: &str) -> Job {
    let event = json!({ "eventType": "stateModification", "context": { "userId": user } });
    let (stage, now) = (Stage::StateModification, SystemTime::now());
    sample::job(id, "bot", stage, ("audit", 1), &event, now)
}

/// Of each person a delivery that was given up, and one that waits.
fn fill_queue(folder: &Folder) {
    let dead = vec![job("msg_dead_ada", ADA), job("msg_dead_bob", BOB)];
    let waiting = [job("msg_waits_ada", ADA), job("msg_waits_bob", BOB)];
    queue::fill(folder, dead, &waiting);
}

fn export(folder: &Folder, user: &str, application: &str) -> Value {
    folder.json(&[
        "subjects",
        "export",
        user,
        "--application",
        application,
        "--json",
    ])
}

/// How many runs, waiting deliveries and dead letters.
fn counts(exported: &Value) -> [usize; 3] {
    ["runs", "deliveries", "deadLetters"].map(|member| exported[member].as_array().unwrap().len())
}

#[test]
fn what_is_stored_about_a_person_is_shown_and_erased_and_others_keep_theirs() {
    let folder = Folder::with(WORKSPACE);
    for (application, user) in [("bot", ADA), ("bot", BOB), ("bot", ADA), ("other", ADA)] {
        trigger(&folder, application, user);
    }
    fill_queue(&folder);
    let exported = export(&folder, ADA, "bot");
    assert_eq!(counts(&exported), [2, 1, 1]);
    let run = &exported["runs"][0];
    assert_eq!(run["kept"]["event"]["context"]["userId"], ADA);
    assert_eq!(run["hook"], "hello");
    assert_eq!(exported["deliveries"][0]["id"], "msg_waits_ada");
    assert_eq!(exported["deadLetters"][0]["id"], "msg_dead_ada");
    assert!(exported["notSearched"].as_array().unwrap().len() > 1);
    let table = folder.ok(&["subjects", "export", ADA, "--application", "bot"]);
    assert!(
        table.contains("2 runs, 1 waiting delivery, 1 dead letter"),
        "{table}"
    );

    let listed = |user: &str| {
        let of_user = ["--application", "bot", "--subject", user];
        let list = folder.json(&[&["runs", "list", "--json"][..], &of_user].concat());
        list.as_array().unwrap().len()
    };
    assert_eq!((listed(ADA), listed(BOB), listed("unknown")), (2, 1, 0));
    let alone = folder.refused(&["runs", "list", "--subject", ADA]);
    assert!(alone.contains("--application"), "{alone}");

    let erase = ["subjects", "erase", ADA, "--application", "bot"];
    let refused = folder.refused(&erase);
    assert!(refused.contains("add `--yes`"), "{refused}");
    assert_eq!(counts(&export(&folder, ADA, "bot")), [2, 1, 1]);
    let erased = folder.json(&[&erase[..], &["--yes", "--json"]].concat());
    assert_eq!(
        erased["erased"],
        json!({ "runs": 2, "deliveries": 1, "deadLetters": 1 })
    );

    assert_eq!(counts(&export(&folder, ADA, "bot")), [0, 0, 0]);
    assert_eq!(counts(&export(&folder, BOB, "bot")), [1, 1, 1]);
    assert_eq!((listed(ADA), listed(BOB)), (0, 1));
    assert_eq!(
        counts(&export(&folder, ADA, "other")),
        [1, 0, 0],
        "another application"
    );
    let nothing = folder.ok(&[&erase[..], &["--yes"]].concat());
    assert_eq!(nothing, "nothing was found\n");

    let history = folder.ok(&["publications", "list"]);
    let lines: Vec<_> = history
        .lines()
        .filter(|line| line.contains("erase"))
        .collect();
    assert_eq!(lines.len(), 1, "{history}");
    assert!(
        lines[0].contains("erased 2 runs, 1 waiting delivery, 1 dead letter"),
        "{history}"
    );
    let records = folder.json(&["publications", "list", "--json"]);
    assert!(!records.to_string().contains(ADA), "{records}");
}

#[test]
fn an_erasure_is_no_publication_to_undo_and_hides_none() {
    let folder = Folder::with(WORKSPACE);
    folder.ok(&["apply"]);
    let published = folder.json(&["publications", "show", "last", "--json"]);
    trigger(&folder, "bot", ADA);
    folder.ok(&["subjects", "erase", ADA, "--application", "bot", "--yes"]);
    let newest = folder.json(&["publications", "show", "last", "--json"]);
    assert_eq!(newest["action"], "erase");

    let error = folder.refused(&["rollback", newest["id"].as_str().unwrap()]);
    assert!(
        error.contains("erased what was stored about a person"),
        "{error}"
    );
    // Changed without a record, and not by a later publication.
    let reordered = WORKSPACE.replace("application: bot,", "application: bot, order: 9,");
    folder.write("hookpoint.yaml", &reordered);
    trigger(&folder, "bot", BOB);
    for arguments in [&["rollback"][..], &["rollback", "last"]] {
        let error = folder.refused(arguments);
        assert!(error.contains("without a record"), "{error}");
    }
    folder.ok(&["rollback", "last", "--force"]);
    let undone = folder.json(&["publications", "show", "last", "--json"]);
    assert_eq!(undone["undoes"], published["id"], "{undone}");
}
