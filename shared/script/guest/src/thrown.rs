//! Reads failures from thrown values. Values are the script's: reading them may run its code and fail again.

use std::fmt::Write as _;

use hookpoint_script_protocol::{
    Failure, FailureKind, Frame, MESSAGE_LIMIT, NO_ITERATOR, NO_OBJECT, NOT_DESTRUCTURED,
    NOT_ITERABLE,
};
use rquickjs::{Array, Ctx, Error, Object, Value};

use super::{
    cut::truncate,
    frames::{begins_in_script, frames, is_of_json},
    host::Host,
    property::{beginning, property},
    stack::stack_of,
};

/// Maximum length of a chain of causes in a message.
const DEPTH: usize = 3;
/// Maximum number of the errors of an `AggregateError` in its message.
const SHOWN: usize = 3;
/// Maximum number of an error's classes whose constructors are left out.
const CLASSES: usize = 8;

/// A failure without a place; cuts a long message.
pub(crate) fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    let mut message = message.into();
    truncate(&mut message, MESSAGE_LIMIT);
    Failure {
        kind,
        message,
        frames: Vec::new(),
        rejections: Vec::new(),
    }
}

pub(crate) fn not_utf8() -> Failure {
    failure(FailureKind::Syntax, "the source is not UTF-8")
}

pub(crate) fn contains_nul(source: &str) -> Failure {
    let before = source.split('\0').next().unwrap_or_default();
    let lines = before.split('\n').count();
    Failure {
        frames: vec![Frame {
            function: String::new(),
            line: u32::try_from(lines).unwrap_or(u32::MAX),
            column: 0,
        }],
        ..failure(FailureKind::Syntax, "the source contains a NUL character")
    }
}

/// As [`engine_failure`], but errors count as syntax errors.
pub(crate) fn compile_failure(ctx: &Ctx<'_>, host: &Host, error: &Error) -> Failure {
    let mut failure = engine_failure(ctx, host, error);
    if failure.kind == FailureKind::Threw {
        failure.kind = FailureKind::Syntax;
    }
    failure
}

/// Converts the error of an engine call; takes its exception.
pub(crate) fn engine_failure(ctx: &Ctx<'_>, host: &Host, error: &Error) -> Failure {
    match error {
        Error::Exception => describe(ctx, host, &ctx.catch()),
        Error::Allocation => failure(FailureKind::Memory, "out of memory"),
        other => failure(FailureKind::Threw, other.to_string()),
    }
}

/// Classifies and describes a thrown value.
pub(crate) fn describe<'js>(ctx: &Ctx<'js>, host: &Host, thrown: &Value<'js>) -> Failure {
    let name = property(ctx, thrown, "name");
    let message = property(ctx, thrown, "message");
    // Before the question whether time is over, which a getter may have used up.
    let stack = stack_of(ctx, thrown);
    let kind = if host.was_interrupted() || thrown.is_uncatchable_error() {
        FailureKind::Timeout
    } else if is_out_of_memory(name.as_deref(), message.as_deref())
        || (thrown.is_null() && host.was_memory_full())
    {
        FailureKind::Memory
    } else if name.as_deref() == Some("RangeError")
        && message.as_deref() == Some("Maximum call stack size exceeded")
    {
        FailureKind::Stack
    } else {
        FailureKind::Threw
    };
    let text = match kind {
        FailureKind::Timeout => "still running".to_owned(),
        FailureKind::Memory => "out of memory".to_owned(),
        _ if stack.as_deref().is_some_and(is_of_json) => {
            let message = message.map(|message| format!("the text is not JSON: {message}"));
            words(thrown, name, message)
        }
        _ if stack.as_deref().is_some_and(begins_in_script) => {
            let message = message.map(|message| of_pattern(&message).unwrap_or(message));
            words(thrown, name, message)
        }
        _ => words(thrown, name, message),
    };
    let text = match kind {
        FailureKind::Threw => text + &causes(ctx, thrown, DEPTH),
        _ => text,
    };
    let mut frames = stack.as_deref().map(frames).unwrap_or_default();
    leave_out_constructors(ctx, thrown, &mut frames);
    Failure {
        frames,
        ..failure(kind, text)
    }
}

