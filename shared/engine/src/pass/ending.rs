//! Ends a wave: merges it, or ends the pass and seals the rest of the chain.

use hookpoint_stages::Effect;
use serde_json::{Map, Value, json};

use super::{
    Pass,
    room::{fits, members},
};
use crate::{
    confidential::HiddenFields,
    continuation::Continuation,
    event::{error_code::ErrorCode, problem::Problem},
    hook::{
        effects::Effects,
        outcome::{FailureClass, HookFailure},
        planned::Planned,
        run::HookResult,
    },
    pass::merge::Merged,
    ports::RESPONSE_LIMIT,
    record::report::{AppliedPolicy, RunOutcome},
};

/// The hooks of a wave that end the pass.
struct Ending {
    /// The indices of all hooks that try to end it.
    all: Vec<usize>,
    /// The index of the one that does: a denial if there is one, otherwise the first in the order of the chain.
    chosen: Option<usize>,
    denied: bool,
}

impl Ending {
    fn of(settled: &[HookResult]) -> Self {
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

    /// Whether a hook tried to end the pass but was not chosen. It runs again later; its effects wait until then.
    fn waits(&self, index: usize) -> bool {
        !self.denied && self.all.contains(&index) && self.chosen != Some(index)
    }

    /// The hooks that run first when the pass is resumed, in order.
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
    /// Merges the wave and decides whether it ends the pass.
    ///
    /// A veto always stands: other hooks' effects are dropped where they would make the response too large, and a
    /// suspension that cannot be sealed becomes a denial. A response without a veto that makes the total too large
    /// fails its hook; then its policy applies, and the decision is repeated. `unusable` is the problem of a hook whose
    /// fallback cannot be used: a denial or an error message takes precedence over it.
    pub(super) async fn end(
        &mut self,
        wave: &[Planned],
        rest: &[Vec<Planned>],
        settled: &mut [HookResult],
        mut unusable: Option<Problem>,
    ) -> Result<Option<Map<String, Value>>, Problem> {
        loop {
            let ending = Ending::of(settled);
            let end = ending.chosen.and_then(|index| settled[index].effects.end());
            let stops = end.is_some_and(|effect| !effect.suspends());
            if !stops && let Some(problem) = unusable.take() {
                return Err(problem);
            }
            let Some(index) = ending.chosen else {
                match self.merge(settled) {
                    Ok((merged, size_bound)) => {
                        (self.merged, self.size_bound) = (merged, size_bound);
                        return Ok(None);
                    }
                    Err(index) => unusable = self.fail(wave, settled, index),
                }
                continue;
            };
            let merged = self.merge_all(settled, &ending);
            if stops {
                let response = self.stopped(&merged, settled, index);
                self.merged = merged;
                return Ok(Some(response));
            }
            let effects = &settled[index].effects;
            let next = ending.run_next().map(|index| vec![wave[index].step()]);
            let later = rest
                .iter()
                .map(|wave| wave.iter().map(Planned::step).collect());
            let continuation = Continuation {
                waves: next.chain(later).collect(),
                merged: Merged {
                    suspended_by: Some(wave[index].binding.id.to_string()),
                    ..merged.clone()
                },
                secrets: self.secret_names.clone(),
                hidden: effects
                    .get(Effect::ProfilingSteps)
                    .map(HiddenFields::of)
                    .unwrap_or_default(),
                carried: self.confidential.carried_in(&merged.effects),
            };
            match self.suspended(&continuation, effects).await? {
                Ok(response) => {
                    self.merged = merged;
                    return Ok(Some(response));
                }
                Err(reason) => settled[index].deny_instead(&reason),
            }
        }
    }

    /// The result including a wave that ends the pass, whatever its size.
    fn merge_all(&self, settled: &[HookResult], ending: &Ending) -> Merged {
        let mut merged = self.merged.clone();
        for (index, counted) in settled.iter().enumerate() {
            if !ending.waits(index) {
                merged.add(counted.report.record.binding.as_str(), &counted.effects);
            }
        }
        merged
    }

    /// The response to an event that will be posted again, with everything so far in the token. Returns a reason when
    /// no token can be made.
    async fn suspended(
        &self,
        continuation: &Continuation,
        ending: &Effects,
    ) -> Result<Result<Map<String, Value>, String>, Problem> {
        let now = self.arrival.now;
        let keys = self.engine.continuation_keys(now).await?;
        let token = match continuation.seal(&self.application.id, self.event, &keys, now) {
            Ok(token) => token,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut response = members(ending.iter().filter(|(effect, _)| effect.suspends()));
        response.insert("continuation".to_owned(), Value::from(token));
        if fits(&response) {
            Ok(Ok(response))
        } else {
            let reason =
                format!("with its continuation, the response would exceed {RESPONSE_LIMIT} bytes");
            Ok(Err(reason))
        }
    }

    /// Turns a response that is too large into a failure. Returns a problem when no policy can be applied.
    fn fail(&self, wave: &[Planned], settled: &mut [HookResult], index: usize) -> Option<Problem> {
        let run = &mut settled[index];
        let message =
            format!("with this response, the merged one would exceed {RESPONSE_LIMIT} bytes");
        if let RunOutcome::Failed(..) = run.report.outcome() {
            run.report.apply(AppliedPolicy::Unusable);
            run.effects = Effects::default();
            let internal = format!(
                "fallback of binding `{}`: {message}",
                wave[index].binding.id
            );
            return Some(Problem::internal(ErrorCode::ConfigurationInvalid, internal));
        }
        let failure = HookFailure::new(FailureClass::TooLarge, message);
        let outcome = RunOutcome::Failed(failure, AppliedPolicy::Continued);
        run.report.end(outcome);
        self.apply_failure_policy(&wave[index], run)
    }
}

impl HookResult {
    /// Replaces a suspension by a denial, because no continuation can be made.
    pub(super) fn deny_instead(&mut self, reason: &str) {
        for effect in Effect::ALL {
            if effect.suspends() && self.effects.remove(effect).is_some() {
                self.leave_out(
                    effect,
                    format!("became a denial (`{CANNOT_SUSPEND}`): {reason}"),
                );
            }
        }
        self.effects.set(Effect::Deny, denial_of_suspension());
    }
}

/// The error of a denial that replaces a suspension.
const CANNOT_SUSPEND: &str = "cannot-suspend";

fn denial_of_suspension() -> Value {
    json!({ "error": CANNOT_SUSPEND, "description": "The request needs a further step that cannot be offered. Please contact support." })
}
