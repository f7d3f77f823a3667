//! The failure policy of a failed run.

use hookpoint_stages::Effect;
use serde_json::{Value, json};

use super::Pass;
use crate::{
    application::binding::FailurePolicy,
    event::{error_code::ErrorCode, problem::Problem},
    hook::{
        effects::{Effects, check_response},
        planned::Planned,
        run::HookResult,
    },
    record::report::{AppliedPolicy, RunOutcome},
};

impl Pass<'_> {
    /// Applies the failure policy of a failed run. Returns a problem if the policy's fallback cannot be used; the run
    /// is recorded either way.
    pub(super) fn apply_failure_policy(
        &self,
        planned: &Planned,
        result: &mut HookResult,
    ) -> Option<Problem> {
        if !matches!(result.report.outcome(), RunOutcome::Failed(..)) {
            return None;
        }
        let (effects, applied, problem) = match self.of_policy(planned) {
            Ok((effects, applied)) => (effects, applied, None),
            Err(problem) => (Effects::default(), AppliedPolicy::Unusable, Some(problem)),
        };
        result.replace_effects(effects);
        result.report.apply(applied);
        problem
    }

    fn of_policy(&self, planned: &Planned) -> Result<(Effects, AppliedPolicy), Problem> {
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
