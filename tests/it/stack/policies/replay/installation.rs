//! A stack in an emulated account, with what the commands of the manual work on.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use hookpoint_aws::{DynamoStore, SqsQueue};
use hookpoint_engine::{
    application::binding::{Binding, Target},
    delivery::gone::GoneBinding,
    ports::{GoneBindings as _, Publisher as _, RunStore as _},
    publish::Scope,
    record::Kept,
    testing::sample,
};
use hookpoint_stages::Stage;
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::super::{
    super::account::{Account, NAME, Stack},
    people::OWN,
    simulator::Roles,
};
use crate::cli_table::{give_up, job, program};

const STAGE: Stage = Stage::ConversationStart;
/// The workspace of all applications, and that of an author.
const WORKSPACES: [&str; 2] = ["hookpoint.yaml", "shop.yaml"];
/// With as many bindings, more than fit into a transaction.
const MANY: usize = 50;
const PERSON: &str = "person-1";
/// Options of a trial whose events reach no function.
const SMOKE: [&str; 8] = [
    "--url",
    "http://127.0.0.1:9",
    "--echo",
    "self",
    "--stages",
    "conversation-start",
    "--wait",
    "1s",
];

/// A deployed stack.
pub(super) struct Installation {
    pub(super) account: Account,
    stack: Stack,
    pub(super) program: PathBuf,
    store: DynamoStore,
    queue: SqsQueue,
    /// Of changes so far: no two workspaces are the same.
    changes: usize,
    /// Whether workspaces have more hooks than a transaction, and another binding of the store.
    pub(super) extras: bool,
    /// Whether the author's application keeps its events.
    pub(super) keeps_events: bool,
    publication: String,
}

/// How a run of the program ended.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) output: String,
}

impl Installation {
    /// Deploys the stack, and publishes twice.
    pub(super) async fn deploy() -> Self {
        let account = Account::open().await;
        let (_, stack) = account.deploy(&[("PeopleRoles", "true")]);
        let clients = account.aws.clients();
        let outputs = &stack.outputs;
        let dead = outputs["DeadLetterQueueUrl"].clone();
        let mut installation = Self {
            store: DynamoStore::new(clients.clone(), &outputs["TableName"]),
            queue: SqsQueue::new(clients, outputs["QueueUrl"].clone(), Some(dead)),
            program: tokio::task::spawn_blocking(program).await.unwrap(),
            account,
            stack,
            changes: 0,
            extras: false,
            keeps_events: true,
            publication: String::new(),
        };
        for _ in 0..2 {
            installation.publish_a_change();
        }
        installation
    }

    /// The policies of the roles, as they were created.
    pub(super) fn roles(&self, names: &[&str]) -> Roles {
        let role = |name: &&str| {
            let policies = &self.stack.resources[*name].properties["Policies"];
            let policies = policies.as_array().unwrap().iter().map(|policy| {
                json!({ "name": policy["PolicyName"], "policy": policy["PolicyDocument"] })
            });
            ((*name).to_owned(), policies.collect())
        };
        names.iter().map(role).collect()
    }

    /// Writes workspaces that differ from what is published.
    fn write_a_change(&mut self) {
        self.changes += 1;
        for (name, is_all) in WORKSPACES.into_iter().zip([true, false]) {
            let path = self.account.folder.path().join(name);
            fs::write(path, self.workspace(is_all)).unwrap();
        }
    }

    /// The workspace of all applications, or of one.
    fn workspace(&self, is_all: bool) -> String {
        let Self {
            changes,
            extras,
            keeps_events,
            ..
        } = self;
        // The first of two bindings changes its order too: `bindings order` has something to do.
        let order = 10 + changes % 50;
        let stores = if is_all { "stores: [people]" } else { "" };
        let mut applications =
            format!("  {OWN}: {{ kind: conversation, keepEvents: {keeps_events} }}\n");
        let mut hooks = format!("  {OWN}__spare: {{ static: {{ context: {{ a: 1 }} }} }}\n");
        let mut bindings = String::new();
        let mut add = |hook: &str, response: &str, binding: &str| {
            writeln!(hooks, "  {hook}: {{ static: {{ {response} }} }}").unwrap();
            writeln!(bindings, "  - {{ {binding}, hook: {hook} }}").unwrap();
        };
        let [changed, same] = [*changes, 1].map(|number| format!("context: {{ a: {number} }}"));
        let own = format!("application: {OWN}, stage: conversationStart");
        add(
            &format!("{OWN}__hello"),
            &changed,
            &format!("{own}, order: {order}"),
        );
        add(&format!("{OWN}__tier"), &changed, &own);
        if *extras {
            for number in 0..MANY {
                add(&format!("{OWN}__{number}"), &same, &own);
            }
        }
        if is_all {
            let bot = "application: bot, stage: conversationStart";
            add("hello", &changed, bot);
            let people = "store: people, stage: beforeRegistration";
            add("guard", &format!("attributes: {{ a: {changes} }}"), people);
            if *extras {
                add("second", "attributes: { a: 1 }", people);
            }
            applications += "  bot: { kind: conversation }\n";
            applications += "  portal: { kind: identity, identityStore: people }\n";
        }
        format!(
            "version: 1\n{stores}\napplications:\n{applications}hooks:\n{hooks}bindings:\n{bindings}"
        )
    }

    /// Publishes a change of everything, past any gate.
    pub(super) fn publish_a_change(&mut self) {
        self.write_a_change();
        let done = self.setup("apply --json");
        done["publication"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.publication);
    }

