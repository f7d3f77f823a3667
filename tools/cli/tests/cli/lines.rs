//! `hookpoint dev --json`: an object on each line, also of what fails.

use std::fs;

use serde_json::Value;

use crate::{
    folder::Folder,
    server::{Server, post},
};

const WORKSPACE: &str = "\
version: 1
secrets: [Token]
applications: { bot: { kind: conversation } }
hooks: { tier: { script: { file: tier.js, secrets: [Token] } } }
bindings: [{ application: bot, stage: conversationStart, hook: tier }]
";

/// The next line of this type; others are skipped.
fn next(server: &Server, wanted: &str) -> Value {
    loop {
        let line = server.line();
        let value: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if value["type"] == wanted {
            return value;
        }
    }
}

#[test]
fn each_line_is_an_object_and_warnings_come_after_a_reload_too() {
    let folder = Folder::with(WORKSPACE);
    folder.write(
        "tier.js",
        "export default () => ({ context: { Tier: 'gold' } });\n",
    );
    let server = Server::start_with(&folder, &["--json"]);
    let started: Value = serde_json::from_str(&server.line()).unwrap();
    assert_eq!(started["type"], "started");
    assert_eq!(started["workspace"], "hookpoint.yaml");
    let application = &started["applications"][0];
    assert_eq!(
        (&application["id"], &application["kind"]),
        (&"bot".into(), &"conversation".into())
    );
    assert_eq!(started["changes"]["bindings"][0]["change"], "added");
    let warning = next(&server, "warning");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("give secret `Token` a value"), "{message}");

    let address = started["address"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://");
    let key = application["key"].as_str().unwrap();
    let path = "/v1/applications/bot/stages/conversation-start";
    let event = "{\"eventType\":\"conversationStart\",\"context\":{}}";
    post(
        address,
        path,
        &format!("Authorization: Bearer {key}"),
        event,
    )
    .unwrap();
    let event = next(&server, "event");
    assert_eq!(event["status"], 200, "{event}");
    assert_eq!(event["runs"][0]["hook"], "tier", "{event}");
    assert_eq!(event["runs"][0]["outcome"], "missing-secret", "{event}");
    assert_eq!(event["problem"], Value::Null);

    folder.write("hookpoint.yaml", &WORKSPACE.replace("hooks:", "hoks:"));
    let kept = next(&server, "notReloaded");
    assert_eq!(kept["error"]["kind"], "workspace", "{kept}");
    let problems = kept["error"]["problems"].as_array().unwrap();
    assert!(
        problems.iter().any(|problem| problem["line"] == 4),
        "{kept}"
    );

    // The missing secret was shown before; the condition is new.
    let condition = "hook: tier, when: { context.chanelType: [API] } }";
    folder.write(
        "hookpoint.yaml",
        &WORKSPACE.replace("hook: tier }", condition),
    );
    let reloaded = next(&server, "reloaded");
    assert_eq!(
        reloaded["changes"]["bindings"][0]["change"], "changed",
        "{reloaded}"
    );
    let warning = next(&server, "warning");
    let message = warning["message"].as_str().unwrap();
    assert!(
        message.contains("did you mean `context.channelType`?"),
        "{message}"
    );

    // A file of secrets that is half written ends nothing. Its mode stays private.
    let secrets = folder.path().join(".hookpoint/secrets.json");
    folder.run_with_input(&["secrets", "set", "Token"], "s");
    fs::write(&secrets, "{ \"Token\": \"s").unwrap();
    folder.write("hookpoint.yaml", &format!("{WORKSPACE}# edited\n"));
    folder.write(
        "tier.js",
        "export default () => ({ context: { Tier: 'silver' } });\n",
    );
    let warning = next(&server, "warning");
    let message = warning["message"].as_str().unwrap();
    assert!(
        message.contains("secrets.json` is not valid JSON"),
        "{message}"
    );
    let whole = secrets.with_extension("new");
    fs::copy(&secrets, &whole).unwrap();
    fs::write(&whole, "{}").unwrap();
    fs::rename(&whole, &secrets).unwrap();
    folder.write("hookpoint.yaml", WORKSPACE);
    folder.write(
        "tier.js",
        "export default () => ({ context: { Tier: 'bronze' } });\n",
    );
    let warning = next(&server, "warning");
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("give secret `Token` a value"), "{message}");

    let port = address.rsplit_once(':').unwrap().1;
    let other = Folder::with(
        &WORKSPACE
            .replace("secrets: [Token]\n", "")
            .replace("{ file: tier.js, secrets: [Token] }", "tier.js"),
    );
    fs::copy(folder.path().join("tier.js"), other.path().join("tier.js")).unwrap();
    let run = other.run(&["dev", "--port", port, "--json"]);
    assert_eq!(
        (run.code, run.stdout.lines().count()),
        (2, 1),
        "{}",
        run.stdout
    );
    let failed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&failed["type"], &failed["error"]["kind"]),
        (&"failed".into(), &"failed".into())
    );
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.contains("is taken by another program"), "{message}");
}

const SHOP: &str = "\
version: 1
applications: { shop: { kind: identity } }
hooks:
  refuse: { static: { deny: { error: blocked } } }
  broken: { script: broken.js }
bindings:
  - { application: shop, stage: beforeRegistration, hook: refuse }
  - { application: shop, stage: beforePasswordReset, hook: broken, failure: deny }
  - { application: shop, stage: beforeExternalRegistration, hook: broken, failure: continue }
";

#[test]
fn a_refused_event_and_a_denied_one_are_no_ordinary_ones() {
    let folder = Folder::with(SHOP);
    folder.write(
        "broken.js",
        "export default () => { throw new Error('no'); };\n",
    );
    let stages = [
        ("before-registration", "denied", "refuse ok"),
        ("before-password-reset", "denied", "broken script-error"),
        (
            "before-external-registration",
            "onwards",
            "broken script-error",
        ),
    ];
    let send = |address: &str, stage: &str| {
        let event = folder.json(&["stages", stage, "--json"])["example"].to_string();
        let keys = fs::read_to_string(folder.path().join(".hookpoint/ingest-keys.json")).unwrap();
        let keys: Value = serde_json::from_str(&keys).unwrap();
        let authorization = format!("Authorization: Bearer {}", keys["shop"].as_str().unwrap());
        let path = format!("/v1/applications/shop/stages/{stage}");
        post(address, &path, &authorization, &event).unwrap();
    };
    let server = Server::start_with(&folder, &["--json"]);
    let started = next(&server, "started");
    let address = started["address"].as_str().unwrap();
    for (stage, then, _) in stages {
        send(address.trim_start_matches("http://"), stage);
        let event = next(&server, "event");
        assert_eq!(
            (&event["status"], &event["then"]),
            (&200.into(), &then.into())
        );
    }
    drop(server);
    let server = Server::start_with(&folder, &[]);
    let address = server.address();
    for (stage, then, hook) in stages {
        send(&address, stage);
        let line = server.line_with(&format!("shop {stage}"));
        let status = match then {
            "denied" => "  200 denied  ",
            _ => "  200  ",
        };
        assert!(line.contains(status) && line.contains(hook), "{line}");
        if hook.starts_with("broken") {
            let policy = match then {
                "denied" => "the event was denied",
                _ => "the event continued without it",
            };
            server.line_with(policy);
        }
    }
}
