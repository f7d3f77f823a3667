//! The stack of the deployment in an emulated AWS account.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use hookpoint_settings as settings;
use hookpoint_xtask::{
    lambda_local::EmulatedAws,
    python::{self, Environment},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    store_contract::emulated_aws,
    template::translation::{self, Template},
};

/// The name of the stack, as in the guides, and so the prefix of its secrets.
pub(crate) const NAME: &str = "hookpoint";

/// An emulated AWS account.
pub(crate) struct Account {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) aws: EmulatedAws,
    environment: Environment,
}

/// A created stack.
#[derive(Debug, Deserialize)]
pub(crate) struct Stack {
    pub(crate) outputs: HashMap<String, String>,
    /// Resources by logical id.
    pub(crate) resources: BTreeMap<String, Resource>,
}

/// A resource, as found by its service.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its name at its service.
    pub(crate) physical_id: String,
    /// Whether the emulator's CloudFormation created it; otherwise it was created by API.
    pub(crate) made_by_cloud_formation: bool,
    /// The properties in the template, with references resolved.
    pub(crate) properties: Value,
}

impl Account {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            aws: emulated_aws(&folder).await,
            environment: python::ensure().unwrap(),
            folder,
        }
    }

    /// Creates the stack with these parameters, and finds all its resources.
    pub(crate) fn deploy(&self, parameters: &[(&str, &str)]) -> (Template, Stack) {
        let template = translated(parameters);
        let stack = self
            .make(&template)
            .unwrap_or_else(|error| panic!("{}: {error}", template.name()));
        (template, stack)
    }

    /// Deploys the functions of a stack once more, as a release with other parameters.
    pub(super) fn update(&self, stack: &Stack, parameters: &[(&str, &str)]) {
        let resources = stack.resources.iter();
        let ids: BTreeMap<_, _> = resources
            .map(|(id, resource)| (id, &resource.physical_id))
            .collect();
        let request = json!({
            "name": NAME,
            "resources": translated(parameters).resolution().resources,
            "physicalIds": ids,
            "release": format!("{parameters:?}"),
        });
        self.python("update.py", &request).unwrap();
    }

    /// Creates the stack of a template. The error says why that failed.
    pub(crate) fn make(&self, template: &Template) -> Result<Stack, String> {
        let resolution = template.resolution();
        let request = json!({
            "name": NAME,
            "template": template.document,
            "parameters": template.parameters,
            "resources": resolution.resources,
            "outputs": resolution.outputs,
        });
        let made = self.python("create.py", &request)?;
        Ok(serde_json::from_slice(&made).unwrap())
    }

    /// Passes a request to a script for this account.
    pub(super) fn python(&self, script: &str, request: &Value) -> Result<Vec<u8>, String> {
        let mut command = Command::new(self.python_program());
        command
            .arg(sources().join(script))
            .envs(self.sdk_variables())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(request.to_string().as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// The interpreter with the Python SDK.
    pub(super) fn python_program(&self) -> PathBuf {
        self.environment.program("python")
    }

    /// The environment of programs with the Python SDK.
    pub(super) fn sdk_variables(&self) -> Vec<(String, String)> {
        let mut variables: Vec<_> = self
            .variables()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        // Lambda sets `AWS_REGION`; the Python SDK reads this one.
        let region = self.variables()[settings::REGION.name].clone();
        variables.push(("AWS_DEFAULT_REGION".to_owned(), region));
        // Compiled modules of the scripts do not belong in the repository.
        variables.push(("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned()));
        variables
    }

    /// The environment for SDKs to find this account.
    pub(crate) fn variables(&self) -> HashMap<&'static str, String> {
        self.aws.variables().into_iter().collect()
    }
}

/// The template with these parameters, which have to fit together.
fn translated(parameters: &[(&str, &str)]) -> Template {
    let mut templates = translation::deployment(&[translation::parameters(parameters)]);
    let template = templates.remove(0);
    let refusals = template.resolution().refusals;
    assert!(refusals.is_empty(), "{}: {refusals:?}", template.name());
    template
}

impl Stack {
    /// A function's environment from the template, with references resolved.
    pub(crate) fn environment(&self, function: &str) -> BTreeMap<String, String> {
        let variables = &self.resources[function].properties["Environment"]["Variables"];
        let variables = variables.as_object().unwrap().iter();
        variables
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect()
    }
}

pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it/stack")
}
