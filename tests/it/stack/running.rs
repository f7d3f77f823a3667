//! The functions of a stack, each a process with its own Runtime API and the template's environment.

use std::{
    fs::{self, File},
    path::PathBuf,
    time::Duration,
};

use hookpoint_aws::SqsQueue;
use hookpoint_engine::stages::Stage;
use hookpoint_xtask::{
    generate::{events, functions::WORKER, template::logical_id},
    lambda_local::{self, pump::Batch},
    repository,
};
use serde_json::Value;
use tokio::process::Child;

use super::account::{Account, Stack};
use crate::{runtime_api::RuntimeApi, stage_function::unconfigured};

/// A running function. Dropping it kills it.
pub(super) struct Function {
    api: RuntimeApi,
    log: PathBuf,
    _process: Child,
}

impl Function {
    /// Starts the function of a stage.
    pub(super) async fn of(stage: Stage, stack: &Stack, account: &Account) -> Self {
        let resource = logical_id(stage) + "Function";
        Self::start(&stage.name(), &resource, stack, account).await
    }

    /// Starts the worker.
    pub(super) async fn worker(stack: &Stack, account: &Account) -> Self {
        Self::start(WORKER, "HookWorkerFunction", stack, account).await
    }

    async fn start(name: &str, resource: &str, stack: &Stack, account: &Account) -> Self {
        let names = [name.to_owned()];
        tokio::task::spawn_blocking(move || lambda_local::prepare(&names).map(drop))
            .await
            .unwrap()
            .unwrap();
        let api = RuntimeApi::start().await;
        let program = repository::target().unwrap().join("debug").join(name);
        let memory = &stack.resources[resource].properties["MemorySize"];
        let log = account.folder.path().join(format!("{name}.log"));
        let file = File::create(&log).unwrap();
        let process = unconfigured(&program, &api)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.as_str().unwrap())
            .envs(account.aws.variables())
            .envs(stack.environment(resource))
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self {
            api,
            log,
            _process: process,
        }
    }

    /// Returns its response to an event.
    pub(super) async fn answer(&self, event: &Value) -> Value {
        self.api.invoke(event.clone()).await
    }

    /// Waits until Lambda would freeze the process, and returns the log.
    pub(super) async fn log(&self) -> String {
        self.api.frozen().await;
        fs::read_to_string(&self.log).unwrap()
    }

    /// Passes batches to it until the queue is empty, like an event source mapping.
    pub(super) async fn work_off(&self, queue: &SqsQueue, visibility: Duration) {
        loop {
            let batch = Batch::receive(queue, visibility).await.unwrap();
            if batch.is_empty() {
                return;
            }
            let answer = self.answer(&batch.event()).await;
            batch.settle(queue, &answer).await.unwrap();
        }
    }
}

/// The example event of a stage, posted by an application with its key.
pub(super) fn event(stage: Stage, application: &str, key: &str) -> Value {
    let application = application.parse().unwrap();
    let sample = events::sample_key(&application).unwrap();
    let mut event = events::event(stage, &application, &sample).unwrap();
    event["headers"]["authorization"] = format!("Bearer {key}").into();
    event
}
