//! `cargo xtask lambda-local`, used with `cargo lambda invoke` and over HTTP.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use hookpoint_devserver::WorkspaceSource;
use hookpoint_engine::{
    application::binding::Target,
    deadline::Deadline,
    delivery::job::{Job, NewJob},
    hook::{HookReference, egress::EgressPolicy},
    identifier::DeliveryId,
    ports::{Fetch as _, FetchRequest, JobQueue as _, RunStore as _},
    record::RunFilter,
    stages::Stage,
};
use hookpoint_webhook::GuardedClient;
use hookpoint_xtask::{
    generate::{
        events::{sample_application, sample_key},
        functions::WORKER,
    },
    lambda_local::{self, Options, Running, Tools},
    repository,
};
use serde_json::{Value, json};
use tokio::time::Instant;

const STAGES: [Stage; 4] = [
    Stage::ConversationStart,
    Stage::Escalation,
    Stage::BeforeRegistration,
    Stage::BeforeIdTokenGeneration,
];

/// Runs `cargo lambda invoke` with the repository's event file of the stage.
fn invoke(tools: &Tools, running: &Running, stage: Stage) -> Value {
    let output = Command::new(tools.environment.program("cargo-lambda"))
        .current_dir(repository::root())
        .args(["lambda", "invoke", &stage.name()])
        .args([
            "--invoke-address",
            "127.0.0.1",
            "--invoke-port",
            &running.address().port().to_string(),
        ])
        .arg("--data-file")
        .arg(PathBuf::from("events").join(format!("{}.json", stage.name())))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        running.function_log()
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_aws_shape_works_on_a_laptop() {
    let tools = lambda_local::prepare(&STAGES.map(Stage::name)).unwrap();
    let logs = tempfile::tempdir().unwrap();
    let running = lambda_local::start(&tools, options(logs.path()))
        .await
        .unwrap();

    for stage in STAGES {
        let answer = tokio::task::block_in_place(|| invoke(&tools, &running, stage));
        assert_eq!(
            answer["statusCode"],
            200,
            "{stage}: {answer}\n{}",
            running.function_log()
        );
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert!(body.is_object(), "{stage}: {body}");
    }

    // Over HTTP, in the shape that API Gateway and function URLs share.
    let application = sample_application(STAGES[2].definition().family).unwrap();
    let url = running.http_url(STAGES[2], &application);
    let key = sample_key(&application).unwrap().key.expose().to_owned();
    let post = async |authorization: String, body: String| {
        let response = http_post(&url, &authorization, body).await;
        (
            response.0,
            serde_json::from_str::<Value>(&response.1).unwrap(),
        )
    };
    let (status, first) = post(format!("Bearer {key}"), STAGES[2].example().to_string()).await;
    assert_eq!(status, 200, "{first}\n{}", running.function_log());
    assert!(
        first["profilingSteps"].is_array(),
        "the sample asks a question at registration: {first}"
    );
    let mut again = STAGES[2].example();
    again["continuation"] = first["continuation"].clone();
    again["continueContext"] = json!({"stepId": first["profilingSteps"][0]["id"], "values": {}});
    let (status, second) = post(format!("Bearer {key}"), again.to_string()).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(
        second["continuation"], first["continuation"],
        "the journey continued: {second}"
    );
    let (status, refused) = post("Bearer wrong".to_owned(), STAGES[2].example().to_string()).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (401, Some("unauthorized"))
    );
    let (status, refused) = post(format!("Bearer {key}"), "{".to_owned()).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (400, Some("invalid-json"))
    );
}

/// `cargo lambda watch` acts on changes three seconds after the first at the latest.
const UNTIL_A_CHANGE_IS_SEEN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_saved_while_it_runs_changes_nothing() {
    let stage = Stage::ConversationStart;
    let tools = lambda_local::prepare(&[stage.name()]).unwrap();
    let logs = tempfile::tempdir().unwrap();
    let running = lambda_local::start(&tools, options(logs.path()))
        .await
        .unwrap();
    let answer = || tokio::task::block_in_place(|| invoke(&tools, &running, stage));
    assert_eq!(answer()["statusCode"], 200);
    // A new file beside README.md, as from `hookpoint init`, and a file saved unchanged.
    let mut new = tempfile::Builder::new()
        .prefix("saved-")
        .suffix(".yaml")
        .tempfile_in(repository::root())
        .unwrap();
    std::io::Write::write_all(&mut new, b"version: 1\n").unwrap();
    let readme = repository::root().join("README.md");
    std::fs::write(&readme, std::fs::read(&readme).unwrap()).unwrap();
    tokio::time::sleep(UNTIL_A_CHANGE_IS_SEEN).await;
    for _ in 0..3 {
        assert_eq!(answer()["statusCode"], 200, "{}", running.function_log());
    }
    let log = running.function_log();
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(
        log.matches("spawning function instance").count(),
        1,
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_goes_to_the_worker_as_on_lambda() {
    let tools = lambda_local::prepare(&[WORKER.to_owned()]).unwrap();
    let logs = tempfile::tempdir().unwrap();
    let running = lambda_local::start(&tools, options(logs.path()))
        .await
        .unwrap();
    let application = sample_application(STAGES[2].definition().family).unwrap();
    let now = SystemTime::now();
    // The binding has been deleted: nothing is called, and the reason is recorded.
    let job = Job::new(NewJob {
        delivery: DeliveryId::unique(),
        application: &application,
        stage: STAGES[2],
        target: &Target::Application(application.clone()),
        binding: &"deleted".parse().unwrap(),
        hook: &HookReference {
            name: "deleted".parse().unwrap(),
            version: 1,
            sha256: String::new(),
        },
        correlation_id: "0b1f6d3e-4f4e-4f0a-9c68-4a9a2f1f7d11",
        traceparent: None,
        accepted: now - Duration::from_mins(5),
        event: serde_json::Map::new(),
    });
    let recorded = async {
        for look in 0_u32.. {
            // The emulator notifies the extension of some events only, so one delivery may not be enough.
            if look.is_multiple_of(100) {
                let again = std::slice::from_ref(&job);
                running.queue().enqueue(again, now).await.unwrap();
            }
            let records = running
                .store()
                .runs(&RunFilter::default(), 10)
                .await
                .unwrap();
            if let Some(record) = records.first() {
                return record.outcome.clone();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        String::new()
    };
    let outcome = tokio::time::timeout(Duration::from_mins(1), recorded).await;
    let outcome = outcome.unwrap_or_else(|_| panic!("{}", running.function_log()));
    assert_eq!(outcome, "unbound");
}

fn options(folder: &Path) -> Options {
    Options {
        source: WorkspaceSource::folder(folder),
        receiver_port: 0,
        port: 0,
        reload: None,
        log_folder: Some(folder.to_owned()),
        environment: Vec::new(),
    }
}

/// Posts with the guarded client, allowed to reach this machine.
async fn http_post(url: &str, authorization: &str, body: String) -> (u16, String) {
    let client = GuardedClient::new(EgressPolicy {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        http_hosts: vec!["127.0.0.1".to_owned()],
        ..EgressPolicy::default()
    });
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = FetchRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![
            header("content-type", "application/json"),
            header("authorization", authorization),
        ],
        body: body.into_bytes(),
        deadline: Deadline::after(Instant::now(), Duration::from_secs(30)),
        now: SystemTime::now(),
    };
    let reply = client.fetch(request).await.unwrap();
    (reply.status, String::from_utf8(reply.body).unwrap())
}
