//! One pass: wave by wave, merged in order, until the chain or its first veto ends it.

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;

use futures::future::join_all;
use hookpoint_stages::Effect;
use serde_json::{Map, Value, json};

use crate::{
    application::Application,
    binding::FailurePolicy,
    continuation::Continuation,
    deadline::Deadline,
    effects::{Effects, check_response},
    engine::{Arrival, Engine},
    error_code::ErrorCode,
    event::Event,
    hook::Implementation,
    identifier::SecretName,
    merge::Merged,
    outcome::{FailureClass, HookFailure},
    plan::{self, Plan, Planned},
    ports::RESPONSE_LIMIT,
    problem::Problem,
    report::{AppliedPolicy, PassReport, RunOutcome, RunReport},
    run::{RunResult, Wave},
    secret::Secret,
};

/// Runs the synchronous hooks of an event and merges what they say.
pub(crate) async fn run(
    engine: &Engine,
    application: &Application,
    event: &Event,
    arrival: &Arrival,
    deadline: Deadline,
) -> Result<PassReport, Problem> {
    let (plan, merged, resumed) = match event.continuation() {
        None => (
            plan::fresh(engine, application, event, arrival.now).await?,
            Merged::default(),
            false,
        ),
        Some(token) => {
            let keys = engine.continuation_keys(arrival.now).await?;
            let continuation =
                Continuation::open(token, &application.id, event, &keys, arrival.now)?;
            let plan =
                plan::resumed(engine, application, event, &continuation, arrival.now).await?;
            (plan, continuation.merged, true)
        }
    };
    let secrets = load_secrets(engine, application, &plan, arrival).await;
    let mut pass = Pass {
        engine,
        application,
        event,
        arrival,
        deadline,
        merged,
        runs: plan.skipped,
    };
    let mut waves = plan.waves.into_iter();
    let mut first = true;
    let mut response = None;
    while let Some(wave) = waves.next() {
        let rest = waves.as_slice();
        if let Some(end) = pass
            .run_wave(&wave, rest, &secrets, resumed && first)
            .await?
        {
            response = Some(end);
            break;
        }
        first = false;
    }
    pass.runs
        .extend(waves.flatten().map(|planned| planned.not_reached()));
    let response = response.unwrap_or_else(|| pass.merged.effects.clone().into());
    Ok(PassReport {
        response,
        runs: pass.runs,
        conflicts: pass.merged.conflicts,
    })
}

type Secrets = Result<HashMap<SecretName, Secret>, String>;

/// Only the secrets that the plan names, in one request, and none when it names none.
async fn load_secrets(
    engine: &Engine,
    application: &Application,
    plan: &Plan,
    arrival: &Arrival,
) -> Secrets {
    let names = plan.secret_names();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    engine
        .sources
        .secrets(&application.id, &names, arrival.now)
        .await
        .map_err(|error| error.to_string())
}

struct Pass<'a> {
    engine: &'a Engine,
    application: &'a Application,
    event: &'a Event,
    arrival: &'a Arrival,
    deadline: Deadline,
    merged: Merged,
    runs: Vec<RunReport>,
}

/// A hook of a wave after its run: what counts of it, and how it is reported.
struct Settled {
    effects: Effects,
    report: RunReport,
}

