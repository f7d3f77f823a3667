//! The server as a process: its printed commands work, and it stops on a signal.

use std::{fs, process::Command, time::Instant};

use crate::{
    folder::Folder,
    server::{PATIENCE, Server, post},
};

/// Acts like a pasted `curl` command: a shell splits the command, and its request is sent.
fn paste(command: &str) -> String {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{command}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let words = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = words.split('\0').collect();
    let ["-sS", url, "-H", first, "-H", second, "-d", body, ""] = words[..] else {
        panic!("{words:?}");
    };
    assert_eq!(second, "Content-Type: application/json");
    let (address, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    post(address, &format!("/{path}"), first, body).unwrap()
}

#[test]
fn the_commands_that_dev_prints_work_and_an_edit_takes_effect() {
    let folder = Folder::new();
    let mut server = Server::start(&folder);
    let mut shown = String::new();
    while !shown.contains("Ctrl-C stops") {
        shown.push_str(&server.line());
        shown.push('\n');
    }
    assert!(shown.contains("built-in sample"), "{shown}");
    let commands: Vec<_> = shown
        .split("\n\n")
        .filter(|block| block.starts_with("curl"))
        .collect();
    assert_eq!(commands.len(), 2, "{shown}");
    let answer = paste(commands[0]);
    assert!(answer.contains("\"Greeting\""), "{answer}");
    let line = server.line();
    assert!(
        line.contains("  200  support-bot conversation-start"),
        "{line}"
    );
    assert!(line.contains("customer-lookup ok"), "{line}");
    let answer = paste(commands[1]);
    assert!(answer.contains("\"continuation\""), "{answer}");

    // The copy posts to the receiver's usual port, where another process may listen: only its static hooks are checked.
    folder.ok(&["init", "--sample"]);
    server.line_with("reloaded:");
    let path = folder.path().join("hookpoint.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("9 to 17", "8 to 20")).unwrap();
    server.line_with("reloaded: 1 new hook version, 1 binding changed");
    let answer = paste(commands[0]);
    assert!(answer.contains("8 to 20"), "{answer}");

    server.signal("-TERM");
    assert!(server.process.wait().unwrap().success());
}

#[test]
fn a_log_file_holds_no_ingest_key() {
    let folder = Folder::new();
    let log = folder.path().join("dev.log");
    let file = fs::File::create(&log).unwrap();
    let mut process = folder
        .command(&["dev", "--port", "0", "--receiver-port", "0", "--verbose"])
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap();
    let wait_for = |text: &str| {
        let begin = Instant::now();
        loop {
            let shown = fs::read_to_string(&log).unwrap();
            if shown.contains(text) {
                return shown;
            }
            assert!(begin.elapsed() < PATIENCE, "{shown}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    let shown = wait_for("Ctrl-C stops");
    // A new application comes with a new key.
    let text = "version: 1\napplications: { extra: { name: Extra, kind: conversation } }\nhooks: {}\nbindings: []\n";
    fs::write(folder.path().join("hookpoint.yaml"), text).unwrap();
    wait_for("key of extra: ");
    process.kill().unwrap();
    process.wait().unwrap();
    let keys = fs::read_to_string(folder.path().join(".hookpoint/ingest-keys.json")).unwrap();
    let keys: std::collections::BTreeMap<String, String> = serde_json::from_str(&keys).unwrap();
    assert!(
        keys.contains_key("extra") && keys.len() > 1,
        "{:?}",
        keys.keys()
    );
    let written = fs::read_to_string(&log).unwrap();
    for key in keys.values() {
        assert!(!written.contains(key.as_str()), "{written}");
    }
    assert!(!written.contains("hpk."), "{written}");
    assert!(
        shown.contains(".hookpoint/ingest-keys.json; they are not written to log files")
            && shown.contains("Bearer $INGEST_KEY"),
        "{shown}"
    );
}

#[test]
fn the_server_starts_no_process() {
    let folder = Folder::new();
    let mut server = Server::start(&folder);
    server.line_with("Ctrl-C stops");
    let parent = format!("PPid:\t{}", server.process.id());
    let children: Vec<_> = fs::read_dir("/proc")
        .unwrap()
        .map_while(Result::ok)
        .filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok())
        .filter(|status| status.lines().any(|line| line == parent))
        .collect();
    assert_eq!(children, [] as [String; 0]);
    server.signal("-TERM");
    server.process.wait().unwrap();
}

#[test]
fn what_went_wrong_stands_below_its_event_where_the_output_is_no_terminal_too() {
    let folder = Folder::with(
        "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { tier: { script: tier.js } }
bindings:
  - { application: bot, stage: conversationStart, hook: tier }
  - { application: bot, stage: conversationStart, hook: tier, id: vip, when: { context.vip: [true] } }
",
    );
    folder.write(
        "tier.js",
        "export default (event) => {\n  console.log('before');\n  return event.context.missing.tier;\n};\n",
    );
    let server = Server::start_with(&folder, &[]);
    let address = server.address();
    let keys = fs::read_to_string(folder.path().join(".hookpoint/ingest-keys.json")).unwrap();
    let key: serde_json::Value = serde_json::from_str(&keys).unwrap();
    let key = key["bot"].as_str().unwrap_or_else(|| panic!("{keys}"));
    let path = "/v1/applications/bot/stages/conversation-start";
    let event = "{\"eventType\":\"conversationStart\",\"context\":{}}";
    post(
        &address,
        path,
        &format!("Authorization: Bearer {key}"),
        event,
    )
    .unwrap();
    let line = server.line_with("bot conversation-start");
    assert!(line.contains("tier script-error"), "{line}");
    let short = line.split_whitespace().nth(1).unwrap();
    let shown = folder.ok(&["runs", "show", short]);
    assert!(shown.contains("tier v1 (script)"), "{shown}");
    let line = server.line();
    assert!(
        line.contains("tier did not run: the event has no `context.vip`"),
        "{line}"
    );
    assert!(server.line().contains("tier.js:3:"), "the place");
    server.line_with("return event.context.missing.tier;");
    server.line_with("> before");
}
