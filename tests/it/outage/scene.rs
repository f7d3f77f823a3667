//! A deployment whose functions reach AWS through a [`Proxy`].

use std::{
    process::Command,
    time::{Duration, Instant},
};

use hookpoint_engine::{
    ports::{DeadLetter, DeadLetters as _, RunStore as _},
    record::{RunFilter, RunRecord},
    stages::Stage,
};
use hookpoint_xtask::generate::functions::WORKER;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{endpoint::PATIENCE, proxy::Proxy, server::Server};
use crate::{
    cli_table::program,
    runtime_api::RuntimeApi,
    stage_function::{Deployment, StageFunction, TABLE, event_of},
    worker::pump::Pump,
};

/// A stage with asynchronous hooks only.
pub(super) const LATER: Stage = Stage::AfterSelfServiceLogin;
/// A stage with hooks of both modes.
pub(super) const BOTH: Stage = Stage::AfterRegistration;
/// Longer than a worker needs for a batch with slow endpoints.
const LEASE: Duration = Duration::from_secs(8);

/// A deployment with its proxy.
pub(super) struct Scene {
    pub(super) deployment: Deployment,
    server: Server<Proxy>,
}

/// A function and its caller.
pub(super) struct Caller {
    stage: Stage,
    api: RuntimeApi,
    function: StageFunction,
}

/// The response to an event.
pub(super) struct Answered {
    pub(super) status: u64,
    pub(super) body: Value,
    pub(super) headers: Value,
}

impl Scene {
    /// Publishes a workspace for the functions of these stages and the worker.
    pub(super) async fn open(yaml: &str, stages: &[Stage]) -> Self {
        let mut functions: Vec<_> = stages.iter().map(|stage| stage.name()).collect();
        functions.push(WORKER.to_owned());
        let deployment = Deployment::with(yaml, &functions).await;
        let dead_letters = deployment.queue.dead_letter_url().unwrap();
        let proxy = Proxy::new(deployment.aws.endpoint_url(), dead_letters);
        let server = Server::start(proxy);
        Self {
            deployment: deployment.behind(server.url()),
            server,
        }
    }

    pub(super) fn proxy(&self) -> &Proxy {
        &self.server.site
    }

    /// Starts the function of a stage.
    pub(super) async fn caller(&self, stage: Stage) -> Caller {
        let api = RuntimeApi::start().await;
        let function = self.deployment.start_function(&stage.name(), &api);
        Caller {
            stage,
            api,
            function,
        }
    }

    /// The pump between queue and worker.
    pub(super) fn pump(&self) -> Pump<'_> {
        Pump::new(&self.deployment, LEASE)
    }

    pub(super) async fn dead_letters(&self) -> Vec<DeadLetter> {
        self.deployment.queue.dead_letters(1_000).await.unwrap()
    }

    /// The output of `hookpoint dead-letters`.
    pub(super) fn dead_letter_command(&self, arguments: &[&str]) -> Value {
        let queue = &self.deployment.queue;
        let answer = run(self
            .command_line()
            .arg("dead-letters")
            .args(arguments)
            .args(["--json", "--queue-url", queue.url()])
            .args(["--dead-letter-queue-url", queue.dead_letter_url().unwrap()]));
        serde_json::from_str(&answer).unwrap()
    }

    /// The output of the command line on the table.
    pub(super) fn command(&self, arguments: &[&str]) -> String {
        let table = ["--table", TABLE];
        run(self.command_line().args(arguments).args(table))
    }

    fn command_line(&self) -> Command {
        let mut command = Command::new(program());
        command.env_clear().envs(self.deployment.aws.variables());
        command
    }

    /// Waits for `count` records of a hook's deliveries; returns them oldest first.
    pub(super) async fn records(&self, stage: Stage, hook: &str, count: usize) -> Vec<RunRecord> {
        let filter = RunFilter {
            stage: Some(stage),
            hook: Some(hook.parse().unwrap()),
            ..RunFilter::default()
        };
        let begin = Instant::now();
        loop {
            let mut records = self.deployment.store.runs(&filter, 10_000).await.unwrap();
            records.retain(|record| record.delivery.is_some());
            if records.len() >= count {
                records.sort_by_key(RunRecord::started);
                return records;
            }
            let found = records.len();
            assert!(begin.elapsed() < PATIENCE, "{hook}: {found} records");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Runs a program, which must succeed, and returns its output.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

impl Caller {
    /// Posts an event with a number.
    pub(super) async fn post(&self, number: u64) -> Answered {
        self.post_with(number, None).await
    }

    /// Like [`post`](Self::post), with an idempotency key.
    pub(super) async fn post_with(&self, number: u64, key: Option<&str>) -> Answered {
        let mut event = event_of(self.stage);
        let mut body = self.stage.example();
        body["context"]["number"] = json!(number);
        event["body"] = json!(body.to_string());
        if let Some(key) = key {
            event["headers"]["idempotency-key"] = json!(key);
        }
        let answer = self.api.invoke(event).await;
        Answered {
            status: answer["statusCode"].as_u64().unwrap(),
            body: serde_json::from_str(answer["body"].as_str().unwrap()).unwrap(),
            headers: answer["headers"].clone(),
        }
    }

    /// Waits until the function is done with its event.
    pub(super) async fn is_over(&self) {
        self.api.frozen().await;
    }

    /// Stops the function when it is idle, and returns its log.
    pub(super) async fn stop(self) -> String {
        self.api.frozen().await;
        self.function.kill().await
    }
}

impl Answered {
    /// Checks that the response names what is unreachable, and when to retry.
    #[track_caller]
    pub(super) fn is_refused_for_now(&self, code: &str) {
        assert_eq!(self.status, 503, "{}", self.body);
        assert_eq!(self.body["code"], code, "{}", self.body);
        let seconds = self.headers["retry-after"].as_str().unwrap();
        assert!(seconds.parse::<u32>().unwrap() > 0);
    }
}
