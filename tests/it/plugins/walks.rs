//! Journeys that an operator walks by hand.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
};

use super::{place::Place, terminal};
use crate::bundling::programs;

/// A walk whose operator types these lines.
fn walk(place: &Place, arguments: &[&str], typed: &str) -> Child {
    let mut child = place
        .command(&programs().0)
        .arg("journey")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(typed.as_bytes()).unwrap();
    child
}

#[test]
fn a_walk_asks_again_until_an_answer_fits() {
    let place = Place::new();
    place.ok(&[
        "plugins",
        "add",
        "progressive-profiling",
        "--application",
        "web-shop",
    ]);
    let profile = "s\ns\n{\"session\": {\"cart\": 7}}\nbusines\nbusiness\nA\nACME Ltd\n\nq\n";
    let walked = walk(
        &place,
        &["registration", "--application", "web-shop"],
        profile,
    );
    let output = walked.wait_with_output().unwrap();
    let (printed, asked) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{printed}{asked}");
    for text in [
        "it must be one of `private`, `business`",
        "it must have at least 2 characters",
        "VAT number (may be empty)",
    ] {
        assert!(asked.contains(text), "{text}\n{asked}");
    }
    assert!(
        printed.contains(r#"attributes: {"customerKind":"business","companyName":"ACME Ltd""#),
        "{printed}"
    );
    assert!(printed.contains("the platform goes on"), "{printed}");
    let other = place.hookpoint(&["journey", "conversation", "--application", "web-shop"]);
    assert!(
        other.stderr.contains("is of the identity kind"),
        "{}",
        other.stderr
    );
}

#[test]
fn a_redirected_browser_returns_to_the_walk() {
    let place = Place::new();
    place.write("hookpoint.yaml", "\
version: 1
applications: { shop: { kind: identity } }
hooks:
  proof: { script: { file: proof.js } }
  gate: { script: { source: 'export default (event) => event.customer.info.proof ? { deny: { error: \"known\" } } : {}' } }
bindings:
  - { application: shop, stage: beforeRegistration, hook: proof }
  - { application: shop, stage: afterCustomerIdentification, hook: gate }
  - { application: shop, stage: beforeIdentityVerification, hook: gate }
");
    place.write(
        "proof.js",
        "\
export default ({ continueContext, continueRequestParameters: { callbackUrl, state } }) =>
  continueContext?.state === state
    ? { attributes: { proof: continueContext.code } }
    : { redirect: { url: `https://id.example.com/?back=${callbackUrl}&state=${state}` } };
",
    );
    // Form and provider are skipped; then come the account and its failures, and the verification.
    let mut walked = walk(
        &place,
        &["registration"],
        "s\ns\n\ns\ns\n{\"customer\": {\"info\": {\"id\": \"a\"}}}\n\n",
    );
    let mut lines = BufReader::new(walked.stdout.take().unwrap()).lines();
    let sent = lines
        .by_ref()
        .map(Result::unwrap)
        .find(|line| line.contains("sends the browser to"))
        .unwrap();
    let (_, back) = sent.split_once("back=http://").unwrap();
    let (address, rest) = back.split_once("/continue").unwrap();
    let state = rest.split_once("state=").unwrap().1;
    let mut browser = TcpStream::connect(address).unwrap();
    write!(
        browser,
        "GET /continue?code=p%2D7&state={state} HTTP/1.1\r\nhost: x\r\n\r\n"
    )
    .unwrap();
    let mut page = String::new();
    let _ = browser.read_to_string(&mut page);
    let printed: Vec<String> = lines.map(Result::unwrap).collect();
    let printed = printed.join("\n");
    assert!(
        printed.contains(r#"attributes: {"proof":"p-7"}"#),
        "{printed}"
    );
    assert!(
        printed.contains("the platform ends the journey: known"),
        "{printed}"
    );
    assert!(walked.wait().unwrap().success());
}

#[test]
fn on_a_terminal_a_walk_follows_a_retry_a_redirect_and_a_denial() {
    let place = Place::new();
    place.write(
        "hookpoint.yaml",
        "\
version: 1
applications: { shop: { kind: identity } }
hooks: { invitation: { script: { file: invitation.js } }, gate: { script: { file: gate.js } } }
bindings:
  - { application: shop, stage: beforeRegistration, hook: invitation }
  - { application: shop, stage: beforeIdentityVerification, hook: gate }
",
    );
    place.write(
        "invitation.js",
        "\
export default ({ customer, continueContext, continueRequestParameters: { callbackUrl, state } }) => {
  if (!customer.attributes?.invitedBy) return { showError: { message: 'Please say who invited you.' } };
  if (continueContext?.state === state) return { attributes: { proof: continueContext.code } };
  return { redirect: { url: `https://id.example.com/?back=${callbackUrl}&state=${state}` } };
};
",
    );
    place.write(
        "gate.js",
        "export default ({ customer: { info } }) => (info.proof === 'p-7' ? { deny: { error: 'closed' } } : {});\n",
    );
    let files = place.files();
    let invited = "{\"customer\": {\"attributes\": {\"invitedBy\": \"Ada\"}}}";
    // Pages, provider, password and failures are skipped: what is posted is the form, twice, the account, and the verification.
    let lines = ["s", "s", "", "s", "s", invited, "s", "s", "", ""];
    let (code, shown) = terminal::ended(&place, &["journey", "registration"], &lines);
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(place.files(), files, "a walk leaves nothing behind");
    let mut rest = &shown[..];
    for line in [
        "before Account: beforeRegistration > ",
        "the platform shows: Please say who invited you.",
        "and repeats `form`",
        "before Registration form: beforeMultiStageRegistration",
        "the platform sends the browser to https://id.example.com/?back=http://127.0.0.1:",
        "attributes: {\"proof\":\"p-7\"}",
        "after Account: afterRegistration > ",
        "the platform ends the journey: closed",
    ] {
        let (_, after) = rest
            .split_once(line)
            .unwrap_or_else(|| panic!("{line}\n{shown}"));
        rest = after;
    }
}
