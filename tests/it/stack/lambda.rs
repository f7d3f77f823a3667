//! A small Lambda in front of the functions of a stack: it asks the emulator which version an alias names, and runs that version in
//! processes that start with their first event. Few run at once; the one that was used least recently ends first.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    deadline::Deadline,
    hook::egress::EgressPolicy,
    ports::{Fetch as _, FetchRequest},
    stages::Stage,
};
use hookpoint_webhook::GuardedClient;
use hookpoint_xtask::{
    generate::{functions::WORKER, template::logical_id},
    lambda_local, repository,
};
use serde_json::Value;
use tokio::{process::Child, time::Instant};

use super::account::{Account, Stack};
use crate::{runtime_api::RuntimeApi, stage_function::unconfigured};

/// How many processes may wait for an event besides those that have one.
const IDLE: usize = 6;
/// For the emulator to answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The version of a function that an alias names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Version {
    /// The function's name at Lambda.
    pub(super) function: String,
    pub(super) number: String,
}

/// An execution environment: a process with its own Runtime API. Dropping it kills it.
struct Environment {
    of: Version,
    api: RuntimeApi,
    _process: Child,
}

pub(super) struct Lambda {
    emulator: String,
    client: GuardedClient,
    /// The variables that Lambda itself sets.
    variables: Vec<(&'static str, String)>,
    /// The programs of functions by name.
    programs: HashMap<String, String>,
    folder: PathBuf,
    /// Used most recently last.
    idle: Mutex<Vec<Environment>>,
    started: AtomicUsize,
    /// The versions that got an event, in order.
    served: Mutex<Vec<Version>>,
}

impl Lambda {
    /// Builds the functions of a stack. Starts none.
    pub(super) async fn of(stack: &Stack, account: &Account) -> Self {
        let mut programs = HashMap::new();
        let mut add = |logical_id: &str, program: String| {
            let name = stack.resources[logical_id].physical_id.clone();
            programs.insert(name, program);
        };
        for stage in Stage::ALL {
            add(&(logical_id(*stage) + "Function"), stage.name());
        }
        add("HookWorkerFunction", WORKER.to_owned());
        let names: Vec<_> = programs.values().cloned().collect();
        tokio::task::spawn_blocking(move || lambda_local::prepare(&names).map(drop))
            .await
            .unwrap()
            .unwrap();
        let folder = account.folder.path().join("functions");
        fs::create_dir(&folder).unwrap();
        Self {
            emulator: account.aws.endpoint_url(),
            client: GuardedClient::new(EgressPolicy {
                allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
                http_hosts: vec!["127.0.0.1".to_owned()],
                ..EgressPolicy::default()
            }),
            variables: account.aws.variables(),
            programs,
            folder,
            idle: Mutex::default(),
            started: AtomicUsize::new(0),
            served: Mutex::default(),
        }
    }

    /// Returns the response of a function, of the version that the qualifier names now.
    pub(super) async fn invoke(&self, function: &str, qualifier: &str, event: Value) -> Value {
        let (version, configuration) = self.resolve(function, qualifier).await;
        self.served.lock().unwrap().push(version.clone());
        let found = {
            let mut idle = self.idle.lock().unwrap();
            let index = idle.iter().rposition(|one| one.of == version);
            index.map(|index| idle.remove(index))
        };
        let environment = match found {
            Some(environment) => environment,
            None => self.start(version, &configuration).await,
        };
        let answer = environment.api.invoke(event).await;
        let surplus = {
            let mut idle = self.idle.lock().unwrap();
            idle.push(environment);
            (idle.len() > IDLE).then(|| idle.remove(0))
        };
        if let Some(surplus) = surplus {
            end(surplus).await;
        }
        answer
    }

    /// Ends every process that has no event, so that the next events find nothing cached.
    pub(super) async fn end_environments(&self) {
        let idle = std::mem::take(&mut *self.idle.lock().unwrap());
        for environment in idle {
            end(environment).await;
        }
    }

    /// The version that served the last event of a function.
    pub(super) fn last_served(&self, function: &str) -> Option<String> {
        let served = self.served.lock().unwrap();
        let mut served = served.iter().rev();
        let found = served.find(|version| version.function == function)?;
        Some(found.number.clone())
    }

    /// The logs of all processes so far.
    pub(super) fn logs(&self) -> String {
        let files = self.folder.read_dir().unwrap();
        let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        texts.collect()
    }

    /// Asks the emulator what an alias names.
    async fn resolve(&self, function: &str, qualifier: &str) -> (Version, Value) {
        let path = format!("/2015-03-31/functions/{function}/configuration?Qualifier={qualifier}");
        // The emulator finds the service by the scope of the credentials; it checks no signature.
        let scope = "emulated/20260101/eu-central-1/lambda/aws4_request";
        let signature =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none");
        let request = FetchRequest {
            method: "GET".to_owned(),
            url: format!("{}{path}", self.emulator),
            headers: vec![("authorization".to_owned(), signature)],
            body: Vec::new(),
            deadline: Deadline::after(Instant::now(), PATIENCE),
            now: SystemTime::now(),
        };
        let reply = self.client.fetch(request).await.unwrap();
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, 200, "{path}: {text}");
        let configuration: Value = serde_json::from_str(&text).unwrap();
        let version = Version {
            function: function.to_owned(),
            number: configuration["Version"].as_str().unwrap().to_owned(),
        };
        (version, configuration)
    }

    /// Starts a process with the environment of its version.
    async fn start(&self, of: Version, configuration: &Value) -> Environment {
        let api = RuntimeApi::start().await;
        let name = &self.programs[&of.function];
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let file = File::create(self.folder.join(format!("{name}-{number}.log"))).unwrap();
        let program = repository::target().unwrap().join("debug").join(name);
        let variables = configuration["Environment"]["Variables"].as_object();
        let variables = variables.unwrap().iter();
        let variables = variables.map(|(name, value)| (name, value.as_str().unwrap()));
        let process = unconfigured(&program, &api)
            .env("AWS_LAMBDA_FUNCTION_NAME", &of.function)
            .env("AWS_LAMBDA_FUNCTION_VERSION", &of.number)
            .env(
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                configuration["MemorySize"].to_string(),
            )
            .envs(self.variables.iter().cloned())
            .envs(variables)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Environment {
            of,
            api,
            _process: process,
        }
    }
}

/// Ends a process once it has written its records.
async fn end(environment: Environment) {
    environment.api.frozen().await;
}
