//! `hookpoint journey` on a terminal: the walk, and the script that is recorded of it.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
};

use crate::{endpoint::Endpoint, folder::Folder, terminal::Terminal};

const HOOK: &str = r#"
export default async (event, hook) => {
  const { stepId, values, ...returned } = event.continueContext ?? {};
  const session = event.session ?? {};
  if (stepId === "code") {
    if (values.code === "0000") return { deny: { error: "blocked", description: "Please call us." } };
    const { callbackUrl, state } = event.continueRequestParameters;
    const url = `https://bank.example/pay?back=${encodeURIComponent(callbackUrl)}&state=${state}`;
    return { redirect: { url }, session: { ...session, code: values.code } };
  }
  if (event.continueContext) {
    const reply = await fetch(`http://127.0.0.1:${hook.variables.Port}/payments`, {
      method: "POST",
      headers: { authorization: hook.secrets.BankToken },
      body: JSON.stringify({ proof: returned.proof, token: hook.secrets.BankToken }),
    });
    const { paid } = await reply.json();
    return { attributes: { paid, method: returned.method, echo: hook.secrets.BankToken } };
  }
  const validator = { minLength: 4, maxLength: 4, regex: "^[0-9]+$" };
  const field = { id: "code", label: "Code", type: "text", required: true, validator };
  return { profilingSteps: [{ id: "code", title: "Your code", fields: [field] }] };
};
"#;
const SECRET: &str = "bank-token-4711";

