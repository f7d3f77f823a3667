//! Runs one case and compares the result with the expectation.

use std::{collections::HashMap, fs, path::Path, sync::Arc, time::SystemTime};

use anyhow::{Context as _, bail};
use hookpoint_engine::{
    confidential::secret::Secret,
    event::ingest::new_correlation_id,
    hook::{HookBody, outcome::FailureClass},
    identifier::{HookName, SecretName},
    record::report::{RunOutcome, RunReport},
};
use hookpoint_operator::{GivenSecrets, Place, Served, Trials, Tryout};
use hookpoint_stages::Stage;
use hookpoint_workspace::{Case, Expectation, Workspace};
use serde_json::{Map, Value, json};

use crate::{
    commands::{poster::missing, trigger::body::event},
    output, tree,
};

/// The problem of a case without an expectation.
pub(super) const NOTHING_EXPECTED: &str =
    "the case expects nothing; `hookpoint test --update` writes the result";

/// A case that was run.
pub(crate) struct Ran {
    stage: Stage,
    report: RunReport,
    said: String,
    /// What is wrong besides the expectation: requests and dropped effects.
    pub(super) other: Vec<String>,
    /// What has no effect.
    pub(super) remarks: Vec<String>,
}

/// Runs a case in the real sandbox; requests are served from it.
pub(crate) async fn run_case(case: &Case, workspace: &Workspace) -> anyhow::Result<Ran> {
    let desired = workspace.desired();
    let Some(body) = desired.hooks.get(&case.hook) else {
        bail!(
            "the workspace has no hook `{}` (it has: {})",
            case.hook,
            names(desired.hooks.keys())
        );
    };
    let stage = stage_of(case, workspace)?;
    let event_text = Value::Object(case.event_at(stage)).to_string();
    let event = event(stage, event_text.as_bytes()).context("the event of the case")?;
    let place = Place::find(desired, &case.hook, stage, case.application.as_ref());
    let place = place.ok_or_else(|| {
        let (family, needing) = (stage.definition().family, format!("`{stage}`"));
        missing(workspace, case.application.as_ref(), family, &needing)
    })?;
    let secrets: HashMap<_, _> = case
        .secrets
        .iter()
        .map(|(name, value)| (name.clone(), Secret::new(value.clone())))
        .collect();
    let served = Arc::new(Served::new(case.requests.clone()));
    let policy = workspace.local().egress();
    let trials = match case.time {
        Some(_) => Trials::served_at_a_time(&served, policy),
        None => Trials::served(&served, policy),
    };
    let correlation_id = case.correlation_id.clone();
    let report = trials
        .run(Tryout {
            name: &case.hook,
            body: Arc::clone(body),
            stage,
            event: event.body(),
            place: place.with_own_secrets(),
            variables: &case.variables,
            secrets: Arc::new(GivenSecrets(secrets)),
            now: case.time.unwrap_or_else(SystemTime::now),
            correlation_id: &correlation_id.unwrap_or_else(new_correlation_id),
        })
        .await;
    let dropped = report.record.dropped.iter();
    let other = dropped
        .map(|dropped| format!("an effect was dropped: {dropped}"))
        .chain(served.problems())
        .chain(ungiven(case, body))
        .collect();
    let message = message(&report);
    let said = workspace
        .placed(&case.hook, output::unnamed(message))
        .into_owned();
    Ok(Ran {
        stage,
        report,
        said,
        other,
        remarks: superfluous(case, body),
    })
}

/// The secrets of a case that the hook does not get.
fn superfluous(case: &Case, body: &HookBody) -> Vec<String> {
    let remedy = match body.implementation.as_script() {
        Some(_) => "list it under the hook's `secrets`, or remove it",
        None => "remove it, or name it in the webhook",
    };
    let names = case.secrets.keys();
    names
        .filter(|name| !body.secrets.contains(*name))
        .map(|name| format!("the hook does not get the secret `{name}`: {remedy}"))
        .collect()
}

/// The secrets that the hook needs and the case does not have, unless it is about that.
fn ungiven(case: &Case, body: &HookBody) -> Option<String> {
    if case.expect.outcome.as_deref() == Some(FailureClass::MissingSecret.as_str()) {
        return None;
    }
    let ungiven = secrets_to_give(body, |name| case.secrets.contains_key(name))?;
    Some(format!("the case gives the hook no {ungiven}"))
}

/// The entry with the secrets that the hook needs and a case or script does not give it.
pub(crate) fn secrets_to_give(
    body: &HookBody,
    is_given: impl Fn(&SecretName) -> bool,
) -> Option<String> {
    let ungiven = body.needed_secrets().filter(|name| !is_given(name));
    let ungiven: Vec<_> = ungiven.map(|name| format!("{name}: …")).collect();
    let entry = ungiven.join(", ");
    (!ungiven.is_empty()).then(|| format!("`secrets: {{ {entry} }}`; any value does"))
}

