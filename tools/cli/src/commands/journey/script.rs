//! Runs a script of a journey: every request of the hooks is served from it, and its store is removed afterwards.

use std::{env::temp_dir, sync::Arc, time::SystemTime};

use anyhow::Context as _;
use hookpoint_devserver::{App, AppOptions, Current, Trigger, Triggered};
use hookpoint_engine::{
    hook::outcome::FailureClass,
    record::{RunRecord, RunResultKind, report::RunOutcome},
};
use hookpoint_operator::{Host, Served, Turn};
use hookpoint_stages::{Lead, Stage};
use hookpoint_workspace::{Action, JourneyScript, ScriptStep, StepExpectation, Workspace};
use serde_json::{Map, Value};

use super::{poster_of, shown};
use crate::{commands::test::run::secrets_to_give, context::Context, output, tree::Scratch};

/// Prefix of variables that hold secrets, as `hookpoint dev` reads them.
const SECRET: &str = "HOOKPOINT_SECRET_";

/// A script that was run.
pub(crate) struct Walked {
    /// Each step in words.
    pub(super) lines: Vec<String>,
    /// Each step as JSON.
    pub(super) steps: Vec<Value>,
    /// What differed, each with its line in the script.
    pub(crate) problems: Vec<String>,
}

/// Runs a script. It stops at the first step that cannot be made.
pub(crate) async fn walk(
    script: &JourneyScript,
    workspace: &Workspace,
    context: &Context,
) -> anyhow::Result<Walked> {
    poster_of(script.journey, workspace, Some(&script.application))?;
    let folder = Scratch::new_in(&temp_dir(), "hookpoint-journey")
        .context("failed to make a temporary folder")?;
    let served = Arc::new(Served::new(Vec::new()));
    let secrets = script.secrets.iter().map(|(name, value)| {
        let variable = format!("{SECRET}{}", name.as_str().replace('-', "_"));
        (variable, value.clone())
    });
    let options = AppOptions {
        source: context.source.clone(),
        receiver_port: 0,
        environment: secrets.collect(),
        bundler: Arc::clone(&context.bundler),
    };
    let mut app = App::open_served(options, folder.path().to_owned(), Arc::clone(&served)).await?;
    let current = app.bring_up_to_date().await?;
    let mut run = Run {
        script,
        app: &app,
        current: &current,
        served: &served,
        host: Host::new(script.journey),
        walked: Walked {
            lines: Vec::new(),
            steps: Vec::new(),
            problems: Vec::new(),
        },
    };
    for step in &script.steps {
        if run.step(step).await.is_none() {
            return Ok(run.walked);
        }
    }
    let open = match run.host.waiting() {
        Some(Turn::Redirected(_)) => Some("the browser was sent away: add `- return: { … }`"),
        Some(_) => Some("a question is open: add `- answer: { … }`"),
        None => None,
    };
    if let Some(open) = open {
        run.walked
            .problems
            .push(format!("the script stops half-way, while {open}"));
    }
    Ok(run.walked)
}

struct Run<'a> {
    script: &'a JourneyScript,
    app: &'a App,
    current: &'a Current,
    served: &'a Served,
    host: Host,
    walked: Walked,
}

