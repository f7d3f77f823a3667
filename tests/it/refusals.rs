//! Script hooks in functions on a system that refuses system calls, like AWS Lambda's filter: results must not change.
//! Each call is refused alone, then all together.

use std::time::Duration;

use hookpoint_engine::{ports::RunStore as _, record::RunFilter, stages::Stage};
use hookpoint_xtask::{generate::functions::WORKER, python, repository};
use serde_json::{Value, json};

use crate::{
    runtime_api::RuntimeApi,
    stage_function::{APPLICATION, Deployment, STAGE, body_of, event, event_of},
    worker::pump::Pump,
};

/// A stage with asynchronous hooks.
const ASYNCHRONOUS: Stage = Stage::AfterSelfServiceLogin;
/// Refused one at a time, then all together.
const CALLS: [&str; 10] = [
    "prctl",
    "seccomp",
    "memfd_create",
    "userfaultfd",
    "pidfd_open",
    "ptrace",
    "unshare",
    "setrlimit,prlimit64",
    "close_range",
    "perf_event_open",
];
/// Only gets `ENOSYS`: after `EPERM` the GNU C library starts no thread.
const THREADS: &str = "clone3";
/// A folder that accepts no file, not even from the superuser.
const READ_ONLY: &str = "/sys";

/// A command that starts a program under a filter that makes the calls return this error, with a given temporary
/// folder.
fn filter(error: &str, calls: &str, temporary: &str) -> Vec<String> {
    let python = python::ensure().unwrap().program("python");
    let filter = repository::root().join("tests/it/refusals/outer_filter.py");
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    vec![
        "/usr/bin/env".to_owned(),
        format!("TMPDIR={temporary}"),
        text(python),
        text(filter),
        error.to_owned(),
        calls.to_owned(),
        "--".to_owned(),
    ]
}

/// Everything refused together.
fn refusals() -> [Vec<String>; 2] {
    let calls = CALLS.join(",");
    [
        filter("EPERM", &calls, READ_ONLY),
        filter("ENOSYS", &format!("{calls},{THREADS}"), "/nowhere"),
    ]
}

/// Each refusal alone.
fn single_refusals() -> Vec<Vec<String>> {
    let temporary = std::env::temp_dir();
    let temporary = temporary.to_str().unwrap();
    let without_files = vec!["/usr/bin/env".to_owned(), format!("TMPDIR={READ_ONLY}")];
    let mut refusals = vec![without_files, filter("ENOSYS", THREADS, temporary)];
    for error in ["EPERM", "ENOSYS"] {
        refusals.extend(CALLS.map(|calls| filter(error, calls, temporary)));
    }
    refusals
}

fn workspace() -> String {
    let source = "
        const table = Array.from({ length: 3000 }, (_, index) => `entry-${index}`);
        export default async (event, hook) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(table.join()));
          console.log('has run', hook.stage);
          if (hook.stage === 'afterSelfServiceLogin') return;
          return { context: { first: new Uint8Array(digest)[0], length: table.length, id: crypto.randomUUID().length } };
        }";
    json!({
        "version": 1,
        "applications": {APPLICATION: {"name": "Shop", "kind": "identity"}},
        "hooks": {
            "works": {"script": {"source": source}},
            "endless": {"script": {"source": "export default () => { for (;;) {} }"}},
        },
        "bindings": [
            {"application": APPLICATION, "stage": STAGE.id(), "hook": "works"},
            {"application": APPLICATION, "stage": STAGE.id(), "hook": "endless", "timeoutMs": 200, "failure": "continue"},
            {"application": APPLICATION, "stage": ASYNCHRONOUS.id(), "hook": "works"},
        ],
    })
    .to_string()
}

/// The body of the responses to events, and the outcomes in `Server-Timing`. A second event starts from a template.
async fn respond(deployment: &Deployment, events: usize) -> (Value, Vec<String>) {
    let api = RuntimeApi::start().await;
    let function = deployment.start(&api);
    let mut answers = Vec::new();
    for _ in 0..events {
        answers.push(api.invoke(event()).await);
    }
    api.frozen().await;
    function.kill().await;
    let outcomes = |answer: &Value| {
        let timing = answer["headers"]["server-timing"].as_str().unwrap();
        let mut outcomes: Vec<String> = timing
            .split(", ")
            .map(|entry| {
                let (name, rest) = entry.split_once(";dur=").unwrap();
                format!("{name} {}", rest.split_once(";desc=").unwrap().1)
            })
            .collect();
        outcomes.sort();
        outcomes
    };
    let last = answers.last().unwrap();
    assert_eq!(body_of(&answers[0]), body_of(last));
    (body_of(last), outcomes(last))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_function_runs_scripts_alike_whatever_the_system_refuses() {
    let mut deployment = Deployment::of(&workspace()).await;
    let expected = respond(&deployment, 2).await;
    assert_eq!(expected.0["context"]["length"], 3000);
    assert_eq!(expected.1, ["endless \"script-timeout\"", "works \"ok\""]);
    let together = refusals().map(|refusal| (refusal, 2));
    let alone = single_refusals().into_iter().map(|refusal| (refusal, 1));
    for (refusal, events) in together.into_iter().chain(alone) {
        deployment.start_by(refusal.clone());
        assert_eq!(respond(&deployment, events).await, expected, "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_runs_scripts_alike_whatever_the_system_refuses() {
    let functions = [ASYNCHRONOUS.name(), WORKER.to_owned()];
    let mut deployment = Deployment::on_queue(&workspace(), &functions, "refusals").await;
    let mut rounds = 0;
    for refusal in refusals() {
        deployment.start_by(refusal.clone());
        let api = RuntimeApi::start().await;
        let stage = deployment.start_function(&ASYNCHRONOUS.name(), &api);
        accept(&api).await;
        stage.kill().await;
        rounds += 1;
        assert_delivered(&deployment, rounds, &refusal).await;
    }
    // The stage function is not what is tested here.
    deployment.start_by(Vec::new());
    let api = RuntimeApi::start().await;
    let stage = deployment.start_function(&ASYNCHRONOUS.name(), &api);
    for refusal in single_refusals() {
        accept(&api).await;
        deployment.start_by(refusal.clone());
        rounds += 1;
        assert_delivered(&deployment, rounds, &refusal).await;
    }
    stage.kill().await;
}

/// Posts an event that queues a delivery.
async fn accept(api: &RuntimeApi) {
    let answer = api.invoke(event_of(ASYNCHRONOUS)).await;
    assert_eq!(answer["statusCode"], 202, "{answer}");
    api.frozen().await;
}

/// Starts a worker, which delivers what is queued.
async fn assert_delivered(deployment: &Deployment, total: usize, refusal: &[String]) {
    let mut pump = Pump::new(deployment, Duration::from_secs(5));
    pump.until_empty(Duration::from_secs(40)).await;
    let log = pump.stop().await;
    let records = deployment.store.runs(&RunFilter::default(), 100).await;
    let delivered = records.unwrap().into_iter().filter(|record| {
        record.delivery.is_some() && record.outcome == "ok" && record.hook.as_str() == "works"
    });
    assert_eq!(delivered.count(), total, "{refusal:?}\n{log}");
}
