//! The official verifiers: the Rust crate in this process, the Python and JavaScript packages in theirs.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hookpoint_xtask::{node::Node, python};
use serde::Serialize;
use standardwebhooks::{Webhook, WebhookError};

/// A request, for a receiver with one secret.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Case {
    pub(crate) secret: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// The verdict on a genuine request.
pub(crate) const ACCEPTED: &str = "accepted";
/// The verdict if no signature is valid.
pub(crate) const NO_MATCH: &str = "No matching signature found";
/// The verdict on an old request.
pub(crate) const TOO_OLD: &str = "Message timestamp too old";

/// The verdicts of each verifier, in the wording of the Python and JavaScript packages.
pub(crate) fn verdicts(cases: &[Case]) -> [(&'static str, Vec<String>); 3] {
    let environment = python::ensure().unwrap();
    let python = environment.program("python");
    let node = Node::of(&environment).unwrap();
    let names = [".npmrc", "package.json", "package-lock.json", "verify.js"];
    let folder = node.install(&fixtures(), &names, "verifiers").unwrap();
    let mut javascript = Command::new(node.program());
    javascript.arg(folder.join("verify.js"));
    [
        ("Rust", cases.iter().map(verify_here).collect()),
        (
            "Python",
            verify_there(
                Command::new(python).arg(fixtures().join("verify.py")),
                cases,
            ),
        ),
        ("JavaScript", verify_there(&mut javascript, cases)),
    ]
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/verifiers")
}

fn verify_here(case: &Case) -> String {
    let headers: HeaderMap = case
        .headers
        .iter()
        .map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        })
        .collect();
    let verifier = Webhook::new(&case.secret).unwrap();
    match verifier.verify(case.body.as_bytes(), &headers) {
        Ok(()) => ACCEPTED.to_owned(),
        Err(WebhookError::InvalidSignature) => NO_MATCH.to_owned(),
        Err(WebhookError::TimestampTooOldError) => TOO_OLD.to_owned(),
        Err(other) => other.to_string(),
    }
}

/// Passes the cases to a script and reads its verdicts.
fn verify_there(command: &mut Command, cases: &[Case]) -> Vec<String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(&serde_json::to_vec(cases).unwrap())
        .unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}
