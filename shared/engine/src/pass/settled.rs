//! What counts of a run: its own effects, or what its failure policy puts in their place.

use hookpoint_stages::Effect;
use serde_json::{Map, Value, json};

use super::Pass;
use crate::{
    binding::FailurePolicy,
    effects::{Dropped, Effects, check_response},
    error_code::ErrorCode,
    plan::Planned,
    ports::RESPONSE_LIMIT,
    problem::Problem,
    report::{AppliedPolicy, RunOutcome, RunReport},
    run::{RunResult, Wave, answer},
};

/// A hook of a wave after its run: what counts of it, and how it is reported.
pub(super) struct Settled {
    pub(super) effects: Effects,
    /// An upper bound of the size of the effects as JSON, in bytes.
    pub(super) size_bound: usize,
    pub(super) report: RunReport,
}

impl Settled {
    /// Puts a denial in the place of a suspension for which no continuation can be made.
    pub(super) fn deny_instead(&mut self, reason: &str) {
        for effect in [Effect::Redirect, Effect::ProfilingSteps] {
            if self.effects.remove(effect).is_some() {
                self.report.dropped.push(Dropped {
                    path: effect.as_str().to_owned(),
                    reason: format!("became a denial (`{CANNOT_SUSPEND}`): {reason}"),
                });
            }
        }
        self.effects.set(Effect::Deny, denial_of_suspension());
    }

    /// Keeps the refusal of a password and leaves out the rest of the response.
    pub(super) fn keep_refusal(&mut self) {
        let mut kept = Effects::default();
        for (effect, value) in std::mem::take(&mut self.effects).iter() {
            if effect == Effect::Password {
                kept.set(effect, value.clone());
            } else {
                self.report.dropped.push(Dropped {
                    path: effect.as_str().to_owned(),
                    reason: format!(
                        "is left out: with it the merged response has more than {RESPONSE_LIMIT} bytes"
                    ),
                });
            }
        }
        self.size_bound = answer::object_bound(&kept.clone().into());
        self.effects = kept;
    }
}

impl Pass<'_> {
    /// Takes a run's result, or what its failure policy puts in its place. Where that cannot be used, the event comes to a problem; the run is on
    /// record all the same.
    pub(super) fn settle(
        &self,
        planned: &Planned,
        result: RunResult,
        wave: &Wave<'_>,
    ) -> (Settled, Option<Problem>) {
        let keeps = self.application.keep_events;
        let mut report = RunReport {
            duration: result.duration,
            status: result.status,
            log: result.log,
            event_bytes: wave.body.len(),
            response_bytes: result.size_bound,
            kept: keeps.then(|| wave.kept(Map::new())),
            ..planned.report(result.started)
        };
        match result.response {
            Ok(checked) => {
                report.dropped = checked.dropped;
                let settled = Settled {
                    effects: checked.effects,
                    size_bound: result.size_bound,
                    report,
                };
                (settled, None)
            }
            Err(failure) => {
                let (effects, applied, problem) = match self.apply_policy(planned) {
                    Ok((effects, applied)) => (effects, applied, None),
                    Err(problem) => {
                        let applied = AppliedPolicy::Unusable;
                        (Effects::default(), applied, Some(problem))
                    }
                };
                report.outcome = RunOutcome::Failed(failure, applied);
                let size_bound = answer::size_bound(&Value::Object(effects.clone().into()));
                let settled = Settled {
                    effects,
                    size_bound,
                    report,
                };
                (settled, problem)
            }
        }
    }

    pub(super) fn apply_policy(
        &self,
        planned: &Planned,
    ) -> Result<(Effects, AppliedPolicy), Problem> {
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
}

/// What the host is told when a hook's failure denies the event: nothing of the cause.
fn denial_of_failure() -> Value {
    json!({ "error": "hook_failed", "description": "The request could not be checked. Please try again later." })
}

/// The error of a denial that stands for a suspension without a continuation.
const CANNOT_SUSPEND: &str = "cannot-suspend";

fn denial_of_suspension() -> Value {
    json!({ "error": CANNOT_SUSPEND, "description": "The request needs a further step that cannot be offered. Please contact support." })
}
