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
    // Found before the walk.
    let below_a_file = "denied.journey.yaml/b.journey.yaml";
    let nowhere = folder.run(&["journey", "registration", "--record", below_a_file]);
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere
            .stderr
            .starts_with(&format!("error: `{below_a_file}` cannot be written")),
        "{}",
        nowhere.stderr
    );
}

/// Ctrl-C, where a walk waits for a person: at the choice of a stage, a question, a hidden one, and for the browser.
#[test]
fn an_interrupted_walk_is_recorded_up_to_the_last_stage_that_is_over() {
    const ASK: &str = r#"
export default ({ continueContext }, hook) => {
  const { stepId, values } = continueContext ?? {};
  if (stepId === "card") return { redirect: { url: `https://bank.example/?pin=${values.pin.length}` } };
  const pin = { id: "pin", type: "password", label: "Pin", required: true };
  const number = { id: "number", type: "text", label: "Number", required: true };
  return { profilingSteps: [{ id: "card", title: "Your card", fields: [number, pin] }] };
};
"#;
    for (name, typed, waits_for) in [
        ("choice", &[][..], "beforeRegistration > "),
        ("question", &[""], "Number > "),
        ("hidden", &["", "4711"], "Pin > "),
        (
            "browser",
            &["", "4711", "1234"],
            "waiting for the browser at ",
        ),
    ] {
        let folder = Folder::with(
            "\
version: 1
applications: { shop: { kind: identity } }
hooks:
  hello: { static: { context: { Greeting: hello } } }
  ask: { script: { file: ask.ts } }
bindings:
  - { application: shop, stage: beforeMultiStageRegistration, hook: hello }
  - { application: shop, stage: beforeRegistration, hook: ask }
",
        );
        folder.write("ask.ts", ASK);
        let file = format!("{name}.journey.yaml");
        let walk = ["journey", "registration", "--record", &file];
        let mut terminal = Terminal::start(&folder, 100, &walk);
        for (stage, choice) in [
            ("beforeMultiStageRegistration ", ""),
            ("beforeExternalRegistration ", "s"),
        ] {
            terminal.wait_for(stage, 1);
            type_line(&mut terminal, choice);
        }
        terminal.wait_for("beforeRegistration > ", 1);
        let questions = ["beforeRegistration > ", "Number > ", "Pin > "];
        for (question, line) in questions.iter().zip(typed) {
            terminal.wait_for(question, 1);
            type_line(&mut terminal, line);
        }
        terminal.wait_for(waits_for, 1);
        assert_eq!(terminal.is_echoing(), name != "hidden", "{name}");
        terminal.press('\u{3}');
        terminal.wait_for(&format!("\n{file}: it passes"), 1);
        if name != "choice" {
            terminal.wait_for("the walk ended while a question or the browser was open", 1);
        }
        let shown = terminal.text();
        let (status, is_cooked) = terminal.end();
        assert!(is_cooked, "{name}");
        assert_eq!(status.code(), Some(0), "{shown}");
        let is_open = shown.contains("a question or the browser was open");
        assert_eq!(is_open, name != "choice", "{shown}");
        let script = fs::read_to_string(folder.path().join(&file)).unwrap();
        assert_eq!(script.matches("- stage: ").count(), 1, "{script}");
        assert!(script.contains("Greeting: hello"), "{script}");
    }
}