/// The causes of an error, and the errors of an `AggregateError`, to append to its message.
fn causes<'js>(ctx: &Ctx<'js>, thrown: &Value<'js>, depth: usize) -> String {
    let Some(object) = thrown
        .as_object()
        .filter(|_| depth > 0 && thrown.is_error())
    else {
        return String::new();
    };
    let said = |value: Value<'js>| {
        let [name, message] = ["name", "message"].map(|name| property(ctx, &value, name));
        let said = words(&value, name, message);
        // It was not thrown itself.
        let said = said.strip_prefix("threw ").unwrap_or(&said);
        format!("{said}{}", causes(ctx, &value, depth - 1))
    };
    let mut text = String::new();
    match object.get::<_, Value<'js>>("cause") {
        Ok(cause) if cause.is_undefined() || cause.is_null() => {}
        Ok(cause) => text = format!("; caused by {}", said(cause)),
        Err(_) => drop(ctx.catch()),
    }
    if property(ctx, thrown, "name").as_deref() != Some("AggregateError") {
        return text;
    }
    let errors = object.get::<_, Option<Array<'js>>>("errors");
    let errors = errors.unwrap_or_else(|_| {
        ctx.catch();
        None
    });
    for index in 0..errors.as_ref().map_or(0, Array::len).min(SHOWN) {
        match errors
            .as_ref()
            .map(|errors| errors.get::<Value<'js>>(index))
        {
            Some(Ok(error)) => {
                let _ = write!(text, "; {}: {}", index + 1, said(error));
            }
            _ => drop(ctx.catch()),
        }
    }
    text
}

/// Leaves out the calls that made an error of a class of the script's: it was thrown by their caller.
fn leave_out_constructors<'js>(ctx: &Ctx<'js>, thrown: &Value<'js>, frames: &mut Vec<Frame>) {
    let mut names = Vec::new();
    let mut prototype = thrown.as_object().and_then(Object::get_prototype);
    while let Some(object) = prototype.filter(|_| names.len() < CLASSES) {
        let constructor = object.get::<_, Value<'js>>("constructor");
        let constructor = constructor.unwrap_or_else(|_| {
            ctx.catch();
            Value::new_undefined(ctx.clone())
        });
        names.extend(property(ctx, &constructor, "name"));
        prototype = object.get_prototype();
    }
    let is_theirs = |frame: &Frame| names.contains(&frame.function);
    let made = frames.iter().take_while(|frame| is_theirs(frame)).count();
    if made < frames.len() {
        frames.drain(..made);
    }
}

/// The engine's messages; a string may grow to a gigabyte without being laid out in memory.
fn is_out_of_memory(name: Option<&str>, message: Option<&str>) -> bool {
    name == Some("InternalError")
        && message.is_some_and(|message| {
            message.starts_with("out of memory") || message == "string too long"
        })
}

/// What the engine says of a value that a pattern, such as `{ street }` or `[first]`, cannot take apart; the host finds the pattern by these
/// words.
fn of_pattern(message: &str) -> Option<String> {
    if message == NO_OBJECT {
        return Some(NOT_DESTRUCTURED.to_owned());
    }
    let value = message.strip_prefix(NO_ITERATOR)?;
    Some(format!("{value}{NOT_ITERABLE}"))
}

fn words(thrown: &Value<'_>, name: Option<String>, message: Option<String>) -> String {
    if let Some(text) = beginning(thrown.clone()) {
        return format!("threw the string {text:?}");
    }
    if let Some(number) = thrown.as_number() {
        return format!("threw the number {number}");
    }
    if let Some(flag) = thrown.as_bool() {
        return format!("threw {flag}");
    }
    if !thrown.is_object() {
        return format!("threw {}", thrown.type_of());
    }
    match (name, message) {
        (Some(name), Some(message)) if message.is_empty() => name,
        (Some(name), Some(message)) => format!("{name}: {message}"),
        (None, Some(message)) => format!("threw an object that says: {message}"),
        (Some(name), None) => format!("threw a {name}"),
        (None, None) => "threw an object without a message".to_owned(),
    }
}
