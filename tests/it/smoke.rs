//! `hookpoint smoke` on the real functions, with an emulated AWS behind them.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
    routing::post,
};
use hookpoint_devserver::WorkspaceSource;
use hookpoint_engine::{
    deadline::Deadline,
    event::header_names,
    hook::egress::EgressPolicy,
    ports::{
        DeadLetterFilter, DeadLetters as _, Fetch as _, FetchReply, FetchRequest, Publisher as _,
        RunStore as _, Selection,
    },
    record::RunFilter,
    stages::Stage,
};
use hookpoint_webhook::GuardedClient;
use hookpoint_xtask::{
    generate::functions::WORKER,
    lambda_local::{self, Options, Running, TABLE},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::Instant};

use crate::cli_table;

/// A stage whose route does not reach its function.
const DOWN: Stage = Stage::Escalation;
/// A stage whose second event gets no further than the front, once that is switched on.
const FLAKY: Stage = Stage::BeforeContactUpdate;
const STAGES: [Stage; 4] = [
    Stage::ConversationStart,
    Stage::StateModification,
    Stage::BeforeRegistration,
    Stage::BeforeContactUpdate,
];
const WORKSPACE: &str = "\
version: 1
applications: { bot: { kind: conversation } }
local: { allowHttpHosts: [127.0.0.1], allowNetworks: [127.0.0.0/8] }
";

struct Scene {
    folder: tempfile::TempDir,
    program: PathBuf,
    running: Running,
    /// In front of the functions, like API Gateway.
    front: String,
    is_flaky: Arc<AtomicBool>,
    echo: String,
}

/// What the front knows.
struct Front {
    functions: String,
    is_flaky: Arc<AtomicBool>,
    /// How many events each path has got.
    events: Mutex<HashMap<String, usize>>,
}

impl Scene {
    async fn open() -> Self {
        let mut names = STAGES.map(Stage::name).to_vec();
        names.push(WORKER.to_owned());
        let tools = tokio::task::spawn_blocking(move || lambda_local::prepare(&names))
            .await
            .unwrap()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let workspace = folder.path().join("hookpoint.yaml");
        fs::write(&workspace, WORKSPACE).unwrap();
        let options = Options {
            source: WorkspaceSource::file(workspace),
            receiver_port: 0,
            port: 0,
            reload: None,
            log_folder: Some(folder.path().to_owned()),
            environment: Vec::new(),
        };
        let running = lambda_local::start(&tools, options).await.unwrap();
        for stage in STAGES {
            // `cargo lambda watch` starts a function with `cargo run`, which may wait for another build.
            let url = running.http_url(stage, &"bot".parse().unwrap());
            let answer = post_to(url, Vec::new(), Vec::new(), Duration::from_mins(3)).await;
            assert!(answer.is_some(), "{}", running.function_log());
        }
        let echo = async || Json(json!({ "context": { "Echoed": true } }));
        let echo = serve(Router::new().route("/", post(echo))).await;
        let is_flaky = Arc::<AtomicBool>::default();
        let front = Front {
            functions: format!("http://{}/lambda-url", running.address()),
            is_flaky: Arc::clone(&is_flaky),
            events: Mutex::default(),
        };
        let front = serve(Router::new().fallback(forward).with_state(Arc::new(front))).await;
        Self {
            program: tokio::task::spawn_blocking(cli_table::program)
                .await
                .unwrap(),
            folder,
            running,
            front,
            is_flaky,
            echo,
        }
    }

    fn smoke(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["smoke", "--table", TABLE, "--region", "eu-central-1"])
            .args(["--endpoint-url", &self.running.aws().endpoint_url()])
            .args(["--url", &format!("{}/{{stage}}", self.front)])
            .args(["--echo", &self.echo, "--wait", "2m"])
            .args(["--dead-letter-queue-url", self.dead_letter_queue_url()])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear();
        for (name, value) in self.running.aws().variables() {
            if name.starts_with("AWS_") && name.contains("KEY") {
                command.env(name, value);
            }
        }
        command
    }

    fn dead_letter_queue_url(&self) -> &str {
        self.running.queue().dead_letter_url().unwrap()
    }

    /// Nothing is left of what was published; after a trial that was not interrupted, nor of its runs and deliveries.
    /// Deliveries of an interrupted one may be skipped later, with a record.
    async fn assert_nothing_is_left(&self, is_whole: bool) {
        let store = self.running.store();
        let applications = store.applications().await.unwrap();
        let ids: Vec<_> = applications
            .iter()
            .map(|application| application.id.as_str())
            .collect();
        assert_eq!(ids, ["bot"]);
        assert_eq!(store.hooks().await.unwrap(), []);
        assert!(store.stores().await.unwrap().is_empty());
        if is_whole {
            let runs = store.runs(&RunFilter::default(), usize::MAX).await.unwrap();
            let mut applications = runs.iter().map(|run| run.id.application.as_str());
            assert!(applications.all(|id| id == "bot"), "{runs:?}");
        }
        let every = Selection::Matching(DeadLetterFilter::default());
        let letters = self.running.queue().find_dead_letters(&every, 10).await;
        assert!(letters.unwrap().letters.is_empty());
    }
}