/// What is typed may be no text. The error ends the walk, which is recorded all the same.
#[test]
fn a_walk_that_fails_is_recorded_up_to_there() {
    let folder = Folder::with(
        "version: 1\napplications: { shop: { kind: identity } }\nhooks: { hello: { static: { context: { Greeting: hello } } } }\nbindings: [{ application: shop, stage: beforeMultiStageRegistration, hook: hello }]\n",
    );
    let walk = ["journey", "registration", "--record", "a.journey.yaml"];
    let mut terminal = Terminal::start(&folder, 100, &walk);
    terminal.wait_for("beforeMultiStageRegistration ", 1);
    type_line(&mut terminal, "");
    terminal.wait_for("beforeExternalRegistration ", 1);
    terminal.press('\u{ff}');
    terminal.press('\n');
    terminal.wait_for("\na.journey.yaml: it passes", 1);
    terminal.wait_for("error: ", 1);
    assert_eq!(terminal.end().0.code(), Some(2));
    assert!(folder.path().join("a.journey.yaml").exists());
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

#[test]
fn what_a_customer_would_not_show_is_typed_unseen() {
    let folder = Folder::with(
        "\
version: 1
applications: { shop: { kind: identity } }
hooks: { ask: { script: { file: ask.js } } }
bindings: [{ application: shop, stage: beforeRegistration, hook: ask }]
",
    );
    folder.write(
        "ask.js",
        r#"
export default ({ continueContext }) => {
  if (continueContext) return {};
  const field = (id, type) => ({ id, type, label: id, required: true });
  const fields = [field("Secret", "password"), field("Code", "passcode"), field("City", "text")];
  return { profilingSteps: [{ id: "a", title: "You", fields }] };
};
"#,
    );
    let mut terminal = Terminal::start(&folder, 60, &["journey", "registration"]);
    for stage in ["beforeMultiStageRegistration", "beforeExternalRegistration"] {
        terminal.wait_for(&format!("{stage} "), 1);
        type_line(&mut terminal, "s");
    }
    for line in terminal.text().lines().take(4) {
        assert!(line.chars().count() <= 60, "{line}");
    }
    terminal.wait_for("beforeRegistration > ", 1);
    type_line(&mut terminal, "");
    for (question, typed) in [("Secret > ", "pass-4711"), ("Code > ", "123456")] {
        terminal.wait_for(question, 1);
        assert!(!terminal.is_echoing(), "{question}");
        type_line(&mut terminal, typed);
    }
    terminal.wait_for("City > ", 1);
    assert!(terminal.is_cooked());
    let shown = terminal.text();
    assert!(
        !shown.contains("pass-4711") && !shown.contains("123456"),
        "{shown}"
    );
    // The signals, which the hidden prompt has taken over, still end the walk at any other.
    terminal.press('\u{3}');
    let (status, is_cooked) = terminal.end();
    assert_eq!(status.code(), Some(130));
    assert!(is_cooked);
}

#[test]
fn a_walk_whose_input_ends_says_so() {
    let folder = Folder::new();
    let walk = ["journey", "registration"];
    let run = folder.run(&walk);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("\nerror: the input ended before a stage was posted"),
        "{}",
        run.stderr
    );
    let run = folder.run_with_input(&walk, "s\ns\n\n");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr
            .ends_with("\nthe input ended; the walk stops here\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_misspelt_key_of_a_script_is_one_problem() {
    let folder = Folder::with("version: 1\n");
    for (script, meant) in [
        (
            "journey: registration\napplication: shop\nsteps:\n  - stag: beforeRegistration\n",
            "stage",
        ),
        (
            "jurney: registration\napplication: shop\nsteps:\n  - stage: beforeRegistration\n",
            "journey",
        ),
    ] {
        folder.write("a.journey.yaml", script);
        let arguments = ["journey", "registration", "--script", "a.journey.yaml"];
        let error = folder.refused(&arguments);
        assert!(
            error.contains(&format!("did you mean `{meant}`?")),
            "{error}"
        );
        assert_eq!(error.matches("help:").count(), 1, "{error}");
    }
}

#[test]
fn a_script_without_the_secret_of_a_hook_says_what_to_add() {
    let folder = Folder::with(
        "version: 1\nsecrets: [Key]\napplications: { shop: { kind: identity } }\nhooks: { gate: { script: { file: gate.js, secrets: [Key] } } }\nbindings: [{ application: shop, stage: beforeRegistration, hook: gate }]\n",
    );
    folder.write("gate.js", "export default () => ({});");
    folder.write(
        "a.journey.yaml",
        "journey: registration\napplication: shop\nsteps:\n  - stage: beforeRegistration\n",
    );
    let run = folder.run(&["journey", "registration", "--script", "a.journey.yaml"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout.contains(
            "line 4: hook `gate` failed with `missing-secret`: the script gives it no `secrets: { Key: … }`; any value does"
        ),
        "{}",
        run.stdout
    );
}
