//! Writes a walk as a script, which repeats it without a person and without the network.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use hookpoint_devserver::Triggered;
use hookpoint_engine::{
    confidential::{redaction::Redaction, secret::Secret},
    identifier::{ApplicationId, SecretName},
    ports::SecretSource as _,
    record::{
        RunRecord,
        report::{PassReport, RunOutcome},
    },
    stages::{Journey, Stage},
};
use hookpoint_local::LocalSecrets;
use hookpoint_operator::Turn;
use hookpoint_workspace::{JOURNEY_SUFFIX, JourneyScript, Workspace, to_yaml};
use serde_json::{Map, Value, json};

use super::{script, shown};
use crate::{
    commands::runs::served_requests,
    context::Context,
    env,
    exit::Exit,
    moment,
    output::{self, GOOD, WARNING, paint, printable_lines},
};

/// What a script has in place of a secret or password, as records do.
const PLACEHOLDER: &str = "[redacted]";

/// What the customer did.
pub(super) enum Did<'a> {
    Reached(Stage, &'a Map<String, Value>),
    /// Answered this question.
    Answered(Value, Map<String, Value>),
    Returned(Map<String, Value>),
}

/// A script in the making.
pub(super) struct Recorder {
    path: PathBuf,
    journey: &'static Journey,
    application: ApplicationId,
    /// What the clock shows during the walk, and in the script.
    pub(super) time: SystemTime,
    secrets: BTreeSet<SecretName>,
    redaction: Redaction,
    steps: Vec<Value>,
    /// The steps of a stage that is not over.
    open: Vec<Value>,
    remarks: Vec<String>,
}

