//! Stacks of the templates in an emulated AWS, and the containers of their functions.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use hookpoint_settings as settings;
use hookpoint_xtask::{
    lambda_local::EmulatedAws,
    node::Node,
    process::Process,
    python::{self, Environment},
    repository,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::store_contract::emulated_aws;

/// The lines around the code that customers edit.
const HOOK_BEGINS: &str = "---- Your hook: edit this part. ----\n";
const HOOK_ENDS: &str = "---- Your hook ends here. ----\n";
/// How long a container may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// An emulated AWS account, and the programs that use it.
pub(crate) struct Account {
    folder: tempfile::TempDir,
    environment: Environment,
    aws: EmulatedAws,
}

/// The output of `stack.py`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stack {
    /// The inline code of the function.
    pub(crate) code: String,
    runtime: String,
    timeout_seconds: u64,
    /// The variables of the function.
    pub(crate) environment: HashMap<String, String>,
    /// The names of its resources, by their names in the template.
    pub(crate) resources: HashMap<String, String>,
}

/// One running instance of a function.
pub(crate) struct Container {
    process: Process,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Account {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            environment: python::ensure().unwrap(),
            aws: emulated_aws(&folder).await,
            folder,
        }
    }

    /// Creates the stack of a template.
    pub(crate) fn deploy(&self, template: &str, name: &str, parameters: &Value) -> Stack {
        let path = repository::root().join(format!("cloudformation/{template}.yaml"));
        let parameters = parameters.to_string();
        let made = self.python("stack.py", &[path.to_str().unwrap(), name, &parameters]);
        serde_json::from_value(made).unwrap()
    }

    /// Runs a command of `targets.py`.
    pub(crate) fn ask(&self, command: &str, arguments: &[&str]) -> Value {
        self.python("targets.py", &[&[command], arguments].concat())
    }

    fn python(&self, script: &str, arguments: &[&str]) -> Value {
        let mut command = Command::new(self.environment.program("python"));
        command.arg(sources().join(script)).args(arguments);
        command.envs(self.variables());
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{script} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The environment for SDKs to find this account.
    fn variables(&self) -> HashMap<&'static str, String> {
        let mut variables: HashMap<_, _> = self.aws.variables().into_iter().collect();
        // Lambda sets both; the Python SDK reads this one.
        variables.insert(
            "AWS_DEFAULT_REGION",
            variables[settings::REGION.name].clone(),
        );
        variables
    }

    /// The folder in which the hook of the tests records its runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.folder.path().join("runs")
    }

    /// How often the hook ran for a delivery.
    pub(crate) fn runs_of(&self, id: &str) -> usize {
        let runs = fs::read_to_string(self.runs()).unwrap_or_default();
        runs.lines().filter(|line| *line == id).count()
    }

    /// Starts a container with the given code of a stack.
    pub(crate) async fn start(&self, stack: &Stack, code: &str) -> Container {
        let is_python = stack.runtime.starts_with("python");
        let (program, script, file, home) = if is_python {
            let home = self.folder.path().to_owned();
            (
                self.environment.program("python"),
                "container.py",
                "index.py",
                home,
            )
        } else {
            // Beside the packages that Lambda's Node.js brings.
            let node = Node::of(&self.environment).unwrap();
            let names = [".npmrc", "package.json", "package-lock.json"];
            let home = node.install(&sources(), &names, "endpoints").unwrap();
            (node.program().to_owned(), "container.js", "index.js", home)
        };
        let folder = tempfile::Builder::new().tempdir_in(home).unwrap();
        let file = folder.path().join(file);
        fs::write(&file, code).unwrap();
        let mut command = Command::new(program);
        command.arg(sources().join(script)).arg(&file);
        command.arg(stack.timeout_seconds.to_string());
        command.envs(self.variables()).envs(&stack.environment);
        command.env("RUNS", self.runs());
        let log = folder.path().join("log");
        let mut process = Process::start("a container", &command, Some(&log)).unwrap();
        let begin = Instant::now();
        let port = loop {
            let written = process.written();
            let line = written
                .lines()
                .find_map(|line| line.strip_prefix("listening on "));
            if let Some(port) = line.and_then(|port| port.parse().ok()) {
                break port;
            }
            process.ensure_alive().unwrap();
            assert!(begin.elapsed() < PATIENCE, "{written}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        Container {
            process,
            port,
            _folder: folder,
        }
    }
}

impl Stack {
    /// The code with the hook of the tests inserted.
    pub(crate) fn edited(&self) -> String {
        let hook = if self.runtime.starts_with("python") {
            include_str!("hook.py")
        } else {
            include_str!("hook.js")
        };
        let (before, rest) = self.code.split_once(HOOK_BEGINS).unwrap();
        let (skeleton, after) = rest.split_once(HOOK_ENDS).unwrap();
        // The comment sign of the last line.
        let sign = skeleton.lines().last().unwrap();
        format!("{before}{HOOK_BEGINS}{hook}\n{sign}{HOOK_ENDS}{after}")
    }

    pub(crate) fn secret_arn(&self) -> &str {
        &self.resources["SigningSecret"]
    }
}

impl Container {
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The content of its log.
    pub(crate) fn log(&self) -> String {
        self.process.written()
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/endpoints")
}

/// The parameters of a stack with defaults.
pub(crate) fn defaults() -> Value {
    json!({})
}
