//! Functions as processes that poll a Runtime API, with an emulated AWS.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use hookpoint_aws::{DynamoStore, SecretsManagerSource, SqsQueue};
use hookpoint_engine::{confidential::secret::Secret, publish::Desired, stages::Stage};
use hookpoint_workspace::Workspace;
use hookpoint_xtask::{
    generate::{
        events::{event_file, sample_key},
        functions::WORKER,
    },
    lambda_local::{self, EmulatedAws},
    repository,
};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::{runtime_api::RuntimeApi, store_contract::emulated_aws};

/// The stage whose function is run.
pub(crate) const STAGE: Stage = Stage::BeforeRegistration;
/// The application whose hooks are published.
pub(crate) const APPLICATION: &str = "web-shop";
/// The table of the emulated DynamoDB.
pub(crate) const TABLE: &str = "process";
const SECRET_PREFIX: &str = "process";
const CONTINUATION_KEY: &str = "c2VhbHMtdGhlLWNvbnRpbnVhdGlvbnMtb2YtdGVzdHM";
/// The value of the secret `CrmToken`.
pub(crate) const CRM_TOKEN: &str = "s3cr3t-token";

/// A published workspace with its functions.
pub(crate) struct Deployment {
    pub(crate) aws: EmulatedAws,
    pub(crate) store: DynamoStore,
    pub(crate) queue: SqsQueue,
    /// The AWS endpoint of the functions, if not the emulator itself.
    endpoint: Option<String>,
    /// A command that starts functions, if any.
    starter: Vec<String>,
    folder: tempfile::TempDir,
}

impl Deployment {
    /// Publishes a `hookpoint.yaml` that declares [`APPLICATION`], as `hookpoint apply` does.
    pub(crate) async fn of(yaml: &str) -> Self {
        Self::with(yaml, &[STAGE.name()]).await
    }

    /// Like [`of`](Self::of), with the named functions built.
    pub(crate) async fn with(yaml: &str, functions: &[String]) -> Self {
        Self::on_queue(yaml, functions, "process").await
    }

    /// Like [`with`](Self::with), with a queue of this name.
    pub(crate) async fn on_queue(yaml: &str, functions: &[String], queue: &str) -> Self {
        let workspace = Workspace::parse(yaml, "hookpoint.yaml", Path::new("."))
            .unwrap_or_else(|errors| panic!("{errors}"));
        Self::of_workspace(&workspace, functions, queue).await
    }

    /// Like [`on_queue`](Self::on_queue), of a workspace that was loaded.
    pub(crate) async fn of_workspace(
        workspace: &Workspace,
        functions: &[String],
        queue: &str,
    ) -> Self {
        Self::of_desired(workspace.desired(), functions, queue).await
    }

    /// Publishes what a workspace would.
    async fn of_desired(desired: &Desired, functions: &[String], queue: &str) -> Self {
        let deployment = Self::empty(functions, queue).await;
        deployment.publish(desired).await;
        deployment
    }

    /// Nothing is published yet.
    pub(crate) async fn empty(functions: &[String], queue: &str) -> Self {
        lambda_local::prepare(functions).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let aws = emulated_aws(&folder).await;
        let store = DynamoStore::new(aws.clients(), TABLE);
        store.create_table().await.unwrap();
        let queue = SqsQueue::create(aws.clients(), queue).await.unwrap();
        let deployment = Self {
            aws,
            store,
            queue,
            endpoint: None,
            starter: Vec::new(),
            folder,
        };
        for (name, value) in [
            ("CrmToken", CRM_TOKEN),
            ("continuation-key", CONTINUATION_KEY),
        ] {
            deployment.put_secret(name, value).await;
        }
        deployment
    }

    /// Publishes what a workspace would. Its applications accept their sample keys.
    pub(crate) async fn publish(&self, desired: &Desired) {
        let author = hookpoint_operator::Author::program("test");
        hookpoint_operator::apply(&self.store, desired, &author)
            .await
            .unwrap();
        for application in &desired.applications {
            let record = sample_key(&application.id).unwrap().record;
            hookpoint_operator::change_application(&self.store, &application.id, |stored| {
                stored.ingest_keys.push(record.clone());
            })
            .await
            .unwrap();
        }
    }