impl Recorder {
    /// A recorder for one walk.
    ///
    /// # Errors
    /// The path is not that of a script, or exists, or the secrets of this machine cannot be read.
    pub(super) async fn new(
        path: &Path,
        may_replace: bool,
        journey: &'static Journey,
        application: &ApplicationId,
        workspace: &Workspace,
        context: &Context,
    ) -> anyhow::Result<Self> {
        let name = path.display();
        if !path.to_string_lossy().ends_with(JOURNEY_SUFFIX) {
            bail!("`{name}` is no name of a script: let it end in `{JOURNEY_SUFFIX}`");
        }
        if path.exists() && !may_replace {
            bail!("`{name}` exists; choose another name, or replace it with `--force`");
        }
        let desired = workspace.desired();
        let declared = desired.hooks.values().flat_map(|body| &body.secrets);
        let meant = desired
            .bindings
            .iter()
            .flat_map(|binding| binding.secrets.values());
        let secrets: BTreeSet<_> = declared.chain(meant).cloned().collect();
        let source = LocalSecrets::new(env::variables(), &context.source.state_directory());
        let names: Vec<_> = secrets.iter().cloned().collect();
        let values = source.secrets(application, &names).await?;
        let values: Vec<Secret> = values.into_values().collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let milliseconds = now.unwrap_or_default().as_millis();
        Ok(Self {
            path: path.to_owned(),
            journey,
            application: application.clone(),
            // As precise as a script writes it.
            time: UNIX_EPOCH
                + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()),
            redaction: Redaction::new(&values),
            secrets,
            steps: Vec::new(),
            open: Vec::new(),
            remarks: Vec::new(),
        })
    }

    /// Adds a step: what was done, and what came of it.
    pub(super) fn step(
        &mut self,
        did: Did<'_>,
        triggered: &Triggered,
        report: &PassReport,
        turn: &Turn,
    ) {
        let requests: Vec<Value> = records(triggered, report)
            .filter_map(|record| record.kept.as_deref())
            .flat_map(|kept| served_requests(kept, &mut self.remarks))
            .collect();
        let mut response = report.response.clone();
        // It is sealed anew at each run.
        response.remove("continuation");
        let mut step = self.action(did);
        if !requests.is_empty() {
            step.insert("requests".to_owned(), requests.into());
        }
        let mut hooks = Map::new();
        for run in &report.runs {
            hooks
                .entry(run.record.hook.to_string())
                .or_insert_with(|| shown::outcome(triggered, run).into());
        }
        let mut expect = Map::from_iter([("then".to_owned(), turn.lead().as_str().into())]);
        if !response.is_empty() {
            expect.insert("response".to_owned(), response.into());
        }
        if !hooks.is_empty() {
            expect.insert("hooks".to_owned(), hooks.into());
        }
        step.insert("expect".to_owned(), expect.into());
        let step = self.redacted(Value::Object(step));
        self.open.push(step);
    }

    fn action(&mut self, did: Did<'_>) -> Map<String, Value> {
        let mut step = Map::new();
        match did {
            Did::Reached(stage, changes) => {
                step.insert("stage".to_owned(), stage.id().into());
                let mut changes = changes.clone();
                if changes.remove("password").is_some() {
                    self.remarks.push(format!(
                        "`{stage}`: the password that you typed is not in the script, which posts that of the sample"
                    ));
                }
                if !changes.is_empty() {
                    step.insert("event".to_owned(), changes.into());
                }
            }
            Did::Answered(question, mut values) => {
                for field in question["fields"].as_array().into_iter().flatten() {
                    let is_hidden = field["type"] == "password" || field["type"] == "passcode";
                    let id = field["id"].as_str().unwrap_or_default();
                    if let Some(value) = values.get_mut(id).filter(|_| is_hidden) {
                        *value = PLACEHOLDER.into();
                        self.remarks.push(format!(
                            "the answer to `{id}` is not in the script: write one for tests in the place of `{PLACEHOLDER}`"
                        ));
                    }
                }
                step.insert("answer".to_owned(), values.into());
            }
            Did::Returned(parameters) => {
                step.insert("return".to_owned(), parameters.into());
            }
        }
        step
    }

    /// Secrets are replaced in texts, not in the file: there the placeholder would be a list.
    fn redacted(&self, value: Value) -> Value {
        match value {
            Value::String(text) => self.redaction.apply(text).into(),
            Value::Array(items) => items.into_iter().map(|item| self.redacted(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name, self.redacted(value)))
                .collect(),
            other => other,
        }
    }

    /// The stage is over: its steps belong to the script.
    pub(super) fn close(&mut self) {
        let seen: Vec<&Value> = self
            .open
            .iter()
            .flat_map(|step| [&step["requests"], &step["expect"]])
            .collect();
        let seen = json!(seen).to_string();
        if let Some(Value::Object(first)) = self.open.first_mut() {
            leave_out_unseen(first, &seen);
        }
        self.steps.append(&mut self.open);
    }

    /// Writes the script, runs it, and says whether it passes.
    ///
    /// # Errors
    /// No stage was completed, or the file cannot be written.
    pub(super) async fn finish(
        mut self,
        workspace: &Workspace,
        context: &Context,
    ) -> anyhow::Result<Exit> {
        if !self.open.is_empty() {
            self.remarks.push(
                "the walk ended at an open question: the script ends before that stage".to_owned(),
            );
        }
        let path = self.path.display().to_string();
        if self.steps.is_empty() {
            bail!("no stage was completed, so `{path}` was not written");
        }
        fs::write(&self.path, self.text()).with_context(|| format!("failed to write `{path}`"))?;
        let script = JourneyScript::load(&self.path)?;
        let walked = script::walk(&script, workspace, context).await?;
        let passes = walked.problems.is_empty();
        let state = if passes {
            paint(GOOD, "it passes")
        } else {
            paint(WARNING, "it does not pass yet")
        };
        output::print(&format!("\n{path}: {state}"))?;
        for problem in &walked.problems {
            for line in printable_lines(problem).lines() {
                output::print(&format!("  {line}"))?;
            }
        }
        for remark in &self.remarks {
            output::note(&paint(WARNING, &printable_lines(remark)))?;
        }
        Ok(if passes { Exit::Done } else { Exit::Different })
    }

    fn text(&self) -> String {
        let mut members = Map::from_iter([
            ("journey".to_owned(), self.journey.name.into()),
            ("application".to_owned(), json!(self.application)),
        ]);
        if !self.secrets.is_empty() {
            let secrets = self.secrets.iter();
            let secrets = secrets.map(|name| (name.to_string(), Value::from(PLACEHOLDER)));
            members.insert("secrets".to_owned(), Value::Object(secrets.collect()));
        }
        members.insert("time".to_owned(), moment::milliseconds(self.time).into());
        members.insert("steps".to_owned(), self.steps.clone().into());
        format!(
            "# A walk of the journey {}. The values of secrets are placeholders.\n{}",
            self.journey.name,
            to_yaml(&members, 0)
        )
    }
}

/// The records of a pass; of asynchronous hooks, those of their deliveries.
fn records<'a>(
    triggered: &'a Triggered,
    report: &'a PassReport,
) -> impl Iterator<Item = &'a RunRecord> {
    report.runs.iter().map(|run| {
        let delivery = match run.outcome() {
            RunOutcome::Queued(delivery) => Some(delivery),
            _ => None,
        };
        let attempt = triggered
            .attempts
            .iter()
            .find(|attempt| Some(&attempt.delivery) == delivery);
        attempt
            .and_then(|attempt| attempt.record.as_ref())
            .unwrap_or(&run.record)
    })
}

/// Removes where the browser would have returned, which differs between walks, from the first step of a stage if no step shows it.
fn leave_out_unseen(step: &mut Map<String, Value>, seen: &str) {
    const PARAMETERS: &str = "continueRequestParameters";
    let Some(Value::Object(event)) = step.get_mut("event") else {
        return;
    };
    let parameters = event.get(PARAMETERS).and_then(Value::as_object);
    let mut texts = parameters
        .into_iter()
        .flatten()
        .filter_map(|(_, value)| value.as_str());
    let is_seen = texts.any(|text| {
        // The port, or an id, stands in a URL as it is; the rest may be encoded.
        let end = text.rsplit(':').next().unwrap_or(text);
        seen.contains(end.split('/').next().unwrap_or(end))
    });
    if !is_seen {
        event.remove(PARAMETERS);
    }
    if event.is_empty() {
        step.remove("event");
    }
}
