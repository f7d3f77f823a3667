//! The steps of a walk, as a script has them.

use std::mem;

use hookpoint_devserver::Triggered;
use hookpoint_engine::{
    confidential::{
        redaction::{REDACTED, Redaction},
        secret::Secret,
    },
    record::{
        RunRecord,
        report::{PassReport, RunOutcome},
    },
    stages::Stage,
};
use hookpoint_operator::Turn;
use serde_json::{Map, Value, json};

use crate::commands::{journey::shown, runs::served_requests};

/// What the customer did.
pub(crate) enum Did<'a> {
    Reached(Stage, &'a Map<String, Value>),
    /// Answered this question.
    Answered(Value, Map<String, Value>),
    Returned(Map<String, Value>),
}

/// Steps, without the secrets of this machine.
pub(crate) struct Steps {
    redaction: Redaction,
    done: Vec<Value>,
    /// Those of a stage that is not over.
    open: Vec<Value>,
    remarks: Vec<String>,
}

impl Steps {
    pub(super) fn new(secrets: &[Secret]) -> Self {
        Self {
            redaction: Redaction::of_secrets(secrets),
            done: Vec::new(),
            open: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Adds what was done, and its result.
    pub(crate) fn add(
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
        // Each run seals a new one.
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
                        *value = REDACTED.into();
                        self.remarks.push(format!(
                            "the answer to `{id}` is not in the script: write one for tests in the place of `{REDACTED}`"
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

    /// Replaces secrets in texts, not in the file, where the placeholder would read as a list.
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
    pub(crate) fn close(&mut self) {
        let seen: Vec<&Value> = self
            .open
            .iter()
            .flat_map(|step| [&step["requests"], &step["expect"]])
            .collect();
        let seen = json!(seen).to_string();
        if let Some(Value::Object(first)) = self.open.first_mut() {
            leave_out_unseen(first, &seen);
        }
        self.done.append(&mut self.open);
    }

    /// The steps of the stages that are over, and remarks for the author.
    pub(super) fn finish(&mut self) -> (Vec<Value>, Vec<String>) {
        if !self.open.is_empty() {
            self.remarks.push(
                "the walk ended while a question or the browser was open: the script ends before that stage".to_owned(),
            );
        }
        (mem::take(&mut self.done), mem::take(&mut self.remarks))
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
