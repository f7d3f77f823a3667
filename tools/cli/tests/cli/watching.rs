//! `hookpoint dev` on a terminal: what is shown, and the keys.

use std::fs;

use regex_lite::Regex;

use crate::{
    endpoint::Endpoint,
    folder::Folder,
    server::post,
    terminal::{Terminal, key},
};

const SCRIPT: &str = "\
export default async (event, hook) => {
  const reply = await fetch(`http://127.0.0.1:${hook.variables.Port}/tiers`, { method: 'POST', body: '{}' });
  console.log('the customer of this conversation has the tier', (await reply.json()).tier, '会員');
  if (event.context.channelType === 'broken') {
    throw new Error('the channel of this conversation is not one that workers at this company knows');
  }
  return { context: { Tier: 1 }, contxt: {} };
};
";

fn folder(endpoint: &Endpoint) -> Folder {
    let folder = Folder::with(&format!(
        "\
version: 1
secrets: [Token]
applications: {{ bot: {{ kind: conversation, variables: {{ Port: \"{}\" }} }} }}
hooks:
  tier: {{ script: {{ file: tier.js, hosts: [127.0.0.1] }} }}
  hand-over: {{ script: {{ source: \"export default () => ({{}})\", secrets: [Token] }} }}
  audit: {{ script: {{ source: \"export default () => ({{}})\" }} }}
bindings:
  - {{ application: bot, stage: conversationStart, hook: tier }}
  - {{ application: bot, stage: conversationEnd, hook: audit, mode: synchronous }}
  - {{ application: bot, stage: escalation, hook: hand-over }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}
",
        endpoint.port
    ));
    folder.write("tier.js", SCRIPT);
    fs::create_dir(folder.path().join(".hookpoint")).unwrap();
    folder
}

/// What was shown after a text, with ids, times and ports replaced.
fn shown_after(terminal: &Terminal, text: &str) -> String {
    let all = terminal.text();
    let (_, after) = all.split_once(text).unwrap();
    let mut after = after.trim_start_matches('\n').to_owned();
    for (pattern, by) in [
        (r"\d\d:\d\d:\d\dZ  [0-9A-Z]{4}", "00:00:00Z  7F3K"),
        (r"\d+\.\d ms", "1.0 ms"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:9999"),
        // Long times, as on a busy machine, put the hooks below the event.
        (r"\n {11}(tier script-error 1\.0 ms\n)", "  $1"),
    ] {
        after = Regex::new(pattern)
            .unwrap()
            .replace_all(&after, by)
            .into_owned();
    }
    after
}

fn send(folder: &Folder, address: &str, stage: &str, event: &str) {
    let authorization = format!("Authorization: Bearer {}", key(folder.path(), "bot"));
    let path = format!("/v1/applications/bot/stages/{stage}");
    post(address, &path, &authorization, event).unwrap();
}

const BROKEN: &str = r#"{"eventType":"conversationStart","context":{"channelType":"broken"}}"#;
const GOOD: &str = r#"{"eventType":"conversationEnd","context":{}}"#;

/// Starts `dev` and returns its address.
fn start(folder: &Folder, columns: u16) -> (Terminal, String) {
    start_with(folder, columns, &[])
}

fn start_with(folder: &Folder, columns: u16, variables: &[(&str, &str)]) -> (Terminal, String) {
    let arguments = ["dev", "--port", "0"];
    let terminal = Terminal::start_with(folder, columns, &arguments, variables);
    terminal.wait_for("Keys: r repeats the last event", 1);
    terminal.wait_for("give secret `Token` a value", 1);
    let text = terminal.text();
    let address = text.split_once("listens on http://").unwrap().1;
    let address = address.lines().next().unwrap().to_owned();
    (terminal, address)
}

#[test]
fn at_eighty_columns_an_event_is_shown_whole_and_keys_work() {
    let endpoint = Endpoint::start(|_| ("200 OK", r#"{"tier":"gold"}"#.to_owned()));
    let folder = folder(&endpoint);
    let (mut terminal, address) = start(&folder, 80);
    assert!(!terminal.is_cooked(), "a key needs no Enter");
    terminal.press('r');
    terminal.wait_for("no event was posted yet", 1);

    send(&folder, &address, "conversation-start", BROKEN);
    let end = "has the tier gold 会員";
    terminal.wait_for(end, 1);
    let expected = "\
00:00:00Z  7F3K  200  bot conversation-start  1.0 ms  tier script-error 1.0 ms
           hook `tier` version 1: tier.js:5:15: Error: the channel of this
           conversation is not one that workers at this company knows
             throw new Error('the channel of this conversation is not one that …
                       ^
           the event continued without it
           POST http://127.0.0.1:9999/tiers 200 1.0 ms
           > the customer of this conversation has the tier gold 会員
";
    assert_eq!(shown_after(&terminal, "no event was posted yet"), expected);

    terminal.press('r');
    terminal.wait_for(end, 2);
    assert_eq!(endpoint.count(), 2, "the event was posted again");
    terminal.press('o');
    terminal.wait_for("showing only events that failed", 1);
    send(&folder, &address, "conversation-end", GOOD);
    send(&folder, &address, "conversation-start", BROKEN);
    terminal.wait_for(end, 3);
    assert!(
        !terminal.text().contains("conversation-end  "),
        "{}",
        terminal.text()
    );
    terminal.press('o');
    terminal.wait_for("showing all events", 1);
    send(&folder, &address, "conversation-end", GOOD);
    terminal.wait_for("200  bot conversation-end", 1);
    terminal.press('c');
    let began = std::time::Instant::now();
    while !terminal.raw().contains("\u{1b}[2J\u{1b}[H") {
        assert!(began.elapsed() < crate::server::PATIENCE);
    }
    terminal.press('q');
    let (status, is_cooked) = terminal.end();
    assert!(status.success() && is_cooked, "{status}");
}

#[test]
fn the_screen_is_cleared_without_colours_too_if_the_terminal_can_do_it() {
    let endpoint = Endpoint::start(|_| ("200 OK", String::new()));
    let folder = folder(&endpoint);
    let (mut terminal, _) = start_with(&folder, 80, &[("NO_COLOR", "1")]);
    terminal.press('c');
    let began = std::time::Instant::now();
    while !terminal.raw().ends_with("\u{1b}[2J\u{1b}[H") {
        assert!(
            began.elapsed() < crate::server::PATIENCE,
            "{:?}",
            terminal.raw()
        );
    }
    terminal.press('q');
    assert!(terminal.end().0.success());

    let (mut terminal, _) = start_with(&folder, 80, &[("TERM", "dumb")]);
    terminal.press('c');
    terminal.wait_for("this terminal cannot be cleared", 1);
    assert!(!terminal.raw().contains('\u{1b}'), "{:?}", terminal.raw());
    terminal.press('q');
    assert!(terminal.end().0.success());
}

#[test]
fn at_a_hundred_columns_more_fits_and_ctrl_c_gives_the_terminal_back() {
    let endpoint = Endpoint::start(|_| ("200 OK", r#"{"tier":"gold"}"#.to_owned()));
    let folder = folder(&endpoint);
    let (mut terminal, address) = start(&folder, 100);
    send(&folder, &address, "conversation-start", BROKEN);
    terminal.wait_for("has the tier gold 会員", 1);
    let expected = "\
00:00:00Z  7F3K  200  bot conversation-start  1.0 ms  tier script-error 1.0 ms
           hook `tier` version 1: tier.js:5:15: Error: the channel of this conversation is not one
           that workers at this company knows
             throw new Error('the channel of this conversation is not one that workers at this comp…
                       ^
           the event continued without it
           POST http://127.0.0.1:9999/tiers 200 1.0 ms
           > the customer of this conversation has the tier gold 会員
";
    let shown = shown_after(&terminal, "in the environment");
    assert_eq!(shown, expected);
    // A dropped effect is part of the event, and no line of the log.
    let event = BROKEN.replace("broken", "API");
    send(&folder, &address, "conversation-start", &event);
    terminal.wait_for("dropped `contxt`", 1);
    assert!(!terminal.text().contains("WARN"), "{}", terminal.text());
    terminal.press('\u{3}');
    let (status, is_cooked) = terminal.end();
    assert!(status.success() && is_cooked, "{status}");
}

#[test]
fn a_table_fits_the_terminal() {
    let endpoint = Endpoint::start(|_| ("200 OK", r#"{"tier":"gold"}"#.to_owned()));
    let folder = folder(&endpoint);
    folder.write("broken.json", BROKEN);
    folder.run(&["trigger", "conversation-start", "--event", "broken.json"]);
    folder.run(&["trigger", "conversation-end"]);
    for (columns, heading) in [
        (
            80,
            "began                 run   stage               hook      outcome       time",
        ),
        (
            120,
            "began                 run   application  stage               hook      outcome       status  time",
        ),
    ] {
        let terminal = Terminal::start(&folder, columns, &["runs", "list"]);
        terminal.wait_for("the channel", 1);
        let text = terminal.text();
        for line in text.lines() {
            assert!(line.chars().count() <= columns.into(), "{columns}: {line}");
        }
        assert_eq!(text.lines().next(), Some(heading), "{text}");
        let (_, below) = text.split_once("\n\n").unwrap();
        assert!(below.contains("tier.js:5:15: Error: the channel"), "{text}");
        assert!(terminal.end().0.success());
    }
}

#[test]
fn bindings_with_long_names_fit_the_terminal_and_a_far_mark_is_seen() {
    let long = "check-the-address-of-a-customer";
    let folder = Folder::with(&format!(
        "\
version: 1
applications: {{ the-shop-of-our-second-brand: {{ kind: identity }} }}
hooks: {{ {long}: {{ script: tier.js }} }}
bindings: [{{ application: the-shop-of-our-second-brand, stage: beforeMultiStageRegistration, hook: {long}, failure: continue }}]
"
    ));
    let padding = "x".repeat(70);
    let script =
        format!("export default () => {{ const a = '{padding}'; throw new Error(a); }};\n");
    folder.write("tier.js", &script);
    folder.write("alone.js", &script);
    folder.run(&["trigger", "before-multi-stage-registration"]);
    for (arguments, last) in [
        (&["bindings", "list"][..], "before-multi-"),
        (
            &["applications", "show", "the-shop-of-our-second-brand"],
            "before-multi-",
        ),
        (
            &["hooks", "versions", long],
            "registration/check-the-address-of-a-customer",
        ),
        (
            &["trigger", "before-multi-stage-registration"],
            "the event continued without it",
        ),
        (&["runs", "show", "last"], "size "),
        (&["try", "alone.js", "--stage", "escalation"], "^"),
    ] {
        let terminal = Terminal::start(&folder, 80, arguments);
        terminal.wait_for(last, 1);
        let text = terminal.text();
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{arguments:?}: {line}");
        }
        let lines: Vec<_> = text.lines().collect();
        let at = |line: &str, text: &str| line.find(text).map(|at| line[..at].chars().count());
        if let Some(mark) = lines.iter().position(|line| line.trim() == "^") {
            assert_eq!(at(lines[mark], "^"), at(lines[mark - 1], "a)"), "{text}");
        } else {
            assert!(!text.contains("throw"), "{text}");
        }
    }
}

#[test]
fn trigger_shows_errors_and_dropped_effects_whole_below_the_hook() {
    let endpoint = Endpoint::start(|_| ("200 OK", r#"{"tier":"gold"}"#.to_owned()));
    let folder = folder(&endpoint);
    folder.write("broken.json", BROKEN);
    for columns in [60, 80, 100] {
        let arguments = ["trigger", "conversation-start", "--event", "broken.json"];
        let terminal = Terminal::start(&folder, columns, &arguments);
        terminal.wait_for("会員", 1);
        let text = terminal.text();
        let (_, table) = text.split_once("\n\nhook ").unwrap();
        let words: Vec<&str> = table.split_whitespace().collect();
        let words = words.join(" ");
        assert!(
            words.contains("is not one that workers at this company knows"),
            "{text}"
        );
        assert!(words.contains("the event continued without it"), "{text}");
        assert!(table.contains("\n                ^\n"), "{text}");
        let lines = table.lines();
        for line in lines.take_while(|line| !line.is_empty()) {
            assert!(line.chars().count() <= columns.into(), "{columns}: {line}");
        }
        terminal.end();
    }
}

#[test]
fn a_pipe_gets_errors_whole() {
    let endpoint = Endpoint::start(|_| ("200 OK", r#"{"tier":"gold"}"#.to_owned()));
    let folder = folder(&endpoint);
    folder.write("broken.json", BROKEN);
    folder.run(&["trigger", "conversation-start", "--event", "broken.json"]);
    let list = folder.ok(&["runs", "list"]);
    assert!(
        list.contains("  tier.js:5:15: Error: the channel of this conversation is not one that workers at this company knows…"),
        "{list}"
    );
    let shown = folder.ok(&["runs", "show", "last"]);
    assert!(!shown.contains("event 0 bytes"), "{shown}");
}

#[test]
fn what_dev_shows_at_start_fits_a_small_terminal() {
    let folder = Folder::new();
    let terminal = Terminal::start(&folder, 80, &["dev", "--port", "0", "--receiver-port", "0"]);
    terminal.wait_for("q quits.", 1);
    let text = terminal.text();
    assert_eq!(text.matches("curl ").count(), 1, "{text}");
    assert!(
        text.contains("`-v` shows their keys and commands"),
        "{text}"
    );
    let rows = text
        .lines()
        .map(|line| line.chars().count().div_ceil(80).max(1));
    assert!(rows.sum::<usize>() < 24, "{text}");
}

#[test]
fn no_sentence_is_wider_than_the_terminal_and_commands_stay_whole() {
    let folder = Folder::with(
        "\
version: 1
applications: { the-shop-of-our-second-brand: { kind: identity } }
hooks: { gate: { script: { source: \"export default () => ({ session: { a: 1 } })\" } } }
bindings: [{ application: the-shop-of-our-second-brand, stage: beforeMultiStageRegistration, hook: gate, failure: continue }]
",
    );
    folder.write("typed.js", "export default (event: any) => ({});\n");
    let other = folder.path().join("a folder/hookpoint.yaml");
    let other = other.to_str().unwrap();
    folder.ok(&["apply"]);
    for (arguments, expected) in [
        (&["plan"][..], "nothing to do"),
        (&["publications", "show", "last"], "rollback"),
        (&["publications", "show", "ZZZZZZ"], "`last` is the newest"),
        (&["hooks", "show", "gatte"], "shows them"),
        (&["hooks", "delete", "gate"], "remove its bindings first"),
        (&["stages", "before-reg"], "lists all"),
        (&["journeys", "show"], "self-service"),
        (&["nonsense"], "For more information"),
        (&["check", "-w", other], "hookpoint.yaml"),
        (&["try", "typed.js", "--stage", "escalation"], "`.ts`"),
        (
            &["resume", "--application", "the-shop-of-our-second-brand"],
            "shows both",
        ),
    ] {
        let terminal = Terminal::start(&folder, 60, arguments);
        terminal.wait_for(expected.split(' ').next_back().unwrap(), 1);
        let text = terminal.text();
        let words: Vec<_> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(expected), "{arguments:?}: {text}");
        for line in text.lines() {
            let is_command = line.starts_with('`') && line.matches('`').count() == 2;
            let is_path = !line.contains(' ');
            assert!(
                line.chars().count() <= 60 || is_command || is_path,
                "{arguments:?}: {line}"
            );
        }
    }
}

#[test]
fn a_sentence_leads_to_the_workspace_that_was_named() {
    let folder = Folder::with("version: 1\n");
    folder.write(
        "other.yaml",
        "version: 1\nhooks: { a: { script: { source: \"export default () => ({})\" } } }\n",
    );
    folder.ok(&["apply", "-w", "other.yaml"]);
    let error = folder.refused(&["hooks", "show", "b", "--workspace", "other.yaml"]);
    assert!(
        error.contains("`hookpoint hooks list --workspace other.yaml` shows them"),
        "{error}"
    );
    assert!(
        folder
            .refused(&["hooks", "show", "b"])
            .contains("`hookpoint hooks list` shows them")
    );
}
