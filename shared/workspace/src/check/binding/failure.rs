//! Failure policies of bindings.

use hookpoint_engine::{
    application::binding::{FailurePolicy, Mode},
    stages::{Effect, Stage},
};

use crate::{
    check::response::Response,
    files::Files,
    problem::Problems,
    raw::{RawBinding, RawFailure},
};

pub(super) fn check(
    raw: &RawBinding,
    stage: Stage,
    mode: Mode,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<FailurePolicy> {
    let Some(failure) = &raw.failure else {
        return Some(match mode {
            Mode::Synchronous => FailurePolicy::default_for(stage),
            // No caller waits, so nothing can be denied.
            Mode::Asynchronous => FailurePolicy::Continue,
        });
    };
    if mode == Mode::Asynchronous {
        problems.push(
            failure.place,
            "`failure` has no effect on an asynchronous binding",
            "remove it: the event does not wait for the hook, and a failed delivery is retried",
        );
        return None;
    }
    match &failure.value {
        RawFailure::Continue => Some(FailurePolicy::Continue),
        RawFailure::Deny if stage.effects().contains(Effect::Deny) => Some(FailurePolicy::Deny),
        RawFailure::Deny => {
            problems.push(
                failure.place,
                format!("nothing can be denied at `{stage}`"),
                "write `continue`, or a `fallback` with a response that the stage accepts",
            );
            None
        }
        RawFailure::Fallback(raw) => {
            let response = Response::read(raw, files, problems)?;
            response.check_at(stage, "the fallback", problems);
            Some(FailurePolicy::Fallback(response.members()))
        }
    }
}
