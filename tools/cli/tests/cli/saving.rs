//! Runs become cases: `hookpoint runs save`.

use std::{fs, net::TcpListener};

use serde_json::{Value, json};

use crate::{endpoint::Endpoint, folder::Folder};

const TOKEN: &str = "tok-1a2b3c4d5e";

/// A script that sends its secret in URL, header and body, and a webhook.
fn workspace(port: u16) -> String {
    format!(
        "\
version: 1
secrets: [Token]
applications: {{ bot: {{ kind: conversation, variables: {{ Region: eu }} }} }}
hooks:
  tier: {{ script: {{ file: hooks/tier.js, hosts: [127.0.0.1], secrets: [Token] }} }}
  crm: {{ webhook: {{ url: \"http://127.0.0.1:{port}/crm?key={{Token:Secret}}\" }} }}
bindings:
  - {{ application: bot, stage: conversationStart, hook: tier, variables: {{ Port: \"{port}\" }} }}
  - {{ application: bot, stage: escalation, hook: crm }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}
"
    )
}

const SCRIPT: &str = "\
export default async (event, hook) => {
  const base = `http://127.0.0.1:${hook.variables.Port}`;
  const reply = await fetch(`${base}/tiers?key=${hook.secrets.Token}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hook.secrets.Token}` },
    body: JSON.stringify({ region: hook.variables.Region, key: hook.secrets.Token }),
  });
  const { tier, echo } = await reply.json();
  console.log(`tier ${tier} with ${echo}`);
  const year = new Date().getUTCFullYear();
  return { context: { Tier: tier, Fresh: reply.headers.get('x-fresh'), Year: year } };
};
";

fn folder(endpoint: &Endpoint) -> Folder {
    folder_at(endpoint.port)
}

fn folder_at(port: u16) -> Folder {
    let folder = Folder::with(&workspace(port));
    fs::create_dir(folder.path().join("hooks")).unwrap();
    folder.write("hooks/tier.js", SCRIPT);
    fs::create_dir(folder.path().join(".hookpoint")).unwrap();
    let secrets = json!({ "Token": TOKEN }).to_string();
    let secrets = folder.write(".hookpoint/secrets.json", &secrets);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(secrets, fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

#[test]
fn a_run_becomes_a_case_that_passes_without_its_endpoint_and_its_secrets() {
    let endpoint = Endpoint::start(|post| {
        let body = json!({ "tier": "gold", "echo": post.body["key"] });
        (
            "200 OK\r\nContent-Type: application/json\r\nX-Fresh: yes",
            body.to_string(),
        )
    });
    let folder = folder(&endpoint);
    folder.ok(&["trigger", "conversation-start"]);
    let shown = folder.ok(&["runs", "show", "last"]);
    let url = format!(
        "POST http://127.0.0.1:{}/tiers?key=[redacted] 200",
        endpoint.port
    );
    assert!(
        shown.contains("the requests") && shown.contains(&url),
        "{shown}"
    );
    assert!(!shown.contains(TOKEN), "{shown}");

    let saved = folder.ok(&["runs", "save", "last", "--case", "gold"]);
    assert_eq!(saved, "hooks/gold.case.yaml: it passes\n");
    let text = fs::read_to_string(folder.path().join("hooks/gold.case.yaml")).unwrap();
    assert!(!text.contains(TOKEN), "{text}");
    for part in [
        "secrets:\n  Token: \"[redacted]\"",
        "  Region: eu\n",
        "      headers:\n        x-fresh: \"yes\"\n",
        "  - method: POST\n    url: ",
        "        tier: gold\n",
        "    - \"tier gold with [redacted]\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    drop(endpoint);
    fs::remove_file(folder.path().join(".hookpoint/secrets.json")).unwrap();
    assert!(folder.ok(&["test"]).contains("1 passed, 0 failed"));
    folder.write(
        "hooks/tier.js",
        &SCRIPT.replace("Tier: tier", "Tier: 'silver'"),
    );
    let failed = folder.run(&["test"]);
    assert_eq!(failed.code, 1);
    assert!(failed.stdout.contains("\"silver\""), "{}", failed.stdout);

    let saved = folder.path().join("hooks/gold.case.yaml");
    let (before, other) = (fs::read(&saved).unwrap(), folder.path().join("other"));
    // What is written in place changes under every name of the file.
    fs::hard_link(&saved, &other).unwrap();
    let error = folder.refused(&["runs", "save", "last", "--case", "gold"]);
    assert!(error.contains("--force"), "{error}");
    let again = folder.run(&[
        "runs", "save", "last", "--case", "gold", "--force", "--json",
    ]);
    assert_eq!(again.code, 1, "the hook is another one now");
    assert_eq!(fs::read(&other).unwrap(), before);
    let value: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(value["passes"], false);
    assert!(value["problems"][0].as_str().unwrap().contains("silver"));
    let error = folder.refused(&["runs", "save", "last", "--case", "a/b"]);
    assert!(error.contains("is not the name of a case"), "{error}");
}

#[test]
fn a_webhook_that_failed_becomes_a_case_too() {
    let endpoint = Endpoint::start(|_| ("503 Service Unavailable", "busy".to_owned()));
    let folder = folder(&endpoint);
    folder.ok(&["trigger", "escalation"]);
    let saved = folder.ok(&["runs", "save", "last", "--case", "busy.case.yaml"]);
    assert_eq!(saved, "busy.case.yaml: it passes\n");
    let text = fs::read_to_string(folder.path().join("busy.case.yaml")).unwrap();
    assert!(
        text.contains("status: 503") && text.contains("outcome: server-error"),
        "{text}"
    );
    assert!(!text.contains(TOKEN), "{text}");
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn an_endpoint_that_was_not_reached_becomes_a_case_that_passes() {
    // Nothing listens there any more.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = folder_at(listener.local_addr().unwrap().port());
    drop(listener);
    for (stage, name, outcome) in [
        ("escalation", "gone.case.yaml", "connection"),
        ("conversation-start", "hooks/gone.case.yaml", "script-error"),
    ] {
        folder.ok(&["trigger", stage]);
        let saved = folder.ok(&["runs", "save", "last", "--case", name]);
        assert_eq!(saved, format!("{name}: it passes\n"));
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(
            text.contains("failure: connection")
                && text.contains(&format!("outcome: {outcome}"))
                && !text.contains("error: \""),
            "{text}"
        );
    }
}

/// Records have `[redacted]` in the place of a secret; a script encodes what the case gives it.
#[test]
fn a_secret_that_the_script_encodes_and_a_request_that_it_gives_up_make_cases_that_pass() {
    let endpoint = Endpoint::start(|request| {
        if request.headers.contains_key("x-slow") {
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        ("200 OK", "{}".to_owned())
    });
    let folder = folder(&endpoint);
    for script in [
        "const body = new URLSearchParams({ grant_type: 'client_credentials', client_secret: hook.secrets.Token }); await fetch(`${base}/token`, { method: 'POST', body });",
        "await fetch(`${base}/me?key=${encodeURIComponent(hook.secrets.Token)}`);",
        "let name; try { await fetch(`${base}/slow`, { headers: { 'x-slow': '1' }, signal: AbortSignal.timeout(200) }) } catch (error) { name = error.name } if (name !== 'TimeoutError') throw new Error(name);",
    ] {
        let source = format!(
            "export default async (event, hook) => {{ const base = `http://127.0.0.1:${{hook.variables.Port}}`; {script} return {{}}; }};"
        );
        folder.write("hooks/tier.js", &source);
        folder.ok(&["trigger", "conversation-start", "--strict"]);
        let saved = folder.ok(&[
            "runs",
            "save",
            "last",
            "--case",
            "hooks/sent.case.yaml",
            "--force",
        ]);
        assert_eq!(saved, "hooks/sent.case.yaml: it passes\n", "{script}");
    }
    let text = fs::read_to_string(folder.path().join("hooks/sent.case.yaml")).unwrap();
    assert!(text.contains("failure: unanswered"), "{text}");
}

/// The run names the version that failed; a case runs what the workspace has.
#[test]
fn a_failed_run_of_a_later_version_becomes_a_case_that_passes() {
    let folder = folder_at(1);
    folder.write(
        "hooks/tier.js",
        "export default () => { throw new Error('first') };\n",
    );
    let run =
        |folder: &Folder| folder.run(&["trigger", "conversation-start", "--application", "bot"]);
    run(&folder);
    folder.write(
        "hooks/tier.js",
        "export default () => { throw new Error('second') };\n",
    );
    assert!(run(&folder).stdout.contains("hook `tier` version 2: "));
    let saved = folder.ok(&["runs", "save", "last", "--case", "broken"]);
    assert!(saved.contains("it passes"), "{saved}");
    let case = fs::read_to_string(folder.path().join("hooks/broken.case.yaml")).unwrap();
    assert!(
        case.contains("Error: second") && !case.contains("version"),
        "{case}"
    );
}
