//! Mode, order and timeout of bindings.

use hookpoint_engine::{
    application::binding::{ASYNCHRONOUS_TIMEOUT, Mode, SYNCHRONOUS_TIMEOUT},
    stages::Stage,
};

use crate::{check::name, problem::Problems, raw::RawBinding};

/// The default order.
const DEFAULT_ORDER: u16 = 100;
/// The highest order; stores' keys have four digits for it.
const LAST_ORDER: u64 = 9_999;

pub(super) fn check_mode(
    raw: &RawBinding,
    stage: Stage,
    problems: &mut Problems<'_>,
) -> Option<Mode> {
    let Some(text) = &raw.mode else {
        return Some(Mode::default_for(stage));
    };
    let (mode, other) = match text.value.as_str() {
        "synchronous" => (Mode::Synchronous, "asynchronous"),
        "asynchronous" => (Mode::Asynchronous, "synchronous"),
        _ => {
            name::unknown(text, "mode", ["synchronous", "asynchronous"], problems);
            return None;
        }
    };
    if mode.is_allowed_at(stage) {
        return Some(mode);
    }
    let reason = match mode {
        Mode::Synchronous => "nothing waits for a response there",
        Mode::Asynchronous => "its response decides what happens next",
    };
    problems.push(
        text.place,
        format!("`{stage}` cannot be bound {}: {reason}", text.value),
        format!("remove `mode`; the stage is always {other}"),
    );
    None
}

pub(super) fn check_order(raw: &RawBinding, problems: &mut Problems<'_>) -> Option<u16> {
    let Some(order) = raw.order else {
        return Some(DEFAULT_ORDER);
    };
    if order.value > LAST_ORDER {
        problems.push(
            order.place,
            format!("`order` is {}; it ends at {LAST_ORDER}", order.value),
            format!("write a number from 0 to {LAST_ORDER}; equal numbers run at once"),
        );
        return None;
    }
    u16::try_from(order.value).ok()
}

pub(super) fn check_timeout(raw: &RawBinding, mode: Mode, problems: &mut Problems<'_>) {
    let Some(timeout) = raw.timeout_ms else {
        return;
    };
    let (limit, kind) = match mode {
        Mode::Synchronous => (SYNCHRONOUS_TIMEOUT, "a synchronous"),
        Mode::Asynchronous => (ASYNCHRONOUS_TIMEOUT, "an asynchronous"),
    };
    let limit = limit.as_millis();
    if timeout.value == 0 || u128::from(timeout.value) > limit {
        problems.push(
            timeout.place,
            format!(
                "`timeoutMs` is {}; {kind} binding has 1 to {limit} ms",
                timeout.value
            ),
            format!("write a number from 1 to {limit}, or remove the key"),
        );
    }
}
