//! Tests of `hookpoint trigger`.

use std::process::Command;

use serde_json::json;

use crate::{endpoint::Endpoint, folder::Folder};

const BOT: &str = "\
version: 1
applications:
  bot: { kind: conversation }
  other: { kind: conversation }
hooks: { hello: { static: { context: { Big: 12345678901234567890.10 } } } }
bindings: [{ application: bot, stage: conversationStart, hook: hello }]
";

#[test]
fn an_empty_folder_is_enough_for_the_first_event() {
    let folder = Folder::new();
    let text = folder.ok(&["trigger", "conversation-start", "--receiver-port", "0"]);
    assert!(
        text.contains("\"Greeting\": \"Welcome to our support.\""),
        "{text}"
    );
    assert!(text.contains("customer-lookup v1"), "{text}");
    assert!(text.contains("2 hooks"), "{text}");
    // The sample's webhook that always fails, and its failure policy.
    let value = folder.json(&[
        "trigger",
        "messageReceived",
        "--receiver-port",
        "0",
        "--json",
    ]);
    assert_eq!(
        value["response"],
        json!({ "context": { "Sentiment": "unknown" } })
    );
    assert_eq!(value["runs"][0]["outcome"], "server-error");
    assert_eq!(value["runs"][0]["failure"]["policy"], "fallback");
    assert_eq!(value["conflicts"], json!([]));
    assert!(value["runs"][0]["durationMs"].is_f64());
}

#[test]
fn the_application_is_the_first_one_with_a_hook_at_the_stage() {
    let folder = Folder::with(
        "version: 1
stores: [people]
applications:
  first: { kind: identity }
  second: { kind: identity, identityStore: people }
  third: { kind: identity }
hooks: { vip: { static: {} } }
bindings:
  - { application: third, stage: beforeRegistration, hook: vip }
  - { store: people, stage: afterCustomerIdentification, hook: vip }
",
    );
    for (stage, application) in [
        ("before-registration", "third"),
        ("after-customer-identification", "second"),
        ("before-saml2-assertion-generation", "first"),
    ] {
        let shown = folder.ok(&["trigger", stage]);
        assert!(shown.contains(application), "{stage}: {shown}");
    }
}

#[test]
fn a_suspended_event_prints_the_command_that_goes_on_with_it() {
    let folder = Folder::new();
    let mut text = folder.ok(&["trigger", "before-registration", "--receiver-port", "0"]);
    for step in ["company", "interests"] {
        assert!(text.contains(&format!("\"id\": \"{step}\"")), "{text}");
        let command = text.lines().last().unwrap();
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        text = String::from_utf8(output.stdout).unwrap();
    }
    let response = text.split("\n\n").next().unwrap();
    let response: serde_json::Value = serde_json::from_str(response).unwrap();
    assert_eq!(response["attributes"]["company"]["name"], "Example");
    assert_eq!(response["attributes"]["preferences"]["newsletter"], true);
    assert!(!text.contains("--continuation"), "{text}");
}

#[test]
fn the_token_of_a_suspended_event_is_compared_by_its_presence() {
    let folder = Folder::new();
    let trigger = [
        "trigger",
        "before-registration",
        "--receiver-port",
        "0",
        "--json",
    ];
    let triggered = folder.json(&trigger);
    let mut response = triggered["response"].clone();
    let token = response["continuation"].as_str().unwrap().to_owned();
    let comparing = |response: &serde_json::Value| {
        folder.write("expected.json", &response.to_string());
        let run = folder.run(&[&trigger[..], &["--expect", "expected.json"]].concat());
        let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        (run.code, value["differs"].clone())
    };
    assert_eq!(comparing(&response), (0, json!(null)));
    response["other"] = json!(1);
    let (code, differs) = comparing(&response);
    let differs = differs.as_str().unwrap();
    assert_eq!(code, 1);
    assert!(differs.contains("-  \"other\": 1"), "{differs}");
    assert!(!differs.contains("+  \"continuation\""), "{differs}");
    let members = response.as_object_mut().unwrap();
    members.remove("other");
    members.remove("continuation");
    assert_eq!(comparing(&response), (0, json!(null)));
    // Nothing was suspended.
    folder.write("hookpoint.yaml", BOT);
    folder.write(
        "expected.json",
        &json!({ "continuation": token }).to_string(),
    );
    let arguments = ["trigger", "conversation-start", "--expect", "expected.json"];
    let run = folder.run(&arguments);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stderr.contains("-   \"continuation\""),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains(" characters)"), "{}", run.stderr);
    assert!(!run.stderr.contains(&token), "{}", run.stderr);
}

