//! How a wave ends: merged into what came before, or ending the pass, with the rest of the chain sealed.

use hookpoint_stages::Effect;
use serde_json::{Map, Value};

use super::{Pass, Settled};
use crate::{
    confidential::HiddenFields,
    continuation::Continuation,
    effects::Effects,
    error_code::ErrorCode,
    merge::Merged,
    outcome::{FailureClass, HookFailure},
    plan::Planned,
    ports::RESPONSE_LIMIT,
    problem::Problem,
    report::{AppliedPolicy, RunOutcome},
    run::answer,
};

/// Which hooks of a wave end the pass.
struct Ending {
    /// All that want to, by their places in the wave.
    all: Vec<usize>,
    /// The one that does: a denial before everything, else the first in the order of the chain.
    chosen: Option<usize>,
    denied: bool,
}

impl Ending {
    fn of(settled: &[Settled]) -> Self {
        let end_of = |index: &usize| settled[*index].effects.end();
        let all: Vec<usize> = (0..settled.len())
            .filter(|index| end_of(index).is_some())
            .collect();
        let denial = all
            .iter()
            .copied()
            .find(|index| end_of(index) == Some(Effect::Deny));
        let chosen = denial.or_else(|| all.first().copied());
        Self {
            all,
            chosen,
            denied: denial.is_some(),
        }
    }

    /// A hook that wants to end the pass and is not the one that does runs again after it; its effects wait until then.
    fn waits(&self, index: usize) -> bool {
        !self.denied && self.all.contains(&index) && self.chosen != Some(index)
    }

    /// The hooks that run next when the pass is suspended, in order.
    fn run_next(&self) -> impl Iterator<Item = usize> {
        let others = self
            .all
            .iter()
            .copied()
            .filter(|index| self.chosen != Some(*index));
        self.chosen.into_iter().chain(others)
    }
}

impl Pass<'_> {
    /// Merges the wave and decides whether it ends the pass. A hook whose response makes the whole too large, or whose
    /// continuation cannot be sealed, has failed after all: its policy applies, and the decision is made again.
    pub(super) async fn end(
        &mut self,
        wave: &[Planned],
        rest: &[Vec<Planned>],
        settled: &mut [Settled],
    ) -> Result<Option<Map<String, Value>>, Problem> {
        loop {
            let ending = Ending::of(settled);
            let (merged, size_bound) = match self.merge(settled, &ending) {
                Ok(merged) => merged,
                Err(index) => {
                    self.fail(wave, settled, index, too_large())?;
                    continue;
                }
            };
            let Some(index) = ending.chosen else {
                (self.merged, self.size_bound) = (merged, size_bound);
                return Ok(None);
            };
            let effects = &settled[index].effects;
            let response = if effects.end().is_some_and(Effect::suspends) {
                let next = ending.run_next().map(|index| vec![wave[index].step()]);
                let later = rest
                    .iter()
                    .map(|wave| wave.iter().map(Planned::step).collect());
                let continuation = Continuation {
                    waves: next.chain(later).collect(),
                    merged: merged.clone(),
                    secrets: self.secret_names.clone(),
                    hidden: effects
                        .get(Effect::ProfilingSteps)
                        .map(HiddenFields::of)
                        .unwrap_or_default(),
                    told: self.confidential.told_in(&merged.effects),
                };
                self.suspended(&continuation, effects).await?
            } else {
                Ok(stopped(&merged, effects))
            };
            match response.and_then(within_limit) {
                Ok(response) => {
                    self.merged = merged;
                    return Ok(Some(response));
                }
                Err(failure) => self.fail(wave, settled, index, failure)?,
            }
        }
    }

    /// The result so far with the responses that count, or the place of the one that makes it too large.
    fn merge(&self, settled: &[Settled], ending: &Ending) -> Result<(Merged, usize), usize> {
        let (mut merged, mut size_bound) = (self.merged.clone(), self.size_bound);
        for (index, counted) in settled
            .iter()
            .enumerate()
            .filter(|(index, _)| !ending.waits(*index))
        {
            merged.add(counted.report.binding.as_str(), &counted.effects);
            size_bound += counted.size_bound;
            // Only what may be too large is written to learn its size.
            if size_bound > RESPONSE_LIMIT {
                size_bound =
                    serde_json::to_vec(&merged.effects).map_or(usize::MAX, |bytes| bytes.len());
            }
            if size_bound > RESPONSE_LIMIT && !counted.effects.is_empty() {
                return Err(index);
            }
        }
        Ok((merged, size_bound))
    }

    /// The response of an event that will be posted again: everything so far is in the token.
    async fn suspended(
        &self,
        continuation: &Continuation,
        ending: &Effects,
    ) -> Result<Result<Map<String, Value>, HookFailure>, Problem> {
        let now = self.arrival.now;
        let keys = self.engine.continuation_keys(now).await?;
        let sealed = continuation.seal(&self.application.id, self.event, &keys, now);
        Ok(sealed
            .map(|token| {
                let mut response = members(ending.iter().filter(|(effect, _)| effect.suspends()));
                response.insert("continuation".to_owned(), Value::from(token));
                response
            })
            .map_err(|error| HookFailure::new(FailureClass::BadEffect, error.to_string())))
    }

    /// Turns a settled response into a failure. Answers a problem when the hook had already failed, so that the loop above ends.
    fn fail(
        &self,
        wave: &[Planned],
        settled: &mut [Settled],
        index: usize,
        failure: HookFailure,
    ) -> Result<(), Problem> {
        let run = &mut settled[index];
        if let RunOutcome::Failed(_, applied) = &mut run.report.outcome {
            *applied = AppliedPolicy::Unusable;
            run.effects = Effects::default();
            let internal = format!(
                "fallback of binding `{}`: {failure}",
                wave[index].binding.id
            );
            return Err(Problem::internal(ErrorCode::ConfigurationInvalid, internal));
        }
        let (effects, applied, problem) = match self.apply_policy(&wave[index]) {
            Ok((effects, applied)) => (effects, applied, Ok(())),
            Err(problem) => (Effects::default(), AppliedPolicy::Unusable, Err(problem)),
        };
        run.size_bound = answer::object_bound(&effects.clone().into());
        run.effects = effects;
        run.report.outcome = RunOutcome::Failed(failure, applied);
        problem
    }
}

/// The response of a denied or corrected event. What the hooks wanted for an event that goes on has no place in it.
fn stopped(merged: &Merged, ending: &Effects) -> Map<String, Value> {
    let carried = [Effect::Context, Effect::Session];
    let carried = carried
        .into_iter()
        .filter_map(|effect| Some((effect, merged.effects.get(effect)?)));
    members(carried.chain(ending.iter().filter(|(effect, _)| effect.ends_pass())))
}

fn members<'a>(effects: impl Iterator<Item = (Effect, &'a Value)>) -> Map<String, Value> {
    effects
        .map(|(effect, value)| (effect.as_str().to_owned(), value.clone()))
        .collect()
}

fn within_limit(response: Map<String, Value>) -> Result<Map<String, Value>, HookFailure> {
    let fits = answer::object_bound(&response) <= RESPONSE_LIMIT
        || serde_json::to_vec(&response).is_ok_and(|bytes| bytes.len() <= RESPONSE_LIMIT);
    if fits { Ok(response) } else { Err(too_large()) }
}

fn too_large() -> HookFailure {
    let message = format!("with this response the merged one has more than {RESPONSE_LIMIT} bytes");
    HookFailure::new(FailureClass::TooLarge, message)
}