impl Run<'_> {
    /// Makes a step; `None` if the rest of the script has no meaning.
    async fn step(&mut self, step: &ScriptStep) -> Option<()> {
        let event = match &step.action {
            Action::Reach { stage, changes } => {
                self.host.reach(*stage, changes).map(|body| (*stage, body))
            }
            Action::Answer(values) => self.host.answer(values),
            Action::Return(parameters) => self.host.returned(parameters),
        };
        let (stage, body) = match event {
            Ok(event) => event,
            Err(reason) => {
                self.problem(step, &reason);
                return None;
            }
        };
        self.served.serve(step.requests.clone());
        let bytes = Value::Object(body.clone()).to_string().into_bytes();
        let trigger = Trigger {
            application: &self.script.application,
            stage,
            body: &bytes,
        };
        let now = self.script.time.unwrap_or_else(SystemTime::now);
        let triggered = self.app.trigger_at(self.current, trigger, now).await;
        let report = match &triggered.outcome {
            Ok(report) => report,
            Err(problem) => {
                self.problem(step, &format!("`{stage}` was refused: {}", problem.detail));
                return None;
            }
        };
        let turn = self.host.take(stage, body, &report.response);
        self.walked
            .lines
            .push(shown::render(&self.host, stage, &triggered, report, &turn));
        self.walked
            .steps
            .push(shown::to_json(stage, &triggered, report, &turn));
        self.compare(step, stage, &triggered, &report.response, &turn);
        Some(())
    }

    fn compare(
        &mut self,
        step: &ScriptStep,
        stage: Stage,
        triggered: &Triggered,
        response: &Map<String, Value>,
        turn: &Turn,
    ) {
        let expect = &step.expect;
        let response = output::shortened(response.clone());
        let wanted = expect.then.unwrap_or(Lead::Onwards);
        if turn.lead() != wanted {
            let text = format!(
                "`{stage}` leads to `{}`, not `{}`: {}",
                turn.lead().as_str(),
                wanted.as_str(),
                Value::Object(response.clone())
            );
            self.problem(step, &text);
        }
        for (what, wanted, found) in self.included(expect, &response) {
            let found = found.unwrap_or(Value::Null);
            if let Some(missing) = missing(wanted, &found, what) {
                self.problem(step, &missing.sentence());
            }
        }
        let mut texts = self.hooks(expect, triggered);
        texts.extend(self.served.problems());
        for text in texts {
            self.problem(step, &text);
        }
    }

    /// The expected members, each with the value that must include them.
    fn included<'e>(
        &self,
        expect: &'e StepExpectation,
        response: &Map<String, Value>,
    ) -> Vec<(&'static str, &'e Map<String, Value>, Option<Value>)> {
        let attributes = self.host.known("customer");
        let attributes = attributes.and_then(|customer| customer.get("attributes"));
        let all = [
            (
                "response",
                &expect.response,
                Some(Value::Object(response.clone())),
            ),
            (
                "session",
                &expect.session,
                self.host.known("session").cloned(),
            ),
            ("attributes", &expect.attributes, attributes.cloned()),
        ];
        all.into_iter()
            .filter_map(|(what, wanted, found)| Some((what, wanted.as_ref()?, found)))
            .collect()
    }

    fn problem(&mut self, step: &ScriptStep, text: &str) {
        self.walked
            .problems
            .push(format!("line {}: {text}", step.line));
    }

    /// Hooks that ended otherwise, and those that failed unexpectedly.
    fn hooks(&self, expect: &StepExpectation, triggered: &Triggered) -> Vec<String> {
        let Ok(report) = &triggered.outcome else {
            return Vec::new();
        };
        let mut problems = Vec::new();
        for (name, wanted) in &expect.hooks {
            let mut runs = report.runs.iter();
            let found = runs.find(|run| run.record.hook == *name);
            let found = found.map(|run| shown::outcome(triggered, run));
            match found {
                Some(found) if found == *wanted => {}
                Some(found) => {
                    problems.push(format!("hook `{name}` ended `{found}`, not `{wanted}`"));
                }
                None => problems.push(format!("hook `{name}` is not bound here")),
            }
        }
        for run in &report.runs {
            let record = &run.record;
            if expect.hooks.iter().any(|(name, _)| *name == record.hook) {
                continue;
            }
            let attempt = match run.outcome() {
                RunOutcome::Queued(delivery) => triggered
                    .attempts
                    .iter()
                    .find(|attempt| attempt.delivery == *delivery)
                    .and_then(|attempt| attempt.record.as_ref()),
                _ => None,
            };
            let record = attempt.unwrap_or(record);
            if record.result == RunResultKind::Failed {
                problems.push(format!(
                    "hook `{}` failed with `{}`: {}",
                    record.hook,
                    record.outcome,
                    self.reason(record)
                ));
            }
            for dropped in &record.dropped {
                problems.push(format!(
                    "an effect of `{}` was dropped: {dropped}",
                    record.hook
                ));
            }
        }
        problems
    }

    /// Why a hook failed. Its own message names the command for a secret of this machine, which no script sees.
    fn reason(&self, record: &RunRecord) -> String {
        let hooks = &self.current.workspace.desired().hooks;
        let ungiven = (record.outcome == FailureClass::MissingSecret.as_str())
            .then(|| hooks.get(&record.hook))
            .flatten()
            .and_then(|body| secrets_to_give(body, |name| self.script.secrets.contains_key(name)));
        match ungiven {
            Some(ungiven) => format!("the script gives it no {ungiven}"),
            None => record.error.clone().unwrap_or_default(),
        }
    }
}