/// Serves on a free port of the loopback address.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// Passes a request on, except those for the function that is down: they get what API Gateway answers then.
async fn forward(
    State(front): State<Arc<Front>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let count = {
        let mut events = front.events.lock().unwrap();
        let count = events.entry(uri.path().to_owned()).or_default();
        *count += 1;
        *count
    };
    let is_of = |stage: Stage| uri.path().starts_with(&format!("/{}/", stage.name()));
    let is_lost = is_of(FLAKY) && count == 2 && front.is_flaky.load(Ordering::Relaxed);
    if is_of(DOWN) || is_lost {
        let body = json!({ "message": "Service Unavailable" });
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    }
    let kept = ["content-type", "authorization"];
    let kept = kept.iter().filter_map(|name| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some(((*name).to_owned(), value.to_owned()))
    });
    let url = format!("{}{}", front.functions, uri.path());
    let reply = post_to(url, kept.collect(), body.to_vec(), Duration::from_secs(30)).await;
    let Some(reply) = reply else {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    };
    let status = StatusCode::from_u16(reply.status).unwrap();
    let mut response = (status, reply.body).into_response();
    for name in [header_names::SERVER_TIMING, header_names::SANDBOX] {
        let mut headers = reply.headers.iter();
        if let Some((_, value)) = headers.find(|(found, _)| found == name) {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    response
}

/// Posts to this machine; `None` without an answer in time.
pub(crate) async fn post_to(
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    patience: Duration,
) -> Option<FetchReply> {
    let client = GuardedClient::new(EgressPolicy {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        http_hosts: vec!["127.0.0.1".to_owned()],
        ..EgressPolicy::default()
    });
    let request = FetchRequest {
        method: "POST".to_owned(),
        url,
        headers,
        body,
        deadline: Deadline::after(Instant::now(), patience),
        now: SystemTime::now(),
    };
    client.fetch(request).await.ok()
}

fn stages(stages: &[Stage]) -> String {
    stages
        .iter()
        .map(|stage| stage.name())
        .collect::<Vec<_>>()
        .join(",")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_tried_out_and_what_is_wrong_is_named() {
    let scene = Scene::open().await;
    let run = |arguments: &[&str]| {
        let output = tokio::task::block_in_place(|| scene.smoke(arguments).output().unwrap());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };

    let (code, stdout, stderr) = run(&["--json", "--stages", &stages(&STAGES)]);
    let log = scene.running.function_log();
    assert_eq!(code, Some(0), "{stdout}{stderr}\n{log}");
    let found: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(found["ok"], true);
    let passed = |stage: usize| {
        let passed = found["stages"][stage]["passed"].as_array().unwrap().iter();
        passed
            .map(|check| check.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let refusals = "wrong-key too-large malformed";
    let synchronous = format!("responds static webhook script {refusals}");
    assert_eq!(passed(0), format!("{synchronous} delivers records"));
    assert_eq!(passed(1), format!("responds {refusals} delivers delivers"));
    // Of identity stores, and without a redirect among its effects.
    assert_eq!(passed(2), format!("{synchronous} records"));
    assert_eq!(passed(3), format!("{synchronous} suspends resumes records"));
    for stage in found["stages"].as_array().unwrap() {
        for time in ["firstMs", "warmMs"] {
            assert!(stage[time].as_f64().unwrap() > 0.0, "{stage}");
        }
        let hooks = stage["hooks"].as_array().unwrap();
        let script = hooks.iter().find(|hook| hook["kind"] == "script").unwrap();
        assert!(script["firstMs"].as_f64().unwrap() > 0.0, "{stage}");
        // Of the function, whose scripts run before the answer.
        let is_synchronous = script["mode"] == "synchronous";
        let is_mapped = cfg!(target_os = "linux");
        let placing = if is_mapped { "mapped" } else { "copied" };
        let placing = is_synchronous.then_some(placing);
        assert_eq!(stage["placing"], json!(placing), "{stage}");
    }
    scene.assert_nothing_is_left(true).await;

    scene.is_flaky.store(true, Ordering::Relaxed);
    let (code, stdout, _) = run(&["--stages", &stages(&[DOWN, STAGES[0], FLAKY])]);
    scene.is_flaky.store(false, Ordering::Relaxed);
    assert_eq!(code, Some(1), "{stdout}");
    for expected in [
        "escalation: responds\n  expected 200, got 503 without a problem code: {\"message\":\"Service Unavailable\"}",
        "look at: the log of the function `escalation`",
        "alarms ApiErrorsAlarm, FunctionErrorsAlarm",
        "docs/production.md#a-bad-day",
        "before-contact-update: responds\n  expected 200, got 503",
        "something is wrong at 2 of 3 stages",
    ] {
        assert!(stdout.contains(expected), "{expected}\n{stdout}");
    }
    scene.assert_nothing_is_left(true).await;

    // Interrupted while it waits for a function.
    let mut command = scene.smoke(&["--stages", &stages(&STAGES), "--parallel", "1"]);
    let mut child = command
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("conversation-start") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended");
    }
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{rest}");
    assert!(rest.contains("interrupted after 1 stage"), "{rest}");
    scene.assert_nothing_is_left(false).await;
}
