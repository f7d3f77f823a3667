//! The outcome of a run: its own effects, or those of its failure policy.

use hookpoint_stages::Effect;
use serde_json::{Value, json};

use super::Pass;
use crate::{
    application::binding::FailurePolicy,
    event::{error_code::ErrorCode, problem::Problem},
    hook::{
        effects::{Dropped, Effects, check_response},
        planned::Planned,
        run::HookResult,
    },
    ports::RESPONSE_LIMIT,
    record::report::{AppliedPolicy, RunOutcome},
};

impl HookResult {
    /// Replaces a suspension by a denial, because no continuation can be made.
    pub(super) fn deny_instead(&mut self, reason: &str) {
        for effect in [Effect::Redirect, Effect::ProfilingSteps] {
            if self.effects.remove(effect).is_some() {
                self.leave_out(
                    effect,
                    format!("became a denial (`{CANNOT_SUSPEND}`): {reason}"),
                );
            }
        }
        self.effects.set(Effect::Deny, denial_of_suspension());
    }

    /// Keeps the rejection of a password and drops the rest of the response.
    pub(super) fn keep_refusal(&mut self) {
        let mut kept = Effects::default();
        for (effect, value) in std::mem::take(&mut self.effects).iter() {
            if effect == Effect::Password {
                kept.set(effect, value.clone());
            } else {
                let reason = format!(
                    "was dropped: with it, the merged response would exceed {RESPONSE_LIMIT} bytes"
                );
                self.leave_out(effect, reason);
            }
        }
        self.replace_effects(kept);
    }

    fn leave_out(&mut self, effect: Effect, reason: String) {
        self.report.record.dropped.push(Dropped {
            path: effect.as_str().to_owned(),
            reason,
        });
    }
}

impl Pass<'_> {
    /// Applies the failure policy of a failed run. Returns a problem if the policy's fallback cannot be used; the run
    /// is recorded either way.
    pub(super) fn settle(&self, planned: &Planned, result: &mut HookResult) -> Option<Problem> {
        if !matches!(result.report.outcome(), RunOutcome::Failed(..)) {
            return None;
        }
        let (effects, applied, problem) = match self.apply_policy(planned) {
            Ok((effects, applied)) => (effects, applied, None),
            Err(problem) => (Effects::default(), AppliedPolicy::Unusable, Some(problem)),
        };
        result.replace_effects(effects);
        result.report.apply(applied);
        problem
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
}

/// Hides the cause of the failure from the host.
fn denial_of_failure() -> Value {
    json!({ "error": "hook_failed", "description": "The request could not be checked. Please try again later." })
}

/// The error of a denial that replaces a suspension.
const CANNOT_SUSPEND: &str = "cannot-suspend";

fn denial_of_suspension() -> Value {
    json!({ "error": CANNOT_SUSPEND, "description": "The request needs a further step that cannot be offered. Please contact support." })
}
