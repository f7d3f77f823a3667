//! Translates templates for given parameters.

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use hookpoint_xtask::{python, repository};
use serde_json::{Map, Value, json};

use super::resolution::{self, Resolution};

/// Parameters of a stack by name; missing ones have their defaults.
pub(crate) type Parameters = BTreeMap<String, String>;

/// The template of the deployment.
pub(crate) const DEPLOYMENT: &str = "template.yaml";
/// The folder of the templates that customers deploy.
const ENDPOINTS: &str = "cloudformation";

/// A template with the parameters of one stack.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// Its path in the repository.
    pub(crate) path: PathBuf,
    pub(crate) parameters: Parameters,
    /// The whole template in JSON. Serverless resources are translated; conditions and intrinsic functions remain.
    pub(crate) document: Value,
}

impl Template {
    /// Resolves conditions and references to parameters; other references remain.
    pub(crate) fn resolution(&self) -> Resolution {
        resolution::resolve(&self.document, &self.parameters)
    }

    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        format!("{} {:?}", self.path.display(), self.parameters)
    }
}

/// The deployment's template for each set of parameters.
pub(crate) fn deployment(parameters: &[Parameters]) -> Vec<Template> {
    translate(&[(PathBuf::from(DEPLOYMENT), parameters.to_vec())])
}

/// Parameters from pairs.
pub(crate) fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

/// Every template of the repository, the deployment's for every combination of its conditions. Translated once per
/// process.
pub(crate) fn all() -> &'static [Template] {
    static ALL: OnceLock<Vec<Template>> = OnceLock::new();
    ALL.get_or_init(|| {
        let endpoints = paths()
            .into_iter()
            .filter(|path| path.starts_with(ENDPOINTS));
        let mut requests: Vec<_> = endpoints.map(|path| (path, switches())).collect();
        requests.push((PathBuf::from(DEPLOYMENT), choices()));
        translate(&requests)
    })
}

/// The deployment's template for every combination.
pub(crate) fn deployments() -> impl Iterator<Item = &'static Template> {
    all()
        .iter()
        .filter(|template| template.path == Path::new(DEPLOYMENT))
}

/// The paths of all templates.
pub(crate) fn paths() -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from(DEPLOYMENT)];
    let folder = repository::root().join(ENDPOINTS);
    let entries = folder.read_dir().into_iter().flatten();
    let mut endpoints: Vec<PathBuf> = entries
        .map(|entry| PathBuf::from(ENDPOINTS).join(entry.unwrap().file_name()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    endpoints.sort();
    paths.append(&mut endpoints);
    paths
}

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:operators";

/// Defaults and their opposites for the conditions of the customers' templates.
fn switches() -> Vec<Parameters> {
    vec![
        Parameters::new(),
        parameters(&[
            ("Fifo", "true"),
            ("ReservedConcurrency", "0"),
            ("ArchiveDays", "0"),
            ("ExpireDays", "0"),
            ("AlarmTopicArn", TOPIC),
        ]),
    ]
}

/// Authentication × order × alarms, with everything else off and on.
fn choices() -> Vec<Parameters> {
    let authentications: [&[(&str, &str)]; 3] = [
        &[],
        &[("Authentication", "AWS_IAM")],
        &[
            ("Authentication", "JWT"),
            ("JwtIssuer", "https://issuer.example"),
            ("JwtAudience", "hookpoint,hookpoint-test"),
            ("JwtClaim", "client_id"),
        ],
    ];
    let orders: [&[(&str, &str)]; 2] = [&[], &[("Fifo", "true")]];
    let alarms: [&[(&str, &str)]; 3] = [&[], &[("Alarms", "PerStage")], &[("Alarms", "None")]];
    let others: [&[(&str, &str)]; 2] = [
        &[],
        &[
            ("Tracing", "Active"),
            ("Architecture", "x86_64"),
            ("SubnetIds", "subnet-1,subnet-2"),
            ("SecurityGroupIds", "sg-1"),
            ("WorkerReservedConcurrency", "50"),
            ("AllowedNetworks", "10.0.0.0/8"),
        ],
    ];
    let mut choices = Vec::new();
    for authentication in authentications {
        for order in orders {
            for alarm in alarms {
                let other = others[choices.len() % others.len()];
                choices.push(parameters(&[authentication, order, alarm, other].concat()));
            }
        }
    }
    choices
}

/// Translates templates with AWS's own translator.
fn translate(requests: &[(PathBuf, Vec<Parameters>)]) -> Vec<Template> {
    let input: Vec<Value> = requests
        .iter()
        .map(|(path, parameters)| {
            json!({"template": repository::root().join(path), "parameters": parameters})
        })
        .collect();
    let script = repository::root().join("tests/fixtures/template/translate.py");
    let mut child = Command::new(python::ensure().unwrap().program("python"))
        .arg(script)
        // The translator needs the region for the partition.
        .env("AWS_DEFAULT_REGION", REGION)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(json!(input).to_string().as_bytes())
        .unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "the translator refuses a template: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let answers: Vec<Vec<Value>> = serde_json::from_slice(&output.stdout).unwrap();
    let mut templates = Vec::new();
    for ((path, parameters), documents) in requests.iter().zip(answers) {
        assert_eq!(parameters.len(), documents.len());
        for (parameters, document) in parameters.iter().zip(documents) {
            templates.push(Template {
                path: path.clone(),
                parameters: declared(parameters, &document),
                document,
            });
        }
    }
    templates
}

/// The region for tools that need one.
pub(crate) const REGION: &str = "eu-central-1";

/// Those of the parameters that the template declares.
fn declared(parameters: &Parameters, document: &Value) -> Parameters {
    let none = Map::new();
    let known = document["Parameters"].as_object().unwrap_or(&none);
    let mut parameters = parameters.clone();
    parameters.retain(|name, _| known.contains_key(name));
    parameters
}
