//! Runs a third-party simulator of IAM policies.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use hookpoint_xtask::{node::Node, python};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::Names;

/// The policies of roles by logical id, with references resolved.
pub(super) type Roles = BTreeMap<String, Value>;

/// An action that a role must, or must not, be allowed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) role: String,
    pub(super) action: &'static str,
    /// The ARN of the resource.
    pub(super) resource: String,
    /// The partitions of a table that the request names.
    pub(super) keys: Vec<String>,
    /// The attributes that it names, where these count.
    pub(super) attributes: Vec<String>,
    /// The application in the tag of the person.
    pub(super) application: Option<&'static str>,
    /// The service through which a key is used.
    pub(super) via: Option<String>,
    /// Who wants to assume the role; the question is about its trust policy then.
    pub(super) caller: Option<Caller>,
    /// The expected decision.
    pub(super) is_allowed: bool,
}

/// A person who wants to assume a role, and whose own policies allow it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Caller {
    /// Their ARN.
    pub(super) principal: String,
    /// Their tags.
    pub(super) tags: &'static [(&'static str, &'static str)],
    /// The tags that they pass for the session.
    pub(super) session_tags: &'static [(&'static str, &'static str)],
}

/// The roles of a template.
pub(super) fn roles(names: &Names) -> Roles {
    let roles = names.resolution.of_type("AWS::IAM::Role");
    roles
        .map(|(id, role)| {
            let policies = role["Properties"].get("Policies").unwrap_or(&Value::Null);
            let policies = policies.as_array().into_iter().flatten().map(|policy| {
                let document = names.resolved(&policy["PolicyDocument"]);
                json!({"name": policy["PolicyName"], "policy": document})
            });
            (id.clone(), policies.collect())
        })
        .collect()
}

/// The result of the simulation.
#[derive(Debug, Deserialize)]
pub(super) struct Decisions {
    /// The number of questions asked.
    pub(super) asked: usize,
    /// The indices of wrong decisions.
    wrong: Vec<usize>,
}

/// Simulates the questions about roles, each until `enough` decisions are wrong.
pub(super) fn decisions(roles: &Roles, questions: &[Question], enough: usize) -> Decisions {
    let mut child = start(&[], Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let request = json!({"roles": roles, "questions": questions, "enough": enough});
    stdin.write_all(request.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Starts the program.
fn start(arguments: &[&str], stderr: Stdio) -> Child {
    let environment = python::ensure().unwrap();
    let node = Node::of(&environment).unwrap();
    let names = [".npmrc", "package.json", "package-lock.json", "simulate.js"];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policies");
    let folder = node.install(&source, &names, "policies").unwrap();
    Command::new(node.program())
        .arg(folder.join("simulate.js"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap()
}

/// A simulator that decides one question after the other.
pub(super) struct Simulator {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Simulator {
    /// Starts it with the policies of roles.
    pub(super) fn of(roles: &Roles) -> Self {
        let mut child = start(&["serve"], Stdio::inherit());
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut simulator = Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        };
        simulator.write(&json!({ "roles": roles }));
        simulator
    }

    /// Whether the role is allowed it, whatever the question expects.
    pub(super) fn allows(&mut self, question: &Question) -> bool {
        self.write(&json!(question));
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().parse().unwrap()
    }

    fn write(&mut self, message: &Value) {
        writeln!(self.stdin, "{message}").unwrap();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Decisions {
    /// The questions with wrong decisions.
    pub(super) fn wrong<'a>(&self, questions: &'a [Question]) -> Vec<&'a Question> {
        self.wrong.iter().map(|place| &questions[*place]).collect()
    }
}
