//! Script hooks in functions on a system that refuses system calls, like AWS Lambda's filter: results must not change.
//! The command line's test refuses each call alone.

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
const CALLS: &str = "prctl,seccomp,memfd_create,userfaultfd,pidfd_open,ptrace,unshare,setrlimit,prlimit64,close_range,perf_event_open";

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

/// The calls refused together. `clone3` only gets `ENOSYS`: after `EPERM` the GNU C library starts no thread.
fn refusals() -> [Vec<String>; 2] {
    [
        filter("EPERM", CALLS, "/sys"),
        filter("ENOSYS", &format!("{CALLS},clone3"), "/nowhere"),
    ]
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
            {"application": APPLICATION, "stage": STAGE.id(), "hook": "endless", "timeoutMs": 300, "failure": "continue"},
            {"application": APPLICATION, "stage": ASYNCHRONOUS.id(), "hook": "works"},
        ],
    })
    .to_string()
}

/// The body of an event's response, and the outcomes in `Server-Timing`.
async fn respond(deployment: &Deployment) -> (Value, Vec<String>) {
    let api = RuntimeApi::start().await;
    let function = deployment.start(&api);
    let mut answers = Vec::new();
    // The second run starts from a template.
    for _ in 0..2 {
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
    assert_eq!(body_of(&answers[0]), body_of(&answers[1]));
    (body_of(&answers[1]), outcomes(&answers[1]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_function_runs_scripts_alike_whatever_the_system_refuses() {
    let mut deployment = Deployment::of(&workspace()).await;
    let expected = respond(&deployment).await;
    assert_eq!(expected.0["context"]["length"], 3000);
    assert_eq!(expected.1, ["endless \"script-timeout\"", "works \"ok\""]);
    for refusal in refusals() {
        deployment.start_by(refusal.clone());
        assert_eq!(respond(&deployment).await, expected, "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_runs_scripts_alike_whatever_the_system_refuses() {
    let functions = [ASYNCHRONOUS.name(), WORKER.to_owned()];
    let mut deployment = Deployment::on_queue(&workspace(), &functions, "refusals").await;
    for (round, refusal) in refusals().into_iter().enumerate() {
        deployment.start_by(refusal.clone());
        let api = RuntimeApi::start().await;
        let stage = deployment.start_function(&ASYNCHRONOUS.name(), &api);
        let answer = api.invoke(event_of(ASYNCHRONOUS)).await;
        assert_eq!(answer["statusCode"], 202, "{answer}");
        api.frozen().await;
        stage.kill().await;
        let mut pump = Pump::new(&deployment, Duration::from_secs(5));
        pump.until_empty(Duration::from_secs(40)).await;
        let log = pump.stop().await;
        let records = deployment.store.runs(&RunFilter::default(), 100).await;
        let delivered = records.unwrap().into_iter().filter(|record| {
            record.delivery.is_some() && record.outcome == "ok" && record.hook.as_str() == "works"
        });
        assert_eq!(delivered.count(), round + 1, "{refusal:?}\n{log}");
    }
}
