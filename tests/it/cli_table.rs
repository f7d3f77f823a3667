//! The built command line on a table of an emulated DynamoDB.

mod bad_input;
mod history;
mod many;
mod stacks;
mod subjects;

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::{Arc, LazyLock, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use hookpoint_aws::{DynamoStore, SecretsManagerSource, SqsQueue};
use hookpoint_engine::{
    confidential::secret::Secret,
    delivery::job::Job,
    ports::{DeadReason, JobQueue as _, RunStore as _, Settlement, WorkQueue as _},
    record::RunFilter,
    testing::sample,
};
use hookpoint_local::LocalStore;
use hookpoint_stages::Stage;
use hookpoint_xtask::{lambda_local::EmulatedAws, suite};
use serde_json::{Value, json};

use crate::{requests::Relay, store_contract::emulated_aws};

const TABLE: &str = "hookpoint-cli";
const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation }, other: { kind: conversation } }
hooks:
  hello: { static: { context: { Hello: 1 } } }
  tier: { script: { source: \"export default () => ({ context: { Tier: 1 } })\" } }
bindings:
  - { application: bot, stage: conversationStart, hook: hello }
  - { application: other, stage: conversationStart, hook: tier }
";

/// Builds the program, once for all tests, so that none uses an outdated one.
pub(crate) fn program() -> PathBuf {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| suite::command_line().unwrap());
    PROGRAM.clone()
}

struct Bench {
    folder: tempfile::TempDir,
    program: PathBuf,
    aws: EmulatedAws,
    relay: Relay,
}

impl Drop for Bench {
    /// No command scans the table.
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let operations = self.relay.operations();
        let is_scan = |operation: &String| operation.ends_with(".Scan");
        assert!(!operations.iter().any(is_scan), "{operations:?}");
    }
}

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Bench {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let aws = emulated_aws(&folder).await;
        let program = tokio::task::spawn_blocking(program).await.unwrap();
        let upstream = aws.endpoint_url();
        let relay = Relay::to(upstream.trim_start_matches("http://").to_owned()).await;
        Self {
            folder,
            program,
            aws,
            relay,
        }
    }

    fn write(&self, workspace: &str) {
        fs::write(self.folder.path().join("hookpoint.yaml"), workspace).unwrap();
    }

    /// Runs the program on the table.
    fn run(&self, arguments: &str) -> Run {
        self.run_with(arguments, &["--table", TABLE])
    }

    /// Runs the program, with only credentials of AWS in its environment.
    fn run_with(&self, arguments: &str, where_to: &[&str]) -> Run {
        Run::of(&mut self.command_with(arguments, where_to))
    }

    fn command_with(&self, arguments: &str, where_to: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command
            .args(where_to)
            .args(["--region", "eu-central-1"])
            .args(["--endpoint-url", &self.relay.url()]);
        for (name, value) in self.aws.variables() {
            if name.starts_with("AWS_") && name.contains("KEY") {
                command.env(name, value);
            }
        }
        command
    }

    /// The program in its folder.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments.split(' '))
            .current_dir(self.folder.path())
            .env_clear();
        command
    }

    #[track_caller]
    fn ok(&self, arguments: &str) -> String {
        let run = self.run(arguments);
        assert_eq!(
            run.code,
            Some(0),
            "{arguments}\n{}{}",
            run.stdout,
            run.stderr
        );
        run.stdout
    }

    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.ok(arguments)).unwrap()
    }

    #[track_caller]
    fn refused(&self, arguments: &str) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments}\n{}", run.stdout);
        run.stderr
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_its_keys_and_its_pauses_live_in_a_table() {
    let bench = Bench::start().await;
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    bench.write(WORKSPACE);
    let error = bench.refused("apply");
    assert!(error.starts_with("error: "), "{error}");
    assert!(error.contains(TABLE), "{error}");
    store.create_table().await.unwrap();

    let planned = bench.json("apply --dry-run --json");
    assert_eq!(planned["dryRun"], true);
    assert_eq!(bench.json("applications list --json"), json!([]));
    let text = bench.ok("apply");
    assert!(
        text.ends_with("published: 2 new hook versions, 2 applications added, 2 bindings added\n"),
        "{text}"
    );
    assert!(bench.ok("apply").starts_with("nothing to do"));
    let operations = bench.relay.operations();
    assert!(operations.contains(&"DynamoDB_20120810.Query".to_owned()));

    let made = bench.json("keys create --application bot --expires 90d --json");
    let key = made["key"].as_str().unwrap();
    let id = made["id"].as_str().unwrap();
    bench.ok("keys create --application other");
    let list = bench.json("keys list --application bot --json");
    assert_eq!(list[0]["id"], id);
    assert!(!list.to_string().contains(key));
    bench.ok("pause --application bot --stage conversation-start");
    let applications = bench.json("applications list --json");
    assert_eq!(applications[0]["pauses"][0]["stage"], "conversationStart");
    assert_eq!(applications[0]["keys"], json!([id]));
    // Publishing keeps what the workspace does not contain.
    bench.write(&WORKSPACE.replace("Hello: 1", "Hello: 2"));
    assert!(
        bench
            .ok("apply")
            .ends_with("published: 1 new hook version, 1 binding changed\n")
    );
    assert_eq!(bench.json("applications list --json"), applications);
    bench.ok("resume --application bot --all");
    bench.ok(&format!("keys revoke {id} --application bot"));
    let error = bench.refused(&format!("keys revoke {id} --application bot"));
    assert!(error.contains("no key"), "{error}");
    for command in ["pause", "runs list", "bindings list"] {
        let error = bench.refused(&format!("{command} --application bto"));
        assert!(error.contains("did you mean `bot`?"), "{error}");
    }

    bench.write(
        "version: 1\napplications: { bot: { kind: conversation } }\nhooks: { hello: { static: { context: { Hello: 2 } } } }\nbindings: [{ application: bot, stage: conversationStart, hook: hello }]\n",
    );
    let run = bench.run("apply");
    assert!(run.stdout.starts_with("nothing to do"), "{}", run.stdout);
    assert!(
        run.stderr.contains("`other` (still accepts events)"),
        "{}",
        run.stderr
    );
    let pruned = bench.json("apply --prune --json");
    assert_eq!(
        pruned["pruned"]["applications"],
        json!([{ "id": "other", "keys": 1 }])
    );
    assert_eq!(pruned["pruned"]["bindings"][0]["hook"], "tier");
    let applications = bench.json("applications list --json");
    assert_eq!(applications[0]["keys"], json!([]));
    assert_eq!(applications[1]["keys"], json!([]));
    assert!(
        !bench.folder.path().join(".hookpoint").exists(),
        "nothing is stored here"
    );

    let trail = bench.json("audit --application bot --json");
    let trail = trail.as_array().unwrap();
    let actions: Vec<_> = trail.iter().map(|entry| &entry["action"]).collect();
    let expected = [
        "revoke-key",
        "resume",
        "apply",
        "pause",
        "create-key",
        "apply",
    ];
    assert_eq!(actions, expected, "{trail:#?}");
    let is_of_caller = |entry: &Value| entry["by"].as_str().unwrap().starts_with("arn:aws:");
    assert!(trail.iter().all(is_of_caller), "{trail:#?}");
    assert_eq!(trail[4]["what"], format!("key {id}"));
    let all = bench.json("audit --json");
    assert_eq!(all.as_array().unwrap().len(), 9, "{all:#?}");
}

