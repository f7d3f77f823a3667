//! The hidden prompt of `hookpoint secrets set`, and questions that are answered with no.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    time::Instant,
};

use rustix::{
    fs::{Mode, OFlags},
    process::Signal,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Winsize, tcgetattr, tcsetattr, tcsetwinsize,
    },
};
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

/// Runs `secrets set` on a terminal that this was pasted into. Returns its exit code, what was shown, and how much of the paste is left there
/// for the shell.
fn paste(folder: &Folder, text: &str) -> (Option<i32>, String, usize) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 200,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&screen, size).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let end = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
    let mut screen = File::from(screen);
    // All of it is there before the first line is read.
    screen.write_all(text.as_bytes()).unwrap();
    let other_end = || end.try_clone().unwrap();
    let status = folder
        .command(&["secrets", "set", "Token"])
        .stdin(other_end())
        .stdout(other_end())
        .stderr(other_end())
        .status()
        .unwrap();

    let mut mode = tcgetattr(&end).unwrap();
    let cooked = LocalModes::ECHO | LocalModes::ICANON;
    assert!(mode.local_modes.contains(cooked), "{text}");
    // A last line without an end counts too.
    mode.local_modes.remove(LocalModes::ICANON);
    mode.special_codes[SpecialCodeIndex::VMIN] = 0;
    mode.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(&end, OptionalActions::Now, &mode).unwrap();
    let left = rustix::io::read(&end, &mut [0_u8; 8_192]).unwrap();
    drop(end);
    let mut shown = Vec::new();
    // After the last byte comes an error, as no program is at the other end.
    let _ = screen.read_to_end(&mut shown);
    let shown = String::from_utf8_lossy(&shown).into_owned();
    (status.code(), shown, left)
}

#[test]
fn what_a_prompt_cannot_take_whole_is_refused_and_nothing_of_it_goes_to_the_shell() {
    const SEVERAL: &str = "the input has several lines; pass it through standard input";
    const LONG: &str = "the input is too long for a line of a terminal; pass it through";
    let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----";
    let folder = Folder::with("version: 1\n");
    for (text, complaint) in [
        (key.to_owned(), SEVERAL),
        (format!("{key}\n"), SEVERAL),
        (format!("{VALUE}\nls"), SEVERAL),
        (format!("{}\n", "x".repeat(4_095)), LONG),
        (format!("{}\n{key}", "x".repeat(5_000)), LONG),
    ] {
        let (code, shown, left) = paste(&folder, &text);
        assert_eq!((code, left), (Some(2), 0), "{shown}");
        assert!(shown.contains(complaint), "{shown}");
        assert!(!folder.path().join(".hookpoint").exists(), "{shown}");
    }
    let kept = || {
        let kept = fs::read_to_string(folder.path().join(".hookpoint/secrets.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&kept).unwrap()
    };
    let longest = "x".repeat(4_094);
    for (text, value) in [
        // Some terminals paste a line with an empty one after it.
        (format!("{VALUE}\r\n\n"), VALUE),
        (format!("{longest}\n"), longest.as_str()),
    ] {
        let (code, shown, left) = paste(&folder, &text);
        assert_eq!((code, left), (Some(0), 0), "{shown}");
        assert_eq!(kept(), json!({ "Token": value }));
    }
    // The advice works.
    let set = folder.run_with_input(&["secrets", "set", "Token"], key);
    assert_eq!(set.code, 0, "{}", set.stderr);
    assert_eq!(kept(), json!({ "Token": key }));
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