impl Pass<'_> {
    /// Runs a wave and merges it. Answers the response when the pass ends here.
    async fn run_wave(
        &mut self,
        wave: &[Planned],
        rest: &[Vec<Planned>],
        secrets: &Secrets,
        resumed: bool,
    ) -> Result<Option<Map<String, Value>>, Problem> {
        let results = {
            let wave_context = self.wave_context(wave, secrets, resumed);
            join_all(wave.iter().map(|planned| wave_context.run(planned))).await
        };
        let mut settled = Vec::with_capacity(wave.len());
        for (planned, result) in wave.iter().zip(results) {
            settled.push(self.settle(planned, result)?);
        }
        let end = self.end(wave, rest, &mut settled).await?;
        self.runs
            .extend(settled.into_iter().map(|settled| settled.report));
        Ok(end)
    }

    fn wave_context<'b>(
        &'b self,
        wave: &[Planned],
        secrets: &'b Secrets,
        resumed: bool,
    ) -> Wave<'b> {
        let needs_event = wave
            .iter()
            .any(|planned| !matches!(planned.hook.body.implementation, Implementation::Static(_)));
        let event = if needs_event {
            self.event.seen_with(&self.merged.effects, resumed)
        } else {
            Map::new()
        };
        let needs_body = wave
            .iter()
            .any(|planned| matches!(planned.hook.body.implementation, Implementation::Webhook(_)));
        // Serialising JSON values into memory cannot fail.
        let body = if needs_body {
            serde_json::to_vec(&event).unwrap_or_default()
        } else {
            Vec::new()
        };
        Wave {
            engine: self.engine,
            application: self.application,
            stage: self.event.stage(),
            arrival: self.arrival,
            event,
            body,
            secrets,
            deadline: self.deadline,
        }
    }

    /// Takes a run's result, or what its failure policy puts in its place.
    fn settle(&self, planned: &Planned, result: RunResult) -> Result<Settled, Problem> {
        let mut report = RunReport {
            binding: planned.binding.id.clone(),
            target: planned.binding.target.clone(),
            hook: planned.hook.name.clone(),
            version: planned.hook.version,
            kind: Some(planned.hook.body.implementation.kind()),
            outcome: RunOutcome::Ok,
            duration: result.duration,
            dropped: Vec::new(),
            log: result.log,
        };
        let response = result.response.and_then(|checked| {
            if result.size > RESPONSE_LIMIT {
                let message = format!(
                    "the response has {} bytes, at most {RESPONSE_LIMIT} are allowed",
                    result.size
                );
                return Err(HookFailure::new(FailureClass::TooLarge, message));
            }
            Ok(checked)
        });
        match response {
            Ok(checked) => {
                report.dropped = checked.dropped;
                Ok(Settled {
                    effects: checked.effects,
                    report,
                })
            }
            Err(failure) => {
                let (effects, applied) = self.apply_policy(planned)?;
                report.outcome = RunOutcome::Failed(failure, applied);
                Ok(Settled { effects, report })
            }
        }
    }

    fn apply_policy(&self, planned: &Planned) -> Result<(Effects, AppliedPolicy), Problem> {
        match &planned.binding.failure {
            FailurePolicy::Continue => Ok((Effects::default(), AppliedPolicy::Continued)),
            FailurePolicy::Deny => {
                let mut effects = Effects::default();
                effects.set(Effect::Deny, denial_of_failure());
                Ok((effects, AppliedPolicy::Denied))
            }
            FailurePolicy::Fallback(response) => {
                let checked = check_response(self.event.stage(), response).map_err(|veto| {
                    let internal = format!("fallback of binding `{}`: {veto}", planned.binding.id);
                    Problem::internal(ErrorCode::ConfigurationInvalid, internal)
                })?;
                Ok((checked.effects, AppliedPolicy::FellBack))
            }
        }
    }

    /// Merges the wave and decides whether it ends the pass. A hook whose response makes the merged one too large, or whose
    /// continuation cannot be sealed, has failed after all: its policy applies, and the decision is made again.
    async fn end(
        &mut self,
        wave: &[Planned],
        rest: &[Vec<Planned>],
        settled: &mut [Settled],
    ) -> Result<Option<Map<String, Value>>, Problem> {
        loop {
            let ended: Vec<usize> = (0..settled.len())
                .filter(|&index| settled[index].effects.end().is_some())
                .collect();
            let denied = ended
                .iter()
                .copied()
                .find(|&index| settled[index].effects.end() == Some(Effect::Deny));
            let ending = denied.or_else(|| ended.first().copied());
            // A hook that wants to end the pass and is not the one that does will run again after it; its effects wait until then.
            let waits =
                |index: &usize| denied.is_none() && ended.contains(index) && ending != Some(*index);
            let counted: Vec<usize> = (0..settled.len()).filter(|index| !waits(index)).collect();
            let merged = match self.merge(settled, &counted) {
                Ok(merged) => merged,
                Err(index) => {
                    let message = format!(
                        "with this response the merged one has more than {RESPONSE_LIMIT} bytes"
                    );
                    self.fail(
                        wave,
                        settled,
                        index,
                        HookFailure::new(FailureClass::TooLarge, message),
                    )?;
                    continue;
                }
            };
            let Some(index) = ending else {
                self.merged = merged;
                return Ok(None);
            };
            let suspends = settled[index].effects.end().is_some_and(Effect::suspends);
            if !suspends {
                self.merged = merged;
                return Ok(Some(self.final_response(&settled[index].effects)));
            }
            let order =
                std::iter::once(index).chain(ended.iter().copied().filter(|&other| other != index));
            let left = order.map(|index| vec![wave[index].step()]);
            let waves = left
                .chain(
                    rest.iter()
                        .map(|wave| wave.iter().map(Planned::step).collect()),
                )
                .collect();
            let continuation = Continuation { waves, merged };
            let keys = self.engine.continuation_keys(self.arrival.now).await?;
            match continuation.seal(&self.application.id, self.event, &keys, self.arrival.now) {
                Ok(token) => {
                    self.merged = continuation.merged;
                    return Ok(Some(suspended_response(&settled[index].effects, token)));
                }
                Err(error) => self.fail(
                    wave,
                    settled,
                    index,
                    HookFailure::new(FailureClass::BadEffect, error.to_string()),
                )?,
            }
        }
    }

    /// Turns a settled response into a failure. Answers a problem when the hook had already failed, so that the loop above ends.
    fn fail(
        &self,
        wave: &[Planned],
        settled: &mut [Settled],
        index: usize,
        failure: HookFailure,
    ) -> Result<(), Problem> {
        if matches!(settled[index].report.outcome, RunOutcome::Failed(..)) {
            let internal = format!(
                "fallback of binding `{}`: {failure}",
                wave[index].binding.id
            );
            return Err(Problem::internal(ErrorCode::ConfigurationInvalid, internal));
        }
        let (effects, applied) = self.apply_policy(&wave[index])?;
        settled[index].effects = effects;
        settled[index].report.outcome = RunOutcome::Failed(failure, applied);
        Ok(())
    }

    /// The result so far with the counted responses, or the one that makes it too large.
    fn merge(&self, settled: &[Settled], counted: &[usize]) -> Result<Merged, usize> {
        let mut merged = self.merged.clone();
        for &index in counted {
            let Settled { effects, report } = &settled[index];
            merged.add(report.binding.as_str(), effects);
            let size = serde_json::to_vec(&merged.effects).map_or(usize::MAX, |bytes| bytes.len());
            if !effects.is_empty() && size > RESPONSE_LIMIT {
                return Err(index);
            }
        }
        Ok(merged)
    }

    /// The response of a denied or corrected event. What the hooks wanted for an event that goes on has no place in it.
    fn final_response(&self, ending: &Effects) -> Map<String, Value> {
        let mut response = Map::new();
        for effect in [Effect::Context, Effect::Session] {
            if let Some(value) = self.merged.effects.get(effect) {
                response.insert(effect.as_str().to_owned(), value.clone());
            }
        }
        for (effect, value) in ending.iter().filter(|(effect, _)| effect.ends_pass()) {
            response.insert(effect.as_str().to_owned(), value.clone());
        }
        response
    }
}

/// The response of an event that will be posted again: everything so far is in the token.
fn suspended_response(ending: &Effects, token: String) -> Map<String, Value> {
    let mut response: Map<String, Value> = ending
        .iter()
        .filter(|(effect, _)| effect.suspends())
        .map(|(effect, value)| (effect.as_str().to_owned(), value.clone()))
        .collect();
    response.insert("continuation".to_owned(), Value::from(token));
    response
}

/// What the host is told when a hook's failure denies the event: nothing of the cause.
fn denial_of_failure() -> Value {
    json!({ "error": "hook_failed", "description": "The request could not be checked. Please try again later." })
}