/// The `Authorization` headers received.
type Authorizations = Arc<Mutex<Vec<String>>>;

/// An endpoint for the webhook, with the headers it receives.
async fn endpoint() -> (u16, Authorizations) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let came = Authorizations::default();
    let take = async |State(came): State<Authorizations>, headers: HeaderMap| {
        let authorization = headers["authorization"].to_str().unwrap().to_owned();
        came.lock().unwrap().push(authorization);
        Json(json!({ "context": { "Tier": "gold" } }))
    };
    let router = Router::new()
        .route("/", post(take))
        .with_state(came.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (port, came)
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_in_a_table_are_listed_shown_and_repeated_with_the_secrets_of_the_installation() {
    let bench = Bench::start().await;
    let (port, came) = endpoint().await;
    bench.write(&format!(
        "\
version: 1
secrets: [Token]
applications: {{ bot: {{ kind: conversation, keepEvents: true }} }}
hooks:
  crm: {{ webhook: {{ url: http://127.0.0.1:{port}/, headers: {{ Authorization: \"Bearer {{Token:Secret}}\" }} }} }}
bindings: [{{ application: bot, stage: conversationStart, hook: crm }}]
local: {{ allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }}
"
    ));
    let mut trigger = bench.command("trigger conversation-start");
    let ran = Run::of(trigger.env("HOOKPOINT_SECRET_Token", "local-token"));
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    // As a function would record it.
    let local = LocalStore::open(&bench.folder.path().join(".hookpoint")).unwrap();
    let records = local.runs(&RunFilter::default(), 10).await.unwrap();
    let record = local.run(&records[0].id).await.unwrap().unwrap();
    let store = DynamoStore::new(bench.aws.clients(), TABLE);
    store.create_table().await.unwrap();
    bench.ok("apply");
    store
        .write_runs(std::slice::from_ref(&record))
        .await
        .unwrap();

    let list = bench.json(
        "runs list --application bot --stage conversation-start --outcome ok --since 1h --json",
    );
    assert_eq!(list[0]["id"], record.id.to_string());
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(bench.json("runs list --outcome failed --json"), json!([]));
    let shown = bench.json(&format!("runs show {} --json", record.id));
    assert_eq!(shown["kept"]["event"]["eventType"], "conversationStart");
    assert_eq!(shown["kept"]["response"]["context"]["Tier"], "gold");

    let replay = format!("runs replay {}", record.id);
    let nameless = bench.run(&replay);
    assert_eq!(nameless.code, Some(2));
    assert!(
        nameless.stderr.contains("--secret-prefix"),
        "{}",
        nameless.stderr
    );
    let secrets = SecretsManagerSource::new(bench.aws.clients(), "stack");
    let token = Secret::new("deployed-token");
    secrets.put_secret("Token", &token).await.unwrap();
    let text = bench.ok(&format!("{replay} --secret-prefix stack"));
    assert!(text.ends_with("the same as recorded\n"), "{text}");
    let came = came.lock().unwrap().clone();
    assert_eq!(came, ["Bearer local-token", "Bearer deployed-token"]);
    let error = bench.refused(&format!(
        "runs show {}",
        record.id.to_string().replace(".bot.", ".bto.")
    ));
    assert!(error.contains("there is no record of run"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_of_sqs_are_listed_shown_sent_again_and_removed() {
    let bench = Bench::start().await;
    let queue = SqsQueue::create(bench.aws.clients(), "hookpoint")
        .await
        .unwrap();
    give_up(&queue, &["msg_1", "msg_2", "msg_3"].map(job)).await;
    let urls = [queue.url(), queue.dead_letter_url().unwrap()];
    let run = |arguments: &str| {
        let run = bench.run_with(
            arguments,
            &["--queue-url", urls[0], "--dead-letter-queue-url", urls[1]],
        );
        assert_eq!(
            run.code,
            Some(0),
            "{arguments}\n{}{}",
            run.stdout,
            run.stderr
        );
        run.stdout
    };
    let json = |arguments: &str| -> Value { serde_json::from_str(&run(arguments)).unwrap() };
    // SQS counts what waits, and lists none of it.
    let waiting = job("msg_4");
    queue.enqueue(&[waiting], SystemTime::now()).await.unwrap();
    let counts = json("deliveries list --json");
    assert_eq!(
        (&counts["due"], &counts["deliveries"]),
        (&json!(1), &Value::Null)
    );
    let place = ["--queue-url", urls[0], "--dead-letter-queue-url", urls[1]];
    let refused = bench.run_with("deliveries cancel msg_4", &place);
    assert_eq!(refused.code, Some(2), "{}", refused.stdout);
    assert!(
        refused.stderr.contains("hookpoint runs list"),
        "{}",
        refused.stderr
    );

    let list = json("dead-letters list --json");
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert_eq!(list[0]["reason"]["code"], "gone");
    let shown = run("dead-letters show msg_2");
    assert!(shown.contains("\"conversationId\": \"msg_2\""), "{shown}");
    assert_eq!(
        json("dead-letters redrive msg_2 --json"),
        json!({ "redriven": 1 })
    );
    assert_eq!(
        json("dead-letters drop --all --yes --json"),
        json!({ "dropped": 2 })
    );
    assert_eq!(json("dead-letters list --json"), json!([]));
    let again = queue
        .receive(10, Duration::from_secs(20), SystemTime::now())
        .await
        .unwrap();
    let again = again.into_iter().map(|leased| leased.job.unwrap());
    let mut again: Vec<_> = again
        .map(|job| (job.delivery.to_string(), job.attempt))
        .collect();
    again.sort();
    assert_eq!(again, [("msg_2".to_owned(), 1), ("msg_4".to_owned(), 1)]);
}

pub(crate) fn job(id: &str) -> Job {
    let event = json!({ "eventType": "stateModification", "context": { "conversationId": id } });
    let (stage, now) = (Stage::StateModification, SystemTime::now());
    sample::job(id, "bot", stage, ("audit", 1), &event, now)
}

/// Enqueues jobs and gives each of them up.
pub(crate) async fn give_up(queue: &SqsQueue, jobs: &[Job]) {
    let now = SystemTime::now();
    queue.enqueue(jobs, now).await.unwrap();
    let mut given_up = 0;
    while given_up < jobs.len() {
        for leased in queue
            .receive(10, Duration::from_secs(20), now)
            .await
            .unwrap()
        {
            let reason = DeadReason {
                code: "gone".to_owned(),
                message: "the endpoint answered 410".to_owned(),
            };
            queue
                .settle(&leased, Settlement::Dead(reason), now)
                .await
                .unwrap();
            given_up += 1;
        }
    }
}
