//! Data-driven cases: `tests/cases/<stage>/<case>/` holds a workspace, an event, the answers of endpoints, and the
//! expected result.
//!
//! Each case is a test by its name: `cargo test -p hookpoint-tests --test goldens deny`.
//!
//! `UPDATE_GOLDENS=1` rewrites `expected.json`; read the difference before committing it.

#![expect(
    clippy::unwrap_used,
    reason = "a broken expectation must fail the test"
)]

#[path = "../it/receiver.rs"]
#[expect(dead_code, reason = "the other tests look at more of what arrived")]
mod receiver;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    Arrival, Engine, Ports, Runners,
    event::Event,
    ports::{Settlement, WorkQueue as _},
    record::report::PassReport,
    stages::Stage,
    testing::{FixedSecrets, MemoryQueue, MemoryStore, ports},
};
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use hookpoint_workspace::Workspace;
use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};

use self::receiver::Receiver;

fn case_folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let list = |folder: &Path| {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        entries.sort();
        entries
    };
    list(&root).iter().flat_map(|stage| list(stage)).collect()
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folders = case_folders();
    assert!(
        folders.len() >= 12,
        "only {} cases were found",
        folders.len()
    );
    let trials = folders.into_iter().map(|folder| {
        Trial::test(name(&folder), move || {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(check(&folder));
            Ok(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// The path of a case below the folder of cases, such as `before-registration/deny-stops`.
fn name(folder: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    folder.strip_prefix(root).unwrap().display().to_string()
}

async fn check(folder: &Path) {
    let case = name(folder);
    let read = |name: &str| {
        fs::read_to_string(folder.join(name))
            .unwrap_or_else(|error| panic!("{case}/{name}: {error}"))
    };
    let stage: Stage = folder
        .parent()
        .unwrap()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let replies = if folder.join("replies.json").exists() {
        serde_json::from_str(&read("replies.json")).unwrap()
    } else {
        HashMap::new()
    };
    let receiver = Receiver::start(replies).await;
    // Insert the port of the endpoints.
    let yaml = read("hookpoint.yaml").replace("RECEIVER", &format!("127.0.0.1:{}", receiver.port));
    let workspace = Workspace::parse(&yaml, &format!("{case}/hookpoint.yaml"), folder)
        .unwrap_or_else(|errors| panic!("{errors}"));
    let queue = Arc::new(MemoryQueue::default());
    let engine = engine(&workspace, queue.clone());
    let application = workspace.desired().applications[0].id.clone();

    // One event, or the posts of one journey, each with the continuation of the previous one.
    let events: Vec<Value> = match serde_json::from_str(&read("event.json")).unwrap() {
        Value::Array(events) => events,
        event => vec![event],
    };
    let mut passes = Vec::new();
    let mut continuation = Value::Null;
    for mut event in events {
        event["eventType"] = json!(stage.id());
        if !continuation.is_null() {
            event["continuation"] = continuation.take();
        }
        let arrival = Arrival {
            correlation_id: "6f1c2a52-7c9e-4d7e-8d36-90b8c5f0a1c4".to_owned(),
            traceparent: None,
            now: SystemTime::now(),
            received: tokio::time::Instant::now(),
        };
        let pass = match Event::parse(stage, event.to_string().as_bytes()) {
            Ok(event) => engine.run_without_key(&application, &event, &arrival).await,
            Err(problem) => Err(problem),
        };
        if let Ok(report) = &pass {
            continuation = report
                .response
                .get("continuation")
                .cloned()
                .unwrap_or_default();
        }
        passes.push(describe(pass));
    }
    let deliveries = deliver(&engine, &queue).await;
    let requests: Vec<Value> = receiver
        .received()
        .into_iter()
        .map(|request| json!({"to": request.path, "event": request.body}))
        .collect();
    let mut found = json!({ "passes": passes, "requests": requests });
    if !deliveries.is_empty() {
        found["deliveries"] = json!(deliveries);
    }
    compare(&folder.join("expected.json"), &case, found);
}

/// Makes the first attempt at each queued delivery.
async fn deliver(engine: &Engine, queue: &MemoryQueue) -> Vec<Value> {
    let now = SystemTime::now();
    let leased = queue.receive(100, Duration::from_secs(20), now).await;
    let mut deliveries = Vec::new();
    for leased in leased.unwrap() {
        let becomes = match engine.handle_message(&leased, now).await {
            Settlement::Done => json!("done"),
            Settlement::Retry(job) => json!({ "attempt": job.attempt }),
            Settlement::Postponed(_) => json!("put off"),
            Settlement::Dead(reason) => json!({ "deadLetter": reason.code }),
        };
        let job = leased.job.unwrap();
        deliveries.push(json!({ "binding": job.binding.as_str(), "becomes": becomes }));
    }
    deliveries
}

fn engine(workspace: &Workspace, queue: Arc<MemoryQueue>) -> Engine {
    let store = Arc::new(MemoryStore::holding(workspace.desired()));
    let secrets: Vec<(String, String)> = workspace
        .secret_names()
        .iter()
        .map(|name| (name.to_string(), format!("value-of-{name}")))
        .collect();
    let secrets: Vec<(&str, &str)> = secrets
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let egress = workspace.local().egress();
    let ports = Ports {
        secrets: Arc::new(FixedSecrets::shared(&secrets)),
        queue,
        ..ports(store)
    };
    let webhooks = WebhookHooks::new(Arc::new(GuardedClient::new(egress.clone())));
    Engine::new(ports, Runners::new(Arc::new(webhooks), None, egress))
}

/// A pass without durations, tokens and ports, which differ from run to run.
fn describe(pass: Result<PassReport, hookpoint_engine::event::problem::Problem>) -> Value {
    match pass {
        Err(problem) => json!({ "problem": problem.code.as_str(), "detail": problem.detail }),
        Ok(report) => {
            let mut response = report.response;
            if let Some(token) = response.get_mut("continuation") {
                *token = json!("<token>");
            }
            let runs: Vec<Value> = report.runs.iter().map(|run| {
                let dropped: Vec<String> = run.record.dropped.iter().map(ToString::to_string).collect();
                json!({"binding": run.record.binding.as_str(), "outcome": run.record.outcome, "dropped": dropped})
            }).collect();
            let conflicts: Vec<String> = report
                .conflicts
                .iter()
                .map(|conflict| format!("{} by {}", conflict.path, conflict.winner))
                .collect();
            json!({ "response": response, "runs": runs, "conflicts": conflicts })
        }
    }
}

fn compare(path: &Path, case: &str, actual: Value) {
    let text = format!("{}\n", serde_json::to_string_pretty(&actual).unwrap());
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(path, &text).unwrap();
        return;
    }
    let expected: Value = serde_json::from_str(
        &fs::read_to_string(path).unwrap_or_else(|error| panic!("{case}: {error}")),
    )
    .unwrap();
    assert_eq!(
        actual, expected,
        "{case}: actual result (UPDATE_GOLDENS=1 writes it):\n{text}"
    );
}
