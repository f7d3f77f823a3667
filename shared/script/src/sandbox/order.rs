//! What a child is told: the frames that start its work.

use std::time::Duration;

use hookpoint_engine::{hook::ScriptHook, ports::ScriptCall};

use crate::{
    frame,
    message::{Form, HookHeader, RUN, RunHeader, SourceHeader},
    process::monotonic_nanoseconds,
};

/// The child gives up this much before its deadline, so that it can still say where it was; less for short runs.
const REPORT_TIME: Duration = Duration::from_millis(10);

/// A source to compile: ahead of its run, or to find its faults.
pub(super) fn source(kind: u8, file: Option<&str>, source: &str) -> Vec<u8> {
    let header = SourceHeader {
        form: Form::of_file(file),
    };
    frame::encode(kind, &json(&header), &[source.as_bytes()])
}

/// The run itself as a frame.
pub(super) fn run(call: &ScriptCall<'_>, script: &ScriptHook, primed: bool) -> Vec<u8> {
    let source = if primed { "" } else { script.source.as_str() };
    let left = call.deadline.remaining();
    let now = monotonic_nanoseconds();
    let at = |duration: Duration| {
        now.saturating_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    };
    let header = RunHeader {
        source_length: source.len(),
        form: Form::of_file(script.file.as_deref()),
        deadline: at(left.saturating_sub(REPORT_TIME.min(left / 10))),
        end: at(left),
        hook: HookHeader {
            name: call.hook.name.to_string(),
            version: call.hook.version,
            stage: call.stage.to_string(),
            correlation_id: call.correlation_id.to_owned(),
            variables: call.variables.clone(),
            secrets: call
                .secrets
                .iter()
                .map(|(name, secret)| (name.to_string(), secret.expose().to_owned()))
                .collect(),
        },
    };
    frame::encode(RUN, &json(&header), &[source.as_bytes(), &json(call.event)])
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    // Strings, numbers and JSON values always serialise.
    serde_json::to_vec(value).unwrap_or_default()
}