    /// Creates what a command works on, and returns its words with those of the manual replaced.
    pub(super) async fn prepared(&mut self, command: &str) -> Vec<String> {
        let begins = |word: &str| command.starts_with(word);
        let (mut key, mut letter, mut run) = (String::new(), String::new(), String::new());
        if begins("apply") || begins("plan") {
            self.write_a_change();
        } else if begins("dead-letters") || begins("subjects") {
            self.changes += 1;
            letter = format!("msg_{}", self.changes);
            give_up(&self.queue, &[job(&letter)]).await;
            run = self.record_a_run().await;
        } else if begins("runs") || begins("journeys") {
            run = self.record_a_run().await;
        } else if begins("resume") {
            // It may be paused.
            self.superuser(&format!("pause --application {OWN}"));
            self.mark_as_gone().await;
        } else if begins("pause") {
            self.superuser(&format!("resume --application {OWN} --all"));
        } else if begins("keys") {
            let made = self.setup(&format!("keys create --application {OWN} --json"));
            made["id"].as_str().unwrap().clone_into(&mut key);
        } else if begins("secrets") {
            for whose in [String::new(), format!(" --application {OWN}")] {
                self.setup(&format!("secrets set Token{whose} --json"));
            }
        } else {
            self.publish_a_change();
        }
        let mut bindings = ["tier", "hello"]
            .map(|hook| format!("{OWN}__{hook}"))
            .into_iter();
        let words = command.split(' ').map(|word| match word {
            "APP" => OWN.to_owned(),
            "HOOK" if begins("hooks delete") => format!("{OWN}__spare"),
            "HOOK" => format!("{OWN}__hello"),
            "BINDING" => bindings.next().unwrap(),
            "STAGE" => STAGE.name(),
            "JOURNEY" => "conversation".to_owned(),
            "PERSON" => PERSON.to_owned(),
            "PUBLICATION" => self.publication.clone(),
            "NAME" if begins("runs") => format!("case-{}", self.changes),
            "NAME" => "Token".to_owned(),
            "KEY" => key.clone(),
            "LETTER" => letter.clone(),
            "RUN" => run.clone(),
            "7F3K" => run[run.len() - 4..].to_owned(),
            other => other.to_owned(),
        });
        let mut words: Vec<_> = words.collect();
        let options: &[&str] = match words[0].as_str() {
            "apply" | "rollback" => &["--yes"],
            "subjects" if words[1] == "erase" => &["--yes"],
            "pull" => &["--force", "--to", "pulled"],
            "smoke" => &SMOKE,
            _ => &[],
        };
        words.extend(options.iter().map(|option| (*option).to_owned()));
        words
    }

    /// Writes a run with its event, and returns its id.
    async fn record_a_run(&mut self) -> String {
        self.changes += 1;
        let mut record = sample::run(STAGE, OWN, SystemTime::now() - Duration::from_secs(30));
        record.hook = format!("{OWN}__hello").parse().unwrap();
        record.binding = format!("{OWN}__hello").parse().unwrap();
        let event = json!({
            "eventType": STAGE.id(),
            "context": { "conversationId": PERSON, "userId": PERSON },
        });
        record.kept = Some(Box::new(Kept {
            event: event.as_object().unwrap().clone(),
            ..Kept::default()
        }));
        let id = record.id.to_string();
        self.store.write_runs(&[record]).await.unwrap();
        id
    }

    async fn mark_as_gone(&self) {
        let target = Target::Application(OWN.parse().unwrap());
        let scope = Scope {
            targets: [target].into(),
            ..Scope::default()
        };
        let found = self.store.snapshot(&scope).await.unwrap().bindings;
        let binding: &Binding = &found[0].value;
        let mark = GoneBinding::new(binding, &"msg_1".parse().unwrap(), SystemTime::now());
        self.store.mark_gone(&mark).await.unwrap();
    }

    /// Runs a command that must succeed, past any gate.
    fn setup(&self, arguments: &str) -> Value {
        let ended = self.superuser(arguments);
        assert_eq!(ended.code, Some(0), "{arguments}: {}", ended.output);
        serde_json::from_str(&ended.output).unwrap()
    }

    fn superuser(&self, arguments: &str) -> Ended {
        let words: Vec<_> = arguments.split(' ').map(str::to_owned).collect();
        self.run(&words, &self.account.aws.endpoint_url(), false)
    }

    /// Runs the program with requests to a URL, in the workspace of all applications or in that of an author.
    pub(super) fn run(&self, words: &[String], url: &str, is_author: bool) -> Ended {
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .args(["--workspace", WORKSPACES[usize::from(is_author)]])
            .args(["--stack", NAME])
            .args(["--region", &self.stack.outputs["Region"]])
            .args(["--endpoint-url", url])
            .current_dir(self.account.folder.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in self.account.aws.variables() {
            if name.starts_with("AWS_") && name.contains("KEY") {
                command.env(name, value);
            }
        }
        let output = block_in_place(|| {
            let mut child = command.spawn().unwrap();
            // The value of a secret. Most commands read none, and may have ended.
            let _ = child.stdin.take().unwrap().write_all(b"value");
            child.wait_with_output().unwrap()
        });
        let mut text = String::from_utf8(output.stdout).unwrap();
        if !output.status.success() {
            text += &String::from_utf8_lossy(&output.stderr);
        }
        Ended {
            code: output.status.code(),
            output: text,
        }
    }
}
