//! The composition root: from the environment to a function that polls for events.

use std::{convert::Infallible, process::ExitCode, sync::Arc, time::SystemTime};

use hookpoint_aws::{AwsClients, DynamoStore, SecretsManagerSource};
use hookpoint_engine::{Engine, Ports};
use hookpoint_script::{Sandbox, SandboxMode, SandboxOptions};
use hookpoint_stages::Stage;
use hookpoint_webhook::{GuardedClient, WebhookHooks};
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use tokio::{runtime, time::Instant};
use tracing::Instrument;

use crate::{
    env::{self, Configuration},
    flush::{AfterAnswer, answered::AnsweredLayer, extension},
    function::Function,
    gateway::Payload,
    init::{self, InitError},
    log,
};

/// Runs one stage until Lambda stops the process. MUST be the first call of `main`: the sandbox of script hooks is this program
/// again.
///
/// Returns when the start failed (which is logged and reported to Lambda) or the Runtime API is gone.
pub fn run(stage: Stage) -> ExitCode {
    hookpoint_script::run_if_sandbox();
    let configuration = env::configuration(&env::process);
    log::install(match &configuration {
        Ok(configuration) => configuration.log.clone(),
        Err(_) => log::default_filter(),
    });
    // One event at a time: a second thread would only be switched to and fro.
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            init::log(&InitError::Executor(error));
            return ExitCode::FAILURE;
        }
    };
    match configuration {
        Ok(configuration) => runtime.block_on(serve(stage, configuration)),
        Err(error) => {
            init::log(&error);
            if let Some(runtime_api) = env::runtime_api(&env::process) {
                runtime.block_on(init::report(error, runtime_api));
            }
        }
    }
    ExitCode::FAILURE
}

/// Answers events until the Runtime API fails.
async fn serve(stage: Stage, configuration: Configuration) {
    let runtime_api = configuration.runtime_api.clone();
    let Parts {
        engine,
        store,
        sandbox,
    } = compose(configuration);
    // Not awaited: the connection opens while the first poll is under way.
    tokio::spawn(async move { store.warm_up().await });
    log_mode(&sandbox);
    let after = AfterAnswer::new(vec![Box::new(sandbox)]);
    if let Some(extension) = extension::register(runtime_api).await {
        extension.take_over(Arc::clone(&after));
    }
    let function = Arc::new(Function::new(stage, engine));
    let handler = service_fn(move |event: LambdaEvent<Payload>| {
        let received = Instant::now();
        let now = SystemTime::now();
        let function = Arc::clone(&function);
        let invocation = tracing::info_span!(
            "invocation",
            aws.request_id = event.context.request_id.as_str()
        );
        async move { Ok::<_, Infallible>(function.answer(event.payload, now, received).await) }
            .instrument(invocation)
    });
    let runtime = Runtime::new(handler).layer(AnsweredLayer(after));
    if let Err(error) = runtime.run().await {
        tracing::error!(error, "the Runtime API cannot be reached any more");
    }
}

/// Says once how scripts are confined here.
fn log_mode(sandbox: &Sandbox) {
    let mode = sandbox.mode();
    let (name, capacity) = (mode.as_str(), sandbox.capacity());
    if mode == SandboxMode::Unavailable {
        tracing::warn!(
            sandbox.mode = name,
            "script hooks will fail: this system cannot filter system calls, and `HOOKPOINT_SANDBOX` requires it"
        );
    } else {
        tracing::info!(
            sandbox.mode = name,
            sandbox.capacity = capacity,
            "script hooks have a sandbox"
        );
    }
}

/// What a stage function consists of.
struct Parts {
    engine: Engine,
    store: DynamoStore,
    sandbox: Sandbox,
}

/// The engine over AWS. Nothing is opened, sent or started here.
fn compose(configuration: Configuration) -> Parts {
    let Configuration {
        table,
        secret_prefix,
        egress,
        sandbox: policy,
        memory_mb,
        aws,
        runtime_api: _,
        log: _,
    } = configuration;
    let clients = AwsClients::new(aws);
    let store = DynamoStore::new(clients.clone(), table);
    let secrets = Arc::new(SecretsManagerSource::new(clients, secret_prefix));
    let client = Arc::new(GuardedClient::new(egress.clone()));
    let options = SandboxOptions {
        policy,
        memory_mb,
        // Lambda freezes the process after the answer; the flush does it.
        replenish_after_run: false,
        program: None,
    };
    let sandbox = Sandbox::new(options, client.clone());
    let shared = Arc::new(store.clone());
    let ports = Ports {
        applications: shared.clone(),
        bindings: shared.clone(),
        hooks: shared,
        secrets: secrets.clone(),
        continuation_keys: secrets,
        webhooks: Arc::new(WebhookHooks::new(client)),
        scripts: Some(Arc::new(sandbox.clone())),
    };
    Parts {
        engine: Engine::new(ports, egress),
        store,
        sandbox,
    }
}
