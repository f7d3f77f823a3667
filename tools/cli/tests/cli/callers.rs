//! The failure of a script hook, as each command shows it.

use crate::folder::Folder;

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