/// An expected value that is missing or differs.
#[derive(Debug, PartialEq)]
struct Missing {
    path: String,
    wanted: Value,
    found: Option<Value>,
}

impl Missing {
    /// Maximum length of a value that stands in a sentence.
    const SHORT: usize = 60;

    fn sentence(&self) -> String {
        let Self {
            path,
            wanted,
            found,
        } = self;
        let Some(found) = found else {
            return format!("`{path}` is missing; expected {wanted}");
        };
        let (wanted, found) = (output::pretty(wanted), output::pretty(found));
        if [&wanted, &found]
            .iter()
            .all(|text| text.len() <= Self::SHORT && !text.contains('\n'))
        {
            return format!("`{path}` is {found}, not {wanted}");
        }
        let lines = |text: String| format!("{text}\n");
        format!(
            "`{path}` differs (- expected, + found)\n{}",
            output::difference(&lines(wanted), &lines(found), false)
        )
    }
}

/// The first expected value that is missing. Objects may have more members; lists must have the same items.
fn missing(wanted: &Map<String, Value>, found: &Value, path: &str) -> Option<Missing> {
    wanted.iter().find_map(|(name, value)| {
        let path = format!("{path}.{name}");
        difference(value, found.get(name), &path)
    })
}

fn difference(wanted: &Value, found: Option<&Value>, path: &str) -> Option<Missing> {
    match (wanted, found) {
        (Value::Object(wanted), Some(found @ Value::Object(_))) => missing(wanted, found, path),
        (Value::Array(wanted), Some(Value::Array(found))) if wanted.len() == found.len() => {
            let items = wanted.iter().zip(found).enumerate();
            items.into_iter().find_map(|(index, (wanted, found))| {
                difference(wanted, Some(found), &format!("{path}[{index}]"))
            })
        }
        (Value::Null, None) => None,
        (wanted, Some(found)) if wanted == found => None,
        (wanted, found) => Some(Missing {
            path: path.to_owned(),
            wanted: wanted.clone(),
            found: found.cloned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_expected_is_included_and_lists_are_whole() {
        let found = json!({"a": {"b": 1, "c": 2}, "list": [{"id": "x", "more": 1}]});
        for (wanted, path) in [
            (json!({"a": {"b": 1}}), None),
            (json!({"list": [{"id": "x"}], "z": null}), None),
            (json!({"a": {"b": 2}}), Some("`r.a.b` is 1, not 2")),
            (
                json!({"list": []}),
                Some("`r.list` differs (- expected, + found)\n- []\n+ [\n"),
            ),
            (
                json!({"list": [{"id": "y"}]}),
                Some("`r.list[0].id` is \"x\", not \"y\""),
            ),
            (json!({"z": 1}), Some("`r.z` is missing; expected 1")),
        ] {
            let Value::Object(wanted) = wanted else {
                unreachable!()
            };
            let said = missing(&wanted, &found, "r").map(|missing| missing.sentence());
            match (&said, path) {
                (None, None) => {}
                (Some(said), Some(expected)) => assert!(said.starts_with(expected), "{said}"),
                _ => panic!("{said:?}, not {path:?}"),
            }
        }
    }
}
