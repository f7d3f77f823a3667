//! Tests of `hookpoint dead-letters`.

use std::time::{Duration, SystemTime};

use hookpoint_engine::{delivery::job::Job, ports::WorkQueue as _, testing::sample};
use hookpoint_local::{LocalStore, STORE_FILE};
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use crate::{folder::Folder, queue};

/// A dead letter: hook, application and reason.
#[derive(Clone, Copy)]
struct Given<'a> {
    id: &'a str,
    application: &'a str,
    hook: &'a str,
    code: &'a str,
    message: &'a str,
}

impl<'a> Given<'a> {
    fn up(id: &'a str) -> Self {
        Self {
            id,
            application: "bot",
            hook: "audit",
            code: "gone",
            message: "the endpoint answered 410\u{1b}[2J",
        }
    }

    fn job(&self) -> Job {
        let event =
            json!({ "eventType": "stateModification", "context": { "conversationId": self.id } });
        let (stage, now) = (Stage::StateModification, SystemTime::now());
        sample::job(
            self.id,
            self.application,
            stage,
            (self.hook, 3),
            &event,
            now,
        )
    }
}

/// A folder with these dead letters, and its queue.
fn folder(ids: &[&str]) -> (Folder, LocalStore) {
    let given: Vec<_> = ids.iter().map(|id| Given::up(id)).collect();
    folder_with(&given)
}

