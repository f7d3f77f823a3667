//! The hidden prompt of `hookpoint secrets set`, and questions that are answered with no.

use std::{fs, time::Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::{folder::Folder, server::PATIENCE, terminal::Terminal};

const VALUE: &str = "s3cret-of-the-crm";

#[test]
fn a_secret_is_asked_for_and_never_shown() {
    let folder = Folder::with("version: 1\n");
    let mut terminal = Terminal::start(&folder, 80, &["secrets", "set", "Token"]);
    terminal.wait_for("Value of Token: ", 1);
    assert!(!terminal.is_echoing());
    for key in VALUE.chars() {
        terminal.press(key);
    }
    terminal.press('\n');
    terminal.wait_for("Token", 2);
    let shown = terminal.raw();
    let (status, is_cooked) = terminal.end();
    assert!(status.success() && is_cooked, "{status}");
    assert!(!shown.contains(VALUE), "{shown}");
    let kept = fs::read_to_string(folder.path().join(".hookpoint/secrets.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, json!({ "Token": VALUE }));
    let listed = folder.ok(&["secrets", "list"]);
    assert!(
        listed.contains("Token") && !listed.contains(VALUE),
        "{listed}"
    );
}

#[test]
fn ctrl_c_at_the_prompt_changes_nothing_and_gives_the_terminal_back() {
    let folder = Folder::with("version: 1\n");
    let mut terminal = Terminal::start(&folder, 80, &["secrets", "set", "Token"]);
    terminal.wait_for("Value of Token: ", 1);
    terminal.press('s');
    terminal.press('\u{3}');
    let (status, is_cooked) = terminal.end();
    assert!(!status.success() && is_cooked, "{status}");
    assert!(!folder.path().join(".hookpoint").exists());

    // At the first moment at which nothing is shown, before there is a question.
    for _ in 0..5 {
        let terminal = Terminal::start(&folder, 80, &["secrets", "set", "Token"]);
        let began = Instant::now();
        while terminal.is_echoing() {
            assert!(began.elapsed() < PATIENCE, "{}", terminal.text());
        }
        terminal.signal(Signal::TERM);
        let (status, is_cooked) = terminal.end();
        assert_eq!(status.code(), Some(130), "{status}");
        assert!(is_cooked);
    }

    let mut terminal = Terminal::start(&folder, 80, &["secrets", "set", "Token"]);
    terminal.wait_for("Value of Token: ", 1);
    terminal.press('\n');
    terminal.wait_for("the value is empty; nothing was changed", 1);
    assert_eq!(terminal.end().0.code(), Some(2));
}

#[test]
fn a_no_before_the_first_publication_leaves_nothing_behind() {
    let folder = Folder::with(
        "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { hello: { static: { context: { Hello: 1 } } } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
",
    );
    let state = folder.path().join(".hookpoint");
    for (answer, is_published) in [('n', false), ('y', true)] {
        let mut terminal = Terminal::start(&folder, 80, &["apply"]);
        terminal.wait_for("[y/N] ", 1);
        assert!(!state.exists());
        terminal.press(answer);
        terminal.press('\n');
        let (status, _) = terminal.end();
        assert!(status.success(), "{status}");
        assert_eq!(state.exists(), is_published);
    }
    assert!(folder.ok(&["plan"]).starts_with("nothing to do"));
}

#[test]
fn a_no_is_json_where_json_is_wanted() {
    let folder = Folder::with(
        "\
version: 1
applications: { bot: { kind: conversation, keepEvents: true } }
hooks: { hello: { static: { context: { Hello: 1 } } } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
",
    );
    let event = r#"{"eventType":"conversationStart","context":{"userId":"ada"}}"#;
    let trigger = ["trigger", "conversation-start", "--event", "-"];
    assert_eq!(folder.run_with_input(&trigger, event).code, 0);
    for (arguments, question, answer) in [
        (
            &["dead-letters", "drop", "--all", "--json"][..],
            "Type `yes` to continue:",
            json!({ "dropped": 0 }),
        ),
        (
            &["subjects", "erase", "ada", "--application", "bot", "--json"],
            "[y/N] ",
            json!({ "runs": 0, "deliveries": 0, "deadLetters": 0 }),
        ),
    ] {
        let mut terminal = Terminal::start(&folder, 200, arguments);
        terminal.wait_for(question, 1);
        terminal.press('n');
        terminal.press('\n');
        terminal.wait_for("\n}\n", 1);
        let text = terminal.text();
        let document = text.get(text.find("\n{").unwrap()..).unwrap();
        let document: serde_json::Value = serde_json::from_str(document).unwrap();
        let found = document.get("erased").unwrap_or(&document);
        assert_eq!(*found, answer, "{text}");
        assert_eq!(terminal.end().0.code(), Some(0));
    }
}