    /// Sets a shared secret, or one of an application by `APPLICATION/NAME`.
    pub(crate) async fn put_secret(&self, name: &str, value: &str) {
        let secrets = SecretsManagerSource::new(self.aws.clients(), SECRET_PREFIX);
        secrets.put_secret(name, &Secret::new(value)).await.unwrap();
    }

    /// Sets the AWS endpoint of functions.
    pub(crate) fn behind(self, endpoint: String) -> Self {
        Self {
            endpoint: Some(endpoint),
            ..self
        }
    }

    /// Sets a command that starts functions; their own command line is appended.
    pub(crate) fn start_by(&mut self, starter: Vec<String>) {
        self.starter = starter;
    }

    /// Starts the function of [`STAGE`].
    pub(crate) fn start(&self, api: &RuntimeApi) -> StageFunction {
        self.start_function(&STAGE.name(), api)
    }

    /// Starts the worker.
    pub(crate) fn start_worker(&self, api: &RuntimeApi) -> StageFunction {
        self.start_function(WORKER, api)
    }

    /// Starts a function with its configuration. It may reach this machine, and logs at the most verbose level.
    pub(crate) fn start_function(&self, name: &str, api: &RuntimeApi) -> StageFunction {
        let log = self.folder.path().join(format!("{name}.log"));
        let program = built(name);
        let mut command = match self.starter.split_first() {
            None => unconfigured(&program, api),
            Some((starter, arguments)) => {
                let mut command = unconfigured(Path::new(starter), api);
                command.args(arguments).arg(&program);
                command
            }
        };
        let dead_letters = self.queue.dead_letter_url().unwrap();
        command
            .envs(self.aws.variables())
            .env("HOOKPOINT_QUEUE_URL", self.queue.url())
            .env("HOOKPOINT_DEAD_LETTER_QUEUE_URL", dead_letters)
            .env("HOOKPOINT_TABLE", TABLE)
            .env("HOOKPOINT_SECRET_PREFIX", SECRET_PREFIX)
            .env("HOOKPOINT_ALLOWED_NETWORKS", "127.0.0.1/32")
            .env("HOOKPOINT_ALLOWED_HTTP_HOSTS", "127.0.0.1")
            .env("HOOKPOINT_LOG", "trace");
        if let Some(endpoint) = &self.endpoint {
            command.env("AWS_ENDPOINT_URL", endpoint);
        }
        let file = File::create(&log).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.spawn().unwrap();
        StageFunction { child, log }
    }
}

/// A running function. Dropping it kills it.
pub(crate) struct StageFunction {
    child: Child,
    log: PathBuf,
}

impl StageFunction {
    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Kills it, as Lambda does, and returns its log.
    pub(crate) async fn kill(mut self) -> String {
        self.child.kill().await.unwrap();
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }
}

/// The function's program, built first so that no test is skipped.
pub(crate) fn program() -> PathBuf {
    lambda_local::prepare(&[STAGE.name()]).unwrap();
    built(&STAGE.name())
}

fn built(name: &str) -> PathBuf {
    repository::target().unwrap().join("debug").join(name)
}

/// The program with Lambda's own environment variables only.
pub(crate) fn unconfigured(program: &Path, api: &RuntimeApi) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", &api.address)
        .env("AWS_LAMBDA_FUNCTION_NAME", STAGE.name())
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/stage")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .kill_on_drop(true);
    command
}

/// The stage's example event, as API Gateway passes it on.
pub(crate) fn event() -> Value {
    event_of(STAGE)
}

/// The example event of any stage.
pub(crate) fn event_of(stage: Stage) -> Value {
    let text = event_file(stage, &APPLICATION.parse().unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The body of a response with status 200.
pub(crate) fn body_of(answer: &Value) -> Value {
    assert_eq!(answer["statusCode"], 200, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}