#[tokio::main(flavor = "current_thread")]
async fn folder_with(given: &[Given<'_>]) -> (Folder, LocalStore) {
    let folder = Folder::new();
    let store = LocalStore::open(&folder.path().join(".hookpoint")).unwrap();
    for given in given {
        queue::give_up(&store, given.job(), given.code, given.message).await;
    }
    (folder, store)
}

/// Replaces the message of a dead letter.
fn replace(folder: &Folder, id: &str, message: &str) {
    let path = folder.path().join(".hookpoint").join(STORE_FILE);
    let connection = rusqlite::Connection::open(path).unwrap();
    let changed = connection.execute(
        "UPDATE dead_letter SET message = ?2 WHERE id = ?1",
        [id, message],
    );
    assert_eq!(changed.unwrap(), 1);
}

#[tokio::main(flavor = "current_thread")]
async fn waiting(store: &LocalStore) -> Vec<(String, u32)> {
    let lease = Duration::from_secs(20);
    let jobs = store.receive(100, lease, SystemTime::now()).await.unwrap();
    let jobs = jobs.into_iter().map(|leased| leased.job.unwrap());
    let mut jobs: Vec<_> = jobs
        .map(|job| (job.delivery.to_string(), job.attempt))
        .collect();
    jobs.sort();
    jobs
}

fn ids(folder: &Folder) -> Vec<String> {
    ids_of(folder, &[])
}

fn ids_of(folder: &Folder, filters: &[&str]) -> Vec<String> {
    let arguments = [&["dead-letters", "list", "--json"], filters].concat();
    let list = folder.json(&arguments);
    let letters = list.as_array().unwrap().iter();
    let mut ids: Vec<_> = letters
        .map(|letter| letter["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn they_are_listed_shown_and_sent_again() {
    let (folder, store) = folder(&["msg_1", "msg_2", "msg_3"]);
    let list = folder.run(&["dead-letters", "list"]);
    assert!(list.stderr.contains("hookpoint resume"), "{}", list.stderr);
    let table = list.stdout;
    assert!(table.contains("audit v3"), "{table}");
    assert!(table.contains("the endpoint answered 410"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table:?}");
    let shown = folder.ok(&["dead-letters", "show", "msg_2"]);
    assert!(shown.contains("\"conversationId\": \"msg_2\""), "{shown}");
    let value = folder.json(&["dead-letters", "show", "msg_2", "--json"]);
    assert_eq!(value["reason"]["code"], "gone");
    assert_eq!(value["job"]["event"]["context"]["conversationId"], "msg_2");

    let text = folder.ok(&["dead-letters", "redrive", "msg_2"]);
    assert!(
        text.starts_with("1 delivery is back in the queue"),
        "{text}"
    );
    assert_eq!(ids(&folder), ["msg_1", "msg_3"]);
    let error = folder.refused(&["dead-letters", "redrive", "msg_1", "msg_9"]);
    assert!(
        error.contains("1 of 2 dead letters could be used"),
        "{error}"
    );
    // One object says what was done and what was not.
    let run = folder.run(&["dead-letters", "drop", "msg_9", "--json"]);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &value["dropped"]), (2, &json!(0)), "{value}");
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.contains("0 of 1 dead letters"), "{message}");
    let value = folder.json(&["dead-letters", "redrive", "--all", "--json"]);
    assert_eq!(value, json!({ "redriven": 1 }));
    let expected = ["msg_1", "msg_2", "msg_3"].map(|id| (id.to_owned(), 1));
    assert_eq!(waiting(&store), expected);
    assert_eq!(folder.ok(&["dead-letters", "list"]), "no dead letters\n");
}

#[test]
fn they_are_removed_one_by_one_or_all_when_that_is_meant() {
    let (folder, store) = folder(&["msg_1", "msg_2", "msg_3"]);
    assert!(
        folder
            .ok(&["dead-letters", "drop", "msg_1"])
            .starts_with("1 delivery is removed")
    );
    let error = folder.refused(&["dead-letters", "drop", "--all"]);
    assert!(error.contains("`--yes`"), "{error}");
    assert_eq!(ids(&folder), ["msg_2", "msg_3"]);
    let value = folder.json(&["dead-letters", "drop", "--all", "--yes", "--json"]);
    assert_eq!(value, json!({ "dropped": 2 }));
    assert!(ids(&folder).is_empty());
    assert!(waiting(&store).is_empty());
    for (arguments, text) in [
        (&["dead-letters", "drop"][..], "<ID>"),
        (
            &["dead-letters", "drop", "msg_1", "--all"],
            "cannot be used with",
        ),
        (&["dead-letters", "show", "msg_1"], "dead-letters list"),
        (
            &["dead-letters", "list", "--queue-url", "x"],
            "--dead-letter-queue-url",
        ),
        (&["dead-letters", "list", "--region", "x"], "--queue-url"),
        (&["dead-letters", "list", "--reason", "pausd"], "paused"),
        (
            &["dead-letters", "redrive", "--all", "--reason", "paused"],
            "cannot be used with",
        ),
        (
            &["dead-letters", "redrive", "msg_1", "--hook", "audit"],
            "cannot be used with",
        ),
        (
            &["dead-letters", "drop", "msg_1", "--yes"],
            "cannot be used with",
        ),
    ] {
        let error = folder.refused(arguments);
        assert!(error.contains(text), "{arguments:?}: {error}");
    }
}

#[test]
fn what_was_paused_is_sent_again_and_nothing_else() {
    let paused = |id| Given {
        code: "paused",
        message: "the binding is paused",
        ..Given::up(id)
    };
    let (folder, store) = folder_with(&[
        Given::up("msg_1"),
        paused("msg_2"),
        Given {
            hook: "mail",
            ..paused("msg_3")
        },
        Given {
            application: "other",
            ..paused("msg_4")
        },
        paused("msg_5"),
    ]);
    for (filters, expected) in [
        (
            &["--reason", "paused"][..],
            &["msg_2", "msg_3", "msg_4", "msg_5"][..],
        ),
        (&["--reason", "gone"], &["msg_1"]),
        (&["--hook", "mail"], &["msg_3"]),
        (&["--application", "other", "--hook", "audit"], &["msg_4"]),
        (
            &["--stage", "state-modification", "--reason", "gone"],
            &["msg_1"],
        ),
        (&["--stage", "escalation"], &[]),
    ] {
        assert_eq!(ids_of(&folder, filters), expected, "{filters:?}");
    }
    let none = folder.ok(&["dead-letters", "list", "--reason", "timeout"]);
    assert_eq!(none, "no dead letters match\n");
    let shown = folder.json(&["dead-letters", "show", "sg_3", "--json"]);
    assert_eq!(shown["id"], "msg_3");
    for (part, expected) in [
        ("g_3", "`g_3` is too short to name a dead letter"),
        ("sg_9", "there is no dead letter `sg_9`"),
    ] {
        let error = folder.refused(&["dead-letters", "show", part]);
        assert!(error.contains(expected), "{error}");
    }
    let resumed = [
        "--reason",
        "paused",
        "--hook",
        "audit",
        "--application",
        "bot",
    ];
    let redrive = [&["dead-letters", "redrive"], &resumed[..]].concat();
    let text = folder.ok(&redrive);
    assert!(
        text.starts_with("2 deliveries are back in the queue"),
        "{text}"
    );
    let expected = ["msg_2", "msg_5"].map(|id| (id.to_owned(), 1));
    assert_eq!(waiting(&store), expected);
    let error = folder.refused(&redrive);
    assert!(error.contains("there is no application `bot`"), "{error}");

    let drop = ["dead-letters", "drop", "--reason", "paused"];
    let error = folder.refused(&drop);
    assert!(
        error.contains("matching") && error.contains("`--yes`"),
        "{error}"
    );
    let dropped = folder.json(&[&drop[..], &["--yes", "--json"]].concat());
    assert_eq!(dropped, json!({ "dropped": 2 }));
    assert_eq!(ids(&folder), ["msg_1"]);
}

#[test]
fn what_is_no_job_stays_and_redrive_says_so() {
    let (folder, store) = folder(&["msg_1", "msg_2"]);
    replace(&folder, "msg_2", "{\"v\": broken");
    let run = folder.run(&["dead-letters", "redrive", "--all"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stdout.starts_with("1 delivery is back in the queue"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .contains("1 message stays, because it is not a job"),
        "{}",
        run.stderr
    );
    assert_eq!(waiting(&store), [("msg_1".to_owned(), 1)]);
    let shown = folder.ok(&["dead-letters", "show", "msg_2"]);
    assert!(shown.contains("{\"v\": broken"), "{shown}");
    folder.ok(&["dead-letters", "drop", "msg_2"]);
    assert!(ids(&folder).is_empty());
}

#[test]
fn a_dead_letter_is_named_by_a_part_of_its_id_that_the_list_shows() {
    let (folder, store) = folder(&["msg_0aa7f1", "msg_1bb7f1", "msg_2cc9d4"]);
    let table = folder.ok(&["dead-letters", "list"]);
    for part in ["  a7f1  ", "  b7f1  ", "  c9d4  "] {
        assert!(table.contains(part), "{table}");
    }
    for command in ["show", "redrive", "drop"] {
        let error = folder.refused(&["dead-letters", command, "7F1"]);
        assert!(
            error.contains("`7F1` is too short to name a dead letter"),
            "{error}"
        );
        let error = folder.refused(&["dead-letters", command, "msg_"]);
        assert!(
            error.contains("`msg_` names 3 dead letters") && error.contains("\n  msg_1bb7f1  "),
            "{error}"
        );
        let error = folder.refused(&["dead-letters", command, "dd7f1"]);
        assert!(error.contains("dead-letters list"), "{error}");
    }
    folder.ok(&["dead-letters", "redrive", "AA7F1"]);
    assert_eq!(waiting(&store), [("msg_0aa7f1".to_owned(), 1)]);
    folder.ok(&["dead-letters", "drop", "msg_1"]);
    let left = folder.json(&["dead-letters", "list", "--json"]);
    assert_eq!(left[0]["id"], "msg_2cc9d4");
    assert_eq!(left.as_array().unwrap().len(), 1);
}

#[test]
fn a_list_has_the_first_line_of_each_message_and_says_when_it_is_not_all() {
    let message = format!("hooks/tier.js:3:7 {}\n  3 | return tier", "no ".repeat(60));
    let (folder, _store) = folder_with(&[
        Given {
            message: &message,
            ..Given::up("msg_1")
        },
        Given::up("msg_2"),
    ]);
    let table = folder.ok(&["dead-letters", "list"]);
    let row = table.lines().find(|line| line.contains("sg_1")).unwrap();
    let first = message.lines().next().unwrap().trim_end();
    assert!(row.ends_with(&format!("{first}…")), "{row}");
    assert_eq!(table.lines().count(), 3, "{table}");
    let whole = folder.ok(&["dead-letters", "show", "msg_1"]);
    assert!(whole.contains(message.lines().next().unwrap()), "{whole}");
    assert!(whole.contains("3 | return tier"), "{whole}");
    let all = folder.run(&["dead-letters", "list"]);
    assert!(!all.stderr.contains("there may be more"), "{}", all.stderr);
    let part = folder.run(&["dead-letters", "list", "--limit", "1", "--json"]);
    assert_eq!(part.code, 0);
    assert!(part.stderr.contains("there may be more"), "{}", part.stderr);
    assert!(part.stdout.contains("msg_1") && !part.stdout.contains("msg_2"));
}

#[test]
fn what_a_newer_version_wrote_is_listed_as_it_is_and_sent_again_after_an_upgrade() {
    let (folder, store) = folder(&["msg_1"]);
    let job = Given::up("msg_1").job().to_json();
    let newer = job.replacen("\"v\":1", "\"v\":2", 1);
    replace(&folder, "msg_1", &newer);
    let table = folder.ok(&["dead-letters", "list"]);
    for part in ["sg_1", "bot", "stateModification", "audit v3"] {
        assert!(table.contains(part), "{table}");
    }
    let list = folder.json(&["dead-letters", "list", "--json"]);
    assert_eq!(list[0]["message"], newer);
    assert_eq!(list[0]["newer"], true);
    let shown = folder.ok(&["dead-letters", "show", "msg_1"]);
    assert!(shown.contains(&newer), "{shown}");
    let refused = folder.refused(&["dead-letters", "redrive", "msg_1"]);
    assert!(
        refused.contains("0 of 1 dead letters could be used"),
        "{refused}"
    );
    let run = folder.run(&["dead-letters", "redrive", "--all"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("upgrade, then redrive"),
        "{}",
        run.stderr
    );
    assert_eq!(waiting(&store), []);
    // After the upgrade: this version can read it.
    replace(&folder, "msg_1", &job);
    folder.ok(&["dead-letters", "redrive", "msg_1"]);
    assert_eq!(waiting(&store), [("msg_1".to_owned(), 1)]);
}