fn folder(endpoint: &Endpoint) -> Folder {
    let folder = Folder::with(&format!(
        "\
version: 1
secrets: [BankToken]
applications: {{ shop: {{ kind: identity, variables: {{ Port: \"{}\" }} }} }}
hooks:
  pay: {{ script: {{ file: pay.js, hosts: [127.0.0.1], secrets: [BankToken] }} }}
bindings:
  - {{ application: shop, stage: beforeRegistration, hook: pay }}
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}
",
        endpoint.port
    ));
    folder.write("pay.js", HOOK);
    let state = folder.path().join(".hookpoint");
    fs::create_dir(&state).unwrap();
    let secrets = format!(r#"{{"BankToken":"{SECRET}"}}"#);
    folder.write(".hookpoint/secrets.json", &secrets);
    let only_mine = fs::Permissions::from_mode(0o600);
    fs::set_permissions(state.join("secrets.json"), only_mine).unwrap();
    folder
}

/// Walks to `beforeRegistration`, the only stage that is posted.
fn start(folder: &Folder, arguments: &[&str]) -> Terminal {
    let mut all = vec!["journey", "registration", "--application", "shop"];
    all.extend(arguments);
    let mut terminal = Terminal::start(folder, 100, &all);
    for stage in ["beforeMultiStageRegistration", "beforeExternalRegistration"] {
        terminal.wait_for(&format!("{stage} "), 1);
        type_line(&mut terminal, "s");
    }
    terminal.wait_for("beforeRegistration > ", 1);
    terminal
}

fn type_line(terminal: &mut Terminal, text: &str) {
    for key in text.chars().chain(['\n']) {
        terminal.press(key);
    }
}

/// Sends the browser to the callback page.
fn returns(terminal: &Terminal, request: impl Fn(&str) -> String) {
    terminal.wait_for("waiting for the browser at ", 1);
    let text = terminal.text();
    let after = text
        .split_once("waiting for the browser at http://")
        .unwrap()
        .1;
    let address = after.split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request(address).as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.contains("The journey goes on"), "{reply}");
}

fn paid() -> Endpoint {
    Endpoint::start(|_| ("200 OK", r#"{"paid":true}"#.to_owned()))
}

fn get(address: &str) -> String {
    format!("GET /continue?proof=p%2B1&method=get HTTP/1.1\r\nhost: {address}\r\n\r\n")
}

fn form(address: &str) -> String {
    let body = "proof=p%2B1&method=form";
    format!(
        "POST /continue HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_walk_is_recorded_as_a_script_that_passes() {
    for (name, request) in [("get", get as fn(&str) -> String), ("form", form)] {
        let endpoint = paid();
        let folder = folder(&endpoint);
        let file = format!("{name}.journey.yaml");
        let mut terminal = start(&folder, &["--record", &file]);
        type_line(
            &mut terminal,
            r#"{"customer":{"attributes":{"givenName":"Ada"}}}"#,
        );
        terminal.wait_for("Code > ", 1);
        // The platform's validator refuses it, and asks again.
        type_line(&mut terminal, "12x4");
        terminal.wait_for("Code > ", 2);
        type_line(&mut terminal, "1234");
        returns(&terminal, request);
        terminal.wait_for("beforePasswordPersist", 1);
        type_line(&mut terminal, "q");
        terminal.wait_for("it passes", 1);
        let shown = terminal.text();
        let (status, _) = terminal.end();
        assert_eq!(status.code(), Some(0), "{shown}");
        assert!(shown.contains("the platform asks: Your code"), "{shown}");

        let script = fs::read_to_string(folder.path().join(&file)).unwrap();
        for part in [
            "journey: registration",
            "givenName: Ada",
            "code: \"1234\"",
            "proof: \"p+1\"",
            &format!("method: {name}"),
            "pay: ok",
            "then: asked",
            "then: redirected",
            "paid: true",
        ] {
            assert!(script.contains(part), "{part} is missing:\n{script}");
        }
        assert!(!script.contains(SECRET), "{script}");
        drop(endpoint);
        let shown = folder.ok(&["journey", "registration", "--script", &file]);
        assert!(
            shown.contains("the journey went as the script says"),
            "{shown}"
        );
        let tested = folder.run(&["test", "--json"]);
        assert_eq!(tested.code, 0, "{}{}", tested.stdout, tested.stderr);
        // Another result of the hook is found.
        folder.write(
            "pay.js",
            &HOOK.replace("method: returned.method", "method: 'x'"),
        );
        let run = folder.run(&["journey", "registration", "--script", &file]);
        assert_eq!(run.code, 1, "{}", run.stdout);
        assert!(run.stdout.contains("attributes.method"), "{}", run.stdout);
    }
}

#[test]
fn a_denial_ends_the_walk_and_the_script() {
    let endpoint = paid();
    let folder = folder(&endpoint);
    let mut terminal = start(&folder, &["--record", "denied.journey.yaml"]);
    type_line(&mut terminal, "");
    terminal.wait_for("Code > ", 1);
    type_line(&mut terminal, "0000");
    terminal.wait_for("it passes", 1);
    let shown = terminal.text();
    assert!(
        shown.contains("the platform ends the journey: blocked")
            && shown.contains("Please call us."),
        "{shown}"
    );
    assert_eq!(terminal.end().0.code(), Some(0));
    let script = fs::read_to_string(folder.path().join("denied.journey.yaml")).unwrap();
    assert!(script.contains("then: denied"), "{script}");

    // It is kept unless the operator says otherwise.
    let again = folder.run(&["journey", "registration", "--record", "denied.journey.yaml"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("`--force`"), "{}", again.stderr);
    let other = folder.run(&["journey", "registration", "--record", "denied.yaml"]);
    assert_eq!(other.code, 2);
    assert!(other.stderr.contains(".journey.yaml"), "{}", other.stderr);
}

#[test]
fn what_stops_half_way_says_so() {
    let endpoint = paid();
    let folder = folder(&endpoint);
    // A walk that ends at a question is not a script.
    let mut terminal = start(&folder, &["--record", "open.journey.yaml"]);
    type_line(&mut terminal, "");
    terminal.wait_for("Code > ", 1);
    terminal.press('\u{4}');
    terminal.wait_for(
        "no stage was completed, so `open.journey.yaml` was not written",
        1,
    );
    assert_eq!(terminal.end().0.code(), Some(2));
    assert!(!folder.path().join("open.journey.yaml").exists());

    // So is a script that leaves a question, or a browser, open.
    for (steps, message) in [
        (
            "- { stage: beforeRegistration, expect: { then: asked } }",
            "the script stops half-way, while a question is open: add `- answer: { … }`",
        ),
        (
            "- { stage: beforeRegistration, expect: { then: asked } }\n  - { answer: { code: '1234' }, expect: { then: redirected } }",
            "the script stops half-way, while the browser was sent away: add `- return: { … }`",
        ),
    ] {
        let script = format!(
            "journey: registration\napplication: shop\nsecrets: {{ BankToken: a }}\nsteps:\n  {steps}\n"
        );
        folder.write("half.journey.yaml", &script);
        let terminal = Terminal::start(
            &folder,
            100,
            &["journey", "registration", "--script", "half.journey.yaml"],
        );
        terminal.wait_for("the journey did not go as scripted", 1);
        let shown = terminal.text();
        assert!(shown.contains(message), "{shown}");
        assert_eq!(terminal.end().0.code(), Some(1));
    }
}
