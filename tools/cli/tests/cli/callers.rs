//! The failure of a script hook, as each command shows it.

use serde_json::Value;

use crate::{
    folder::Folder,
    server::{Server, post},
};

const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { tier: { script: tier.js } }
bindings: [{ application: bot, stage: conversationStart, hook: tier }]
";
const SCRIPT: &str = "\
async function ask(path) {
  const response = await fetch(`https://crm.example.com${path}`);
  return response.json();
}

export default async function tier(event) {
  audit(event);
  return { context: await ask('/tiers') };
}

async function audit(event) {
  await null;
  check(event.context);
}

function check(context) {
  if (context) throw new TypeError(`no conversation`);
}
";

#[test]
fn every_command_shows_where_a_request_failed_and_who_made_it() {
    let folder = Folder::with(WORKSPACE);
    folder.write("tier.js", SCRIPT);
    folder.write(
        "tier.case.yaml",
        "hook: tier\nrequests: []\nexpect: { response: {} }\n",
    );
    let traced = |command: &str, text: &str| {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let found = lines
            .iter()
            .position(|line| line.contains("tier.js:2:58: TypeError: fetch failed: "));
        let at = found.unwrap_or_else(|| panic!("{command}: no place in {text}"));
        assert_eq!(
            lines[at + 1..at + 5],
            [
                "const response = await fetch(`https://crm.example.com${path}`);",
                "^",
                "at ask (tier.js:2:58)",
                "at tier (tier.js:8:27)",
            ],
            "{command}: {text}"
        );
        for prelude in ["hookpoint:", "native", "runModule"] {
            assert!(!text.contains(prelude), "{command}: {text}");
        }
    };
    let trial = folder.run(&["try", "tier.js", "--stage", "conversation-start"]);
    traced("try", &trial.stdout);
    traced("test", &folder.run(&["test"]).stdout);
    let triggered = folder.ok(&["trigger", "conversation-start"]);
    traced("trigger", &triggered);
    let runs = folder.json(&["runs", "list", "--json"]);
    let id = runs[0]["id"].as_str().unwrap();
    traced("runs show", &folder.ok(&["runs", "show", id]));

    let rejected = "unhandled rejection: TypeError: no conversation (tier.js:17:26)";
    assert!(triggered.contains(rejected), "{triggered}");
}

const INLINE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
hooks:
  tier:
    script:
      source: |
        const fail = (text) => { throw new TypeError(text) };
        export default function tier() {
          fail('no conversation');
        }
bindings: [{ application: bot, stage: conversationStart, hook: tier }]
";

#[test]
fn a_script_inside_the_workspace_file_fails_at_a_line_of_that_file() {
    let folder = Folder::with(INLINE);
    folder.write("tier.case.yaml", "hook: tier\nexpect: { response: {} }\n");
    let traced = |command: &str, text: &str| {
        for place in [
            "hookpoint.yaml:7:54: TypeError: no conversation",
            "at fail (hookpoint.yaml:7:54)",
            "at tier (hookpoint.yaml:9:11)",
        ] {
            assert!(text.contains(place), "{command} lacks {place}: {text}");
        }
    };
    traced("check", &folder.run(&["check"]).stderr);
    traced("test", &folder.run(&["test"]).stdout);
    traced("trigger", &folder.ok(&["trigger", "conversation-start"]));
    let run = folder.json(&["trigger", "conversation-start", "--json"]);
    let message = &run["runs"][0]["failure"]["message"];
    traced("trigger --json", message.as_str().unwrap());

    let server = Server::start_with(&folder, &["--json"]);
    let started: Value = serde_json::from_str(&server.line()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let address = text(&started["address"]).replace("http://", "");
    let header = format!(
        "Authorization: Bearer {}",
        text(&started["applications"][0]["key"])
    );
    let path = "/v1/applications/bot/stages/conversation-start";
    let event = "{\"eventType\":\"conversationStart\",\"context\":{}}";
    post(&address, path, &header, event).unwrap();
    let line = loop {
        let line = server.line();
        if line.contains("\"type\":\"event\"") {
            break line;
        }
    };
    traced("dev", &line);
}