#[test]
fn events_come_from_files_and_pipes_plain_or_as_api_gateway_has_them() {
    let folder = Folder::with(BOT);
    let body = r#"{"eventType":"conversationStart","context":{"conversationId":"c"}}"#;
    let gateway = json!({ "version": "2.0", "requestContext": { "http": {} }, "body": body });
    folder.write("plain.json", body);
    folder.write("gateway.json", &gateway.to_string());
    for file in ["plain.json", "gateway.json"] {
        let text = folder.ok(&["trigger", "conversation-start", "--event", file, "--json"]);
        assert!(
            text.contains("12345678901234567890.10"),
            "digits are kept: {text}"
        );
    }
    let piped = ["trigger", "conversation-start", "--event", "-", "--json"];
    assert_eq!(folder.run_with_input(&piped, body).code, 0);
    let other = folder.json(&[
        "trigger",
        "conversation-start",
        "--application",
        "other",
        "--json",
    ]);
    assert_eq!(
        (&other["response"], &other["runs"]),
        (&json!({}), &json!([]))
    );
    assert_eq!(other["application"], "other");
}

#[test]
fn a_script_that_throws_shows_its_console_its_place_and_its_line() {
    let folder = Folder::with(
        "\
version: 1
applications: { bot: { kind: conversation } }
hooks: { tier: { script: hooks/tier.js } }
bindings: [{ application: bot, stage: conversationStart, hook: tier }]
",
    );
    std::fs::create_dir(folder.path().join("hooks")).unwrap();
    folder.write(
        "hooks/tier.js",
        "export default function (event, hook) {\n  console.log('stage is', event.eventType);\n  return { context: { Tier: event.customer.tier } };\n}\n",
    );
    let text = folder.ok(&["trigger", "conversation-start"]);
    assert!(text.contains("script-error"), "{text}");
    assert!(text.contains("hooks/tier.js:3:"), "{text}");
    assert!(
        text.contains("  return { context: { Tier: event.customer.tier } };\n"),
        "{text}"
    );
    assert!(text.contains("> stage is conversationStart"), "{text}");
    assert!(!text.contains("\\u000a"), "{text}");
    let value = folder.json(&["trigger", "conversation-start", "--json"]);
    let run = &value["runs"][0];
    assert_eq!(run["failure"]["class"], "script-error");
    assert_eq!(run["log"], json!(["stage is conversationStart"]));
    folder.write(
        "hooks/tier.js",
        "module.exports = async ({ context }, callback) => callback({ context: { Tier: 'gold' } });\n",
    );
    let value = folder.json(&["trigger", "conversation-start", "--json"]);
    assert_eq!(value["response"], json!({ "context": { "Tier": "gold" } }));
}

