//! A stage function as Lambda runs it: a process of its own before the Runtime API, with an emulated AWS behind it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use hookpoint_aws::{DynamoStore, SecretsManagerSource};
use hookpoint_engine::{secret::Secret, stages::Stage};
use hookpoint_workspace::Workspace;
use hookpoint_xtask::{
    generate::events::{event_file, sample_key},
    lambda_local::{self, EmulatedAws},
    repository,
};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::{runtime_api::RuntimeApi, store_contract::emulated_aws};

/// The stage whose function is run.
pub(crate) const STAGE: Stage = Stage::BeforeRegistration;
/// The application whose hooks are published.
const APPLICATION: &str = "web-shop";
const TABLE: &str = "process";
const SECRET_PREFIX: &str = "process";
/// The value of the secret `CrmToken`.
pub(crate) const CRM_TOKEN: &str = "s3cr3t-token";

/// A published workspace, and the function that reads it.
pub(crate) struct Deployment {
    aws: EmulatedAws,
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Deployment {
    /// Publishes a `hookpoint.yaml` that declares [`APPLICATION`], as `hookpoint apply` does.
    pub(crate) async fn of(yaml: &str) -> Self {
        let program = program();
        let folder = tempfile::tempdir().unwrap();
        let aws = emulated_aws(&folder).await;
        let workspace = Workspace::parse(yaml, "hookpoint.yaml", Path::new("."))
            .unwrap_or_else(|errors| panic!("{errors}"));
        let store = DynamoStore::new(aws.clients(), TABLE);
        store.create_table().await.unwrap();
        hookpoint_devserver::apply(&store, workspace.desired())
            .await
            .unwrap();
        let application = APPLICATION.parse().unwrap();
        let record = sample_key(&application).unwrap().record;
        hookpoint_devserver::change_application(&store, &application, |stored| {
            stored.ingest_keys.push(record.clone());
        })
        .await
        .unwrap();
        let secrets = SecretsManagerSource::new(aws.clients(), SECRET_PREFIX);
        secrets
            .put_secret("CrmToken", &Secret::new(CRM_TOKEN))
            .await
            .unwrap();
        Self {
            aws,
            folder,
            program,
        }
    }

    /// Starts the function with everything it needs. It may reach this machine, and logs all that can be asked for.
    pub(crate) fn start(&self, api: &RuntimeApi) -> StageFunction {
        let log = self.folder.path().join("function.log");
        let mut command = unconfigured(&self.program, api);
        command
            .envs(self.aws.variables())
            .env("HOOKPOINT_TABLE", TABLE)
            .env("HOOKPOINT_SECRET_PREFIX", SECRET_PREFIX)
            .env("HOOKPOINT_ALLOWED_NETWORKS", "127.0.0.1/32")
            .env("HOOKPOINT_ALLOWED_HTTP_HOSTS", "127.0.0.1")
            .env("HOOKPOINT_LOG", "trace");
        let file = File::create(&log).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.spawn().unwrap();
        StageFunction { child, log }
    }
}

/// A function that runs. Dropping it kills it.
pub(crate) struct StageFunction {
    child: Child,
    log: PathBuf,
}

impl StageFunction {
    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Kills it, as Lambda does, and answers what it logged.
    pub(crate) async fn kill(mut self) -> String {
        self.child.kill().await.unwrap();
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }
}

/// The function's program. It is built as well, so that no test passes by being skipped.
pub(crate) fn program() -> PathBuf {
    lambda_local::prepare(&[STAGE]).unwrap();
    repository::target()
        .unwrap()
        .join("debug")
        .join(STAGE.name())
}

/// The program with what Lambda itself puts into the environment.
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
    let text = event_file(STAGE, &APPLICATION.parse().unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The body of an answer with status 200.
pub(crate) fn body_of(answer: &Value) -> Value {
    assert_eq!(answer["statusCode"], 200, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}