/// The stage of a case, or that of the hook's only binding.
fn stage_of(case: &Case, workspace: &Workspace) -> anyhow::Result<Stage> {
    if let Some(stage) = case.stage {
        return Ok(stage);
    }
    let bindings = workspace.desired().bindings.iter();
    let mut stages: Vec<Stage> = bindings
        .filter(|binding| binding.hook == case.hook)
        .map(|binding| binding.stage)
        .collect();
    stages.sort_by_key(|stage| stage.id());
    stages.dedup();
    match stages[..] {
        [stage] => Ok(stage),
        [] => bail!(
            "hook `{}` is bound nowhere; add `stage: …` to the case",
            case.hook
        ),
        _ => bail!(
            "hook `{}` is bound at {}; add `stage: …` to the case",
            case.hook,
            stages
                .iter()
                .map(|stage| stage.id())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

fn names<'a>(names: impl Iterator<Item = &'a HookName>) -> String {
    names.map(HookName::as_str).collect::<Vec<_>>().join(", ")
}

/// Why a run failed; empty if it did not.
fn message(report: &RunReport) -> &str {
    match report.outcome() {
        RunOutcome::Failed(failure, _) => &failure.message,
        _ => "",
    }
}

impl Ran {
    fn outcome(&self) -> &str {
        self.report.outcome().as_str()
    }

    /// Why it failed, for people; empty if it did not.
    fn said(&self) -> &str {
        &self.said
    }

    /// The stage that it ran at.
    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// What it returned.
    pub(crate) fn response(&self) -> Map<String, Value> {
        let kept = self.report.record.kept.as_ref();
        kept.map(|kept| kept.response.clone()).unwrap_or_default()
    }

    /// Whether the hook failed where the case expects a response.
    pub(super) fn fails_unexpectedly(&self, expect: &Expectation) -> bool {
        expect.is_written
            && expect
                .outcome
                .as_deref()
                .is_none_or(|wanted| wanted == "ok")
            && !matches!(self.report.outcome(), RunOutcome::Ok)
    }

    /// Deviations from the expectation.
    pub(crate) fn problems(&self, expect: &Expectation) -> Vec<String> {
        let mut problems = self.other.clone();
        if !expect.is_written {
            problems.push(NOTHING_EXPECTED.to_owned());
        }
        let wanted = expect.outcome.as_deref().unwrap_or("ok");
        if wanted != self.outcome() {
            problems.push(format!(
                "expected outcome {wanted}, but it is {}{}{}",
                self.outcome(),
                if self.said().is_empty() { "" } else { ": " },
                self.said()
            ));
            return problems;
        }
        if let Some(part) = &expect.error
            && !message(&self.report).contains(part)
        {
            problems.push(format!(
                "the error lacks a part (- expected, + returned)\n- {part}\n+ {}",
                self.said()
            ));
        }
        if let Some(response) = &expect.response {
            let (before, after) = (
                output::comparable(response),
                output::comparable(&self.response()),
            );
            if before != after {
                problems.push(format!(
                    "the response differs (- expected, + returned)\n{}",
                    output::difference(&before, &after, false)
                ));
            }
        }
        if let Some(log) = &expect.log
            && *log != self.report.record.log
        {
            problems.push(format!(
                "the log differs (- expected, + written)\n{}",
                output::difference_of_texts(log, &self.report.record.log)
            ));
        }
        problems
    }

    /// Replaces the expectation in the file of the case. Everything else in it stays, comments too.
    pub(super) fn write_to(&self, path: &Path, expect: &Expectation) -> anyhow::Result<()> {
        let name = path.display().to_string();
        let failed = || format!("failed to update `{name}`");
        let text = fs::read_to_string(path).with_context(failed)?;
        let edited = Case::expecting(&text, &name, &self.expectation(expect)).map_err(|error| {
            anyhow::anyhow!("failed to update `{name}`: {error}; write it by hand")
        })?;
        tree::replace(path, &edited).with_context(failed)
    }

    /// The expectation that this run meets.
    fn expectation(&self, expect: &Expectation) -> Map<String, Value> {
        let mut members = Map::new();
        if let RunOutcome::Ok = self.report.outcome() {
            members.insert("response".to_owned(), Value::Object(self.response()));
        } else {
            members.insert("outcome".to_owned(), self.outcome().into());
            if expect.error.is_some() {
                let first = self.said().lines().next().unwrap_or_default();
                members.insert("error".to_owned(), first.into());
            }
        }
        let log = &self.report.record.log;
        // The next run may write another log: only one that is expected is part of the case.
        if expect.log.is_some() || !expect.is_written && !log.is_empty() {
            members.insert("log".to_owned(), json!(log));
        }
        members
    }
}
