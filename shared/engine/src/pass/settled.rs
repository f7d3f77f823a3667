//! What counts of a run: its own effects, or what its failure policy puts in their place.

use hookpoint_stages::Effect;
use serde_json::{Map, Value, json};

use super::{Pass, keep};
use crate::{
    binding::FailurePolicy,
    effects::{Effects, check_response},
    error_code::ErrorCode,
    plan::Planned,
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
            kept: keeps.then(|| keep(&wave.event, &Map::new(), wave.secrets, wave.confidential)),
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
