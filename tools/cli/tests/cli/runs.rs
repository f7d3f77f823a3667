//! Tests of `hookpoint runs`.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::{endpoint::Endpoint, folder::Folder};

/// Two hooks at one stage: one succeeds and one fails; the second application keeps its events.
fn workspace(port: u16, greeting: &str) -> String {
    format!(
        "\
version: 1
secrets: [Token]
applications:
  bot: {{ kind: conversation }}
  keeper: {{ kind: conversation, keepEvents: true }}
hooks:
  greeting: {{ static: {{ context: {{ Greeting: {greeting}, Same: true }} }} }}
  crm: {{ webhook: {{ url: http://127.0.0.1:{port}/, headers: {{ Authorization: \"Bearer {{Token:Secret}}\" }} }} }}
bindings:
  - {{ application: bot, stage: conversationStart, hook: greeting }}
  - {{ application: bot, stage: escalation, hook: crm }}
  - {{ application: keeper, stage: conversationStart, hook: greeting }}
  - {{ application: keeper, stage: escalation, hook: crm }}
  - {{ application: keeper, stage: conversationEnd, hook: crm, mode: asynchronous }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}
"
    )
}

const TOKEN: &str = "tok-1a2b3c4d5e";

/// A folder whose hooks have their secret.
fn folder(port: u16) -> Folder {
    let folder = Folder::with(&workspace(port, "Hello"));
    std::fs::create_dir(folder.path().join(".hookpoint")).unwrap();
    let secrets = folder.write(
        ".hookpoint/secrets.json",
        &json!({ "Token": TOKEN }).to_string(),
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(secrets, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

fn trigger(folder: &Folder, stage: &str, application: &str) -> Value {
    folder.json(&["trigger", stage, "--application", application, "--json"])
}

fn list(folder: &Folder, filters: &[&str]) -> Vec<Value> {
    let arguments = [&["runs", "list", "--json"], filters].concat();
    folder.json(&arguments).as_array().unwrap().clone()
}

#[test]
fn runs_are_listed_by_what_they_are_and_shown_in_full() {
    let endpoint = Endpoint::start(|_| ("503 Service Unavailable", String::new()));
    let folder = folder(endpoint.port);
    let error = folder.refused(&["runs", "list"]);
    assert!(error.contains("nothing has been published here"), "{error}");
    let first = trigger(&folder, "conversation-start", "bot");
    trigger(&folder, "escalation", "bot");
    trigger(&folder, "conversation-start", "keeper");

    let all = list(&folder, &[]);
    assert_eq!(all.len(), 3);
    assert_eq!(all[0]["application"], "keeper", "the newest first");
    for (filters, expected) in [
        (&["--application", "bot"][..], 2),
        (&["--stage", "conversationStart"], 2),
        (&["--hook", "crm"], 1),
        (&["--outcome", "failed"], 1),
        (&["--outcome", "server-error"], 1),
        (&["--outcome", "ok", "--application", "bot"], 1),
        (&["--outcome", "timeout"], 0),
        (&["--since", "1h"], 3),
        (&["--since", "2999-01-01T00:00:00Z"], 0),
        (&["--limit", "2"], 2),
        (
            &["--correlation-id", first["correlationId"].as_str().unwrap()],
            1,
        ),
    ] {
        assert_eq!(list(&folder, filters).len(), expected, "{filters:?}");
    }
    let table = folder.ok(&["runs", "list", "--hook", "crm"]);
    assert!(table.contains("crm v1  server-error     503"), "{table}");
    assert!(
        folder
            .ok(&["runs", "list", "--hook", "crm", "--outcome", "timeout"])
            .contains("no matching run is recorded")
    );

    let run = all[1]["id"].as_str().unwrap();
    let shown = folder.ok(&["runs", "show", run]);
    assert!(shown.contains("crm v1 (webhook)"), "{shown}");
    assert!(shown.contains("the event continued without it"), "{shown}");
    assert!(
        shown.contains(" bytes, no response that could be used"),
        "{shown}"
    );
    let request = format!("POST http://127.0.0.1:{}/ 503", endpoint.port);
    assert!(shown.contains(&request), "kept on this machine: {shown}");
    assert!(!shown.contains(TOKEN), "{shown}");
    let value = folder.json(&["runs", "show", run, "--json"]);
    assert_eq!(value["status"], 503);
    assert_eq!(value["kept"]["requests"][0]["status"], 503);
    assert_eq!(value["policy"], "continued");

    let unknown = run.replace(&run[run.len() - 3..], "000");
    for (arguments, text) in [
        (&["runs", "show", "nonsense"][..], "is not the id of a run"),
        (&["runs", "show", &unknown], "runs list"),
        (&["runs", "list", "--outcome", "tiemout"], "timeout"),
        (&["runs", "list", "--since", "soon"], "15m"),
        (&["runs", "list", "--limit", "0"], "0"),
        (&["runs", "list", "--region", "eu-central-1"], "--table"),
        (&["runs", "replay", run, "--secret-prefix", "x"], "--table"),
        (&["runs", "replay", run, "--version", "newest"], "latest"),
    ] {
        let error = folder.refused(arguments);
        assert!(error.contains(text), "{arguments:?}: {error}");
    }
    assert_eq!(endpoint.count(), 1, "nothing was posted again");
}

#[test]
fn a_run_is_named_by_a_part_of_its_id_or_as_the_last() {
    let folder = folder(9);
    trigger(&folder, "conversation-start", "bot");
    trigger(&folder, "conversation-start", "keeper");
    let all = list(&folder, &[]);
    let [newest, oldest] = [0, 1].map(|index| all[index]["id"].as_str().unwrap());
    let (short, prefix) = (&oldest[oldest.len() - 4..], &oldest[..oldest.len() - 3]);
    assert!(
        folder
            .ok(&["runs", "list"])
            .contains(&format!("Z  {short}  bot"))
    );
    for name in [short, &short.to_lowercase(), prefix, oldest] {
        let shown = folder.ok(&["runs", "show", name]);
        assert!(shown.contains(oldest), "{name}: {shown}");
    }
    let last = folder.json(&["runs", "show", "last", "--json"]);
    assert_eq!(last["id"], newest);
    assert_eq!(folder.run(&["runs", "replay", "last"]).code, 0);
    let error = folder.refused(&["runs", "show", "conversation-start"]);
    assert!(error.contains("names 2 runs"), "{error}");
    assert!(error.contains(newest) && error.contains(oldest), "{error}");
    let error = folder.refused(&["runs", "show", "7F"]);
    assert!(error.contains("too short"), "{error}");
}

#[test]
fn new_runs_are_followed_until_interrupted() {
    let folder = folder(9);
    trigger(&folder, "conversation-start", "bot");
    let mut following = folder
        .command(&["runs", "list", "--follow", "--json", "--limit", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["application"], "bot");
    for _ in 0..2 {
        let event = trigger(&folder, "conversation-start", "keeper");
        assert_eq!(
            next()["correlationId"],
            event["correlationId"],
            "each once, as it comes"
        );
    }
    let id = following.id().to_string();
    let status = std::process::Command::new("kill")
        .args(["-INT", &id])
        .status();
    assert!(status.unwrap().success());
    assert_eq!(following.wait().unwrap().code(), Some(0));
}

#[test]
fn a_run_is_repeated_with_any_version_and_what_differs_is_shown() {
    let endpoint = Endpoint::start(|post| {
        let answer = json!({ "context": { "Path": post.headers["authorization"], "Turns": 1 } });
        ("200 OK", answer.to_string())
    });
    let folder = folder(endpoint.port);
    trigger(&folder, "conversation-start", "keeper");
    trigger(&folder, "escalation", "keeper");
    let run = list(&folder, &["--hook", "greeting"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let same = folder.run(&["runs", "replay", &run]);
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert!(
        same.stdout.ends_with("the same as recorded\n"),
        "{}",
        same.stdout
    );
    assert!(same.stderr.contains("for real"), "{}", same.stderr);

    folder.write("hookpoint.yaml", &workspace(endpoint.port, "Servus"));
    folder.ok(&["apply"]);
    assert_eq!(
        folder.run(&["runs", "replay", &run]).code,
        0,
        "the recorded version"
    );
    let other = folder.run(&["runs", "replay", &run, "--version", "latest"]);
    assert_eq!(other.code, 1);
    assert!(
        other.stdout.contains("greeting v2, recorded with v1: ok"),
        "{}",
        other.stdout
    );
    let difference = "\
  {
    \"context\": {
-     \"Greeting\": \"Hello\",
+     \"Greeting\": \"Servus\",
      \"Same\": true
    }
  }
";
    assert!(other.stdout.ends_with(difference), "{}", other.stdout);
    let replayed = folder.run(&["runs", "replay", &run, "--version", "2", "--json"]);
    let value: Value = serde_json::from_str(&replayed.stdout).unwrap();
    assert_eq!(
        (&value["same"], &value["replayed"]["version"]),
        (&json!(false), &json!(2))
    );
    let error = folder.refused(&["runs", "replay", &run, "--version", "7"]);
    assert!(
        error.contains("hook `greeting` has no version 7; the newest is version 2"),
        "{error}"
    );

    // A webhook is really posted, with its secret, which no output shows.
    let run = list(&folder, &["--hook", "crm"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let again = folder.run(&["runs", "replay", &run, "--json"]);
    assert_eq!(again.code, 0, "{}{}", again.stdout, again.stderr);
    let posts = endpoint.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].body, posts[1].body);
    assert_eq!(posts[1].headers["authorization"], format!("Bearer {TOKEN}"));
    let shown = folder.ok(&["runs", "show", &run]);
    for text in [&again.stdout, &shown] {
        assert!(!text.contains(TOKEN), "{text}");
        assert!(text.contains("[redacted]"), "{text}");
    }
    assert_eq!(list(&folder, &[]).len(), 2, "a replay leaves no record");
}

#[test]
fn a_repetition_that_fails_says_why_and_ends_with_one() {
    let endpoint = Endpoint::start(|_| ("204 No Content", String::new()));
    let folder = folder(endpoint.port);
    trigger(&folder, "conversation-end", "keeper");
    let run = list(&folder, &["--hook", "crm"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        folder.run(&["runs", "replay", &run]).code,
        0,
        "deliveries can be replayed too"
    );
    std::fs::remove_file(folder.path().join(".hookpoint/secrets.json")).unwrap();
    let failed = folder.run(&["runs", "replay", &run]);
    assert_eq!(failed.code, 1);
    assert!(
        failed.stdout.contains("missing-secret"),
        "{}",
        failed.stdout
    );
    assert!(
        failed.stdout.contains("+ outcome: missing-secret"),
        "{}",
        failed.stdout
    );
    assert!(
        failed.stderr.contains("`HOOKPOINT_SECRET_Token`")
            && failed.stderr.contains("`hookpoint secrets set Token`"),
        "{}",
        failed.stderr
    );
    let failed = folder.run(&["runs", "replay", &run, "--json"]);
    let value: Value = serde_json::from_str(&failed.stdout).unwrap();
    let remedy = value["remedy"].as_str().unwrap();
    assert!(remedy.contains("`HOOKPOINT_SECRET_Token`"), "{remedy}");

    let text = workspace(endpoint.port, "Hello");
    let without: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("asynchronous"))
        .collect();
    folder.write("hookpoint.yaml", &without.join("\n"));
    folder.ok(&["apply"]);
    let error = folder.refused(&["runs", "replay", &run]);
    assert!(
        error.contains(
            "binding `crm`, which has the run's variables and secrets, is no longer published"
        ),
        "{error}"
    );
}
