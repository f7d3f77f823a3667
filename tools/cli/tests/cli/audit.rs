//! `hookpoint audit`: what every command leaves in the trail of the local store.

use std::time::SystemTime;

use hookpoint_engine::testing::sample;
use hookpoint_stages::Stage;
use serde_json::{Value, json};

use crate::{
    folder::{Folder, Run},
    queue,
};

const WORKSPACE: &str = "\
version: 1
applications:
  bot: { kind: conversation, keepEvents: true }
  other: { kind: conversation }
hooks:
  hello: { static: { context: { Hello: 1 } } }
  unused: { static: { context: { Unused: 1 } } }
bindings:
  - { application: bot, stage: conversationStart, hook: hello }
";
const PERSON: &str = "+15550100001";

/// A dead letter, and a delivery that waits.
fn fill_queue(folder: &Folder) {
    let job = |id: &str| {
        let event = json!({ "eventType": "stateModification", "context": { "userId": PERSON } });
        let (stage, now) = (Stage::StateModification, SystemTime::now());
        sample::job(id, "bot", stage, ("hello", 1), &event, now)
    };
    queue::fill(folder, vec![job("msg_dead")], &[job("msg_waits")]);
}

/// `action application: what`, the oldest first.
fn trail(folder: &Folder, arguments: &[&str]) -> Vec<String> {
    let listed = folder.json(&[&["audit", "--json"], arguments].concat());
    let mut lines: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            assert_eq!(entry["by"], "ada", "{entry}");
            let text = |member: &str| entry[member].as_str().unwrap_or("–").to_owned();
            format!(
                "{} {}: {}",
                text("action"),
                text("application"),
                text("what")
            )
        })
        .collect();
    lines.reverse();
    lines
}

/// Runs the program as a user of a known name.
fn ada(folder: &Folder, arguments: &[&str], input: &str) -> String {
    let mut command = folder.command(arguments);
    command.env("USER", "ada");
    let run = Run::of(command, input);
    assert_eq!(run.code, 0, "{arguments:?} {}{}", run.stdout, run.stderr);
    run.stdout
}

#[test]
fn every_change_has_an_entry_that_says_who_and_names_no_person_and_no_value() {
    let folder = Folder::with(WORKSPACE);
    let run = |line: &str, input: &str| {
        let arguments: Vec<_> = line.split(' ').collect();
        ada(&folder, &arguments, input)
    };
    run("apply --yes", "");
    let key: Value =
        serde_json::from_str(&run("keys create --application bot --json", "")).unwrap();
    let key = key["id"].as_str().unwrap();
    run(&format!("keys revoke {key} --application bot"), "");
    run("pause --application bot --stage conversation-start", "");
    run("resume --application bot --all", "");
    run("secrets set Token --application other", "s3cret-value\n");
    run("secrets rm Token --application other", "");
    run("hooks delete unused --force --yes", "");
    let event = json!({
        "eventType": "conversationStart",
        "context": { "conversationId": "c-1", "userId": PERSON },
    });
    run(
        "trigger conversation-start --application bot --event -",
        &event.to_string(),
    );
    run("runs replay last", "");
    let export = format!("subjects export {PERSON} --application bot --json");
    run(&export, "");
    fill_queue(&folder);
    run("dead-letters redrive --reason gone --application bot", "");
    run("deliveries retry msg_waits", "");
    run("deliveries cancel msg_waits", "");
    run("dead-letters drop --all --yes", "");
    let erase = format!("subjects erase {PERSON} --application bot --yes");
    run(&erase, "");
    run("applications delete other --yes", "");
    // What changes nothing has no entry.
    let again = folder.refused(&["keys", "revoke", key, "--application", "bot"]);
    assert!(again.contains("no key"), "{again}");
    let again = folder.refused(&["secrets", "rm", "Token", "--application", "other"]);
    assert!(
        again.contains("there is no secret `other/Token` in "),
        "{again}"
    );

    let all = trail(&folder, &[]);
    let expected = [
        "apply other: 1 application added".to_owned(),
        format!("create-key bot: key {key}"),
        format!("revoke-key bot: key {key}"),
        "pause bot: conversation-start".to_owned(),
        "resume bot: everything".to_owned(),
        "set-secret other: secret other/Token".to_owned(),
        "remove-secret other: secret other/Token".to_owned(),
        "delete-hook –: hook unused".to_owned(),
        "export-subject bot: 1 run, 0 waiting deliveries, 0 dead letters of a person".to_owned(),
        "redrive bot: dead letters with reason gone, application bot".to_owned(),
        "retry-delivery bot: delivery msg_waits".to_owned(),
        "cancel-delivery bot: delivery msg_waits".to_owned(),
        "drop-dead-letters –: all dead letters".to_owned(),
        "delete other: 1 application removed".to_owned(),
    ];
    let mut places = expected.iter().map(|line| {
        let place = all.iter().position(|entry| entry == line);
        place.unwrap_or_else(|| panic!("{line}: {all:#?}"))
    });
    assert!(places.by_ref().is_sorted(), "{all:#?}");
    for begin in [
        "replay bot: run conversation-start.bot.",
        "erase bot: 1 run, ",
    ] {
        let found = all.iter().filter(|line| line.starts_with(begin)).count();
        assert_eq!(found, 1, "{begin}: {all:#?}");
    }
    let whole = folder.ok(&["audit", "--json"]);
    assert!(
        !whole.contains(PERSON) && !whole.contains("s3cret-value"),
        "{whole}"
    );

    let of_other = trail(&folder, &["--application", "other"]);
    assert_eq!(of_other.len(), 4, "{of_other:#?}");
    assert_eq!(trail(&folder, &["--limit", "1"]), all[all.len() - 1..]);
    assert_eq!(
        trail(&folder, &["--since", "2099-01-01T00:00:00Z"]).len(),
        0
    );
    let table = folder.ok(&["audit"]);
    assert!(table.starts_with("time "), "{table}");
    assert!(table.contains("dead letters with reason gone"), "{table}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_trail_fits_a_terminal_of_80_columns() {
    use crate::terminal::Terminal;
    let folder = Folder::with(WORKSPACE);
    ada(&folder, &["apply", "--yes"], "");
    let ids: Vec<_> = (0..9)
        .map(|number| format!("msg_of_a_long_id_{number}"))
        .collect();
    let mut redrive = vec!["dead-letters", "redrive"];
    redrive.extend(ids.iter().map(String::as_str));
    let run = folder.run(&redrive);
    assert_eq!(
        run.code, 2,
        "there is no such letter, and the attempt is recorded"
    );
    let terminal = Terminal::start(&folder, 80, &["audit"]);
    terminal.wait_for("application added", 2);
    let text = terminal.text();
    assert!(text.contains("msg_of_a_long_id_8"), "{text}");
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{text}");
    terminal.end();
}