#[test]
fn a_problem_ends_with_one_and_wrong_usage_with_two() {
    let folder = Folder::with(BOT);
    folder.write("broken.json", "{");
    let run = folder.run(&["trigger", "conversation-start", "--event", "broken.json"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("\"code\": \"invalid-json\""),
        "{}",
        run.stdout
    );
    folder.write("other.json", r#"{"eventType":"escalation"}"#);
    let run = folder.run(&[
        "trigger",
        "conversation-start",
        "--event",
        "other.json",
        "--json",
    ]);
    assert_eq!(run.code, 1);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["problem"]["code"], "event-type-mismatch");
    let forged = folder.run(&[
        "trigger",
        "conversation-start",
        "--continuation",
        "AAAA",
        "--json",
    ]);
    assert_eq!(forged.code, 1);
    assert!(
        forged.stdout.contains("continuation-invalid"),
        "{}",
        forged.stdout
    );

    let cases: [(&[&str], &str); 7] = [
        (&["trigger", "conversation-strat"], "`conversation-start`"),
        (
            &["trigger", "before-registration"],
            "add one under `applications`, such as `web-shop: { kind: identity }`",
        ),
        (
            &["trigger", "before-registration", "--application", "bot"],
            "`beforeRegistration` is for identity applications, and `bot` is of the conversation kind; add one",
        ),
        (
            &["trigger", "conversation-start", "--application", "bto"],
            "the workspace has no application `bto`; did you mean `bot`?",
        ),
        (
            &["trigger", "conversation-start", "--event", "gone.json"],
            "gone.json",
        ),
        (
            &["trigger", "conversation-start", "--continue-context", "{}"],
            "--continuation",
        ),
        (
            &["trigger", "conversation-start", "-w", "gone.yaml"],
            "gone.yaml",
        ),
    ];
    for (arguments, text) in cases {
        let error = folder.refused(arguments);
        assert!(error.contains(text), "{arguments:?}: {error}");
    }
}

#[test]
fn an_asynchronous_hook_is_attempted_at_once_and_nothing_is_left_in_the_queue() {
    let endpoint = Endpoint::start(|post| match post.headers["x-wanted"].as_str() {
        "503" => ("503 Service Unavailable", String::new()),
        "410" => ("410 Gone", String::new()),
        _ => ("204 No Content", String::new()),
    });
    let hook = |name: &str, status: u16| {
        format!(
            "  {name}: {{ webhook: {{ url: http://127.0.0.1:{}/, headers: {{ X-Wanted: \"{status}\" }} }} }}\n",
            endpoint.port
        )
    };
    let folder = Folder::with(&format!(
        "\
version: 1
applications: {{ bot: {{ kind: conversation }} }}
hooks:
{}{}{}bindings:
  - {{ application: bot, stage: stateModification, hook: audit, order: 1 }}
  - {{ application: bot, stage: stateModification, hook: busy, order: 2 }}
  - {{ application: bot, stage: stateModification, hook: old, order: 3 }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}
",
        hook("audit", 204),
        hook("busy", 503),
        hook("old", 410)
    ));
    let text = folder.ok(&["trigger", "state-modification"]);
    assert!(text.contains("after the response: answered 204"), "{text}");
    assert!(text.contains("would be retried in about "), "{text}");
    assert!(text.contains("given up as a dead letter"), "{text}");
    // A gone endpoint is not called again before it is resumed.
    folder.ok(&["resume", "--application", "bot"]);
    let value = folder.json(&["trigger", "state-modification", "--json"]);
    assert_eq!(value["response"], json!({ "queued": 3 }));
    let deliveries: Vec<_> = value["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| &run["delivery"])
        .collect();
    let ends: Vec<_> = deliveries
        .iter()
        .map(|delivery| (&delivery["outcome"], &delivery["status"], &delivery["next"]))
        .collect();
    assert_eq!(
        ends,
        [
            (&json!("ok"), &json!(204), &json!("nothing")),
            (&json!("server-error"), &json!(503), &json!("retry")),
            (&json!("gone"), &json!(410), &json!("dead-letter")),
        ]
    );
    let wait = deliveries[1]["nextInMs"].as_f64().unwrap();
    assert!((3_900.0..=6_000.0).contains(&wait), "{wait}");
    assert_eq!(folder.json(&["dead-letters", "list", "--json"]), json!([]));
    let runs = folder.json(&["runs", "list", "--outcome", "failed", "--json"]);
    assert_eq!(runs.as_array().unwrap().len(), 4);
    // Nothing is queued, so nothing follows.
    for run in runs.as_array().unwrap() {
        assert_eq!(run["delivery"]["next"], "nothing", "{run}");
    }
    assert_eq!(endpoint.count(), 6, "one attempt each");
}

#[test]
fn a_response_that_must_come_is_compared_and_failures_can_count() {
    let folder = Folder::with(BOT);
    folder.write(
        "right.json",
        r#"{"context":{"Big":12345678901234567890.10}}"#,
    );
    folder.ok(&[
        "trigger",
        "conversation-start",
        "--expect",
        "right.json",
        "--strict",
    ]);
    folder.write("wrong.json", r#"{"context":{"Big":1}}"#);
    let run = folder.run(&["trigger", "conversation-start", "--expect", "wrong.json"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr
            .contains("-     \"Big\": 1\n+     \"Big\": 12345678901234567890.10"),
        "{}",
        run.stderr
    );
    let json = ["trigger", "conversation-start", "--json", "--expect"];
    let run = folder.run(&[&json[..], &["wrong.json"]].concat());
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &value["passed"]), (1, &json!(false)));
    let differs = value["differs"].as_str().unwrap();
    assert!(
        differs.starts_with("--- expected\n+++ returned\n")
            && differs.contains("-    \"Big\": 1\n+    \"Big\": 12345678901234567890.10"),
        "{differs}"
    );
    assert_eq!(run.stderr, "");
    let value = folder.json(&[&json[..], &["right.json"]].concat());
    assert_eq!(
        (&value["passed"], &value["differs"]),
        (&json!(true), &json!(null))
    );
    folder.write("list.json", "[]");
    let run = folder.run(&["trigger", "conversation-start", "--expect", "list.json"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    let failing = BOT.replace(
        "static: { context: { Big: 12345678901234567890.10 } }",
        "script: bad.js",
    );
    let folder = Folder::with(&failing);
    folder.write("bad.js", "export default () => { throw new Error('no'); };");
    folder.ok(&["trigger", "conversation-start"]);
    assert_eq!(
        folder
            .run(&["trigger", "conversation-start", "--strict"])
            .code,
        1
    );
}

#[test]
fn the_command_that_resumes_is_the_one_of_the_manual() {
    const MANUAL: &str = include_str!("../../../../docs/hooks.md");
    let folder = Folder::with(
        "\
version: 1
applications: { web-shop: { kind: identity } }
hooks: { ask-phone: { script: { file: ask-phone.js } } }
bindings: [{ application: web-shop, stage: beforeRegistration, hook: ask-phone }]
",
    );
    let (_, script) = MANUAL.split_once("// hooks/ask-phone.js\n").unwrap();
    folder.write("ask-phone.js", script.split("```").next().unwrap());
    let text = folder.ok(&["trigger", "before-registration"]);
    let (_, options) = text.rsplit_once("hookpoint trigger ").unwrap();
    assert!(
        MANUAL.contains(&format!("hookpoint trigger {options}")),
        "{options}"
    );

    // What came from standard input is not there again.
    let folder = Folder::new();
    let event = folder.json(&["stages", "before-registration", "--json"])["example"].to_string();
    let arguments = [
        "trigger",
        "before-registration",
        "--receiver-port",
        "0",
        "--event",
        "-",
    ];
    let run = folder.run_with_input(&arguments, &event);
    assert!(
        run.stdout
            .contains("To resume it, with the same event on standard input:"),
        "{}{}",
        run.stdout,
        run.stderr
    );
}

#[test]
fn an_event_is_resumed_without_pasting_its_token() {
    let folder = Folder::new();
    let run = folder.run(&[
        "trigger",
        "before-registration",
        "--receiver-port",
        "0",
        "--continue",
    ]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("was suspended here"), "{}", run.stderr);
    let text = folder.ok(&["trigger", "before-registration", "--receiver-port", "0"]);
    assert!(
        text.lines().all(|line| line.chars().count() < 300),
        "{text}"
    );
    assert!(text.contains("characters)"), "{text}");
}
