//! Reads failures from thrown values. Values are the script's: reading them may run its code and fail again.

use hookpoint_script_protocol::{Failure, FailureKind, MESSAGE_LIMIT};
use rquickjs::{Ctx, Error, Value};

use super::{compile::FILE, host::Host, interpreter::MEMORY_LIMIT};

/// A failure without a place; cuts a long message.
pub(crate) fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    let mut message = message.into();
    truncate(&mut message, MESSAGE_LIMIT);
    Failure {
        kind,
        message,
        line: 0,
        column: 0,
    }
}

/// Cuts a text to at most `limit` bytes, between characters, and adds an ellipsis.
pub(crate) fn truncate(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
}

pub(crate) fn not_utf8() -> Failure {
    failure(FailureKind::Syntax, "the source is not UTF-8")
}

pub(crate) fn contains_nul(source: &str) -> Failure {
    let before = source.split('\0').next().unwrap_or_default();
    let lines = before.split('\n').count();
    Failure {
        line: u32::try_from(lines).unwrap_or(0),
        ..failure(FailureKind::Syntax, "the source contains a NUL character")
    }
}

/// As [`engine_failure`], but errors count as syntax errors.
pub(crate) fn compile_failure(
    ctx: &Ctx<'_>,
    host: &Host,
    error: &Error,
    extra_lines: u32,
) -> Failure {
    let mut failure = engine_failure(ctx, host, error, extra_lines);
    if failure.kind == FailureKind::Threw {
        failure.kind = FailureKind::Syntax;
    }
    failure
}

/// Converts the error of an engine call; takes its exception.
pub(crate) fn engine_failure(
    ctx: &Ctx<'_>,
    host: &Host,
    error: &Error,
    extra_lines: u32,
) -> Failure {
    match error {
        Error::Exception => describe(ctx, host, &ctx.catch(), extra_lines),
        Error::Allocation => failure(FailureKind::Memory, "out of memory"),
        other => failure(FailureKind::Threw, other.to_string()),
    }
}

/// Classifies and describes a thrown value.
pub(crate) fn describe(
    ctx: &Ctx<'_>,
    host: &Host,
    thrown: &Value<'_>,
    extra_lines: u32,
) -> Failure {
    let name = property(ctx, thrown, "name");
    let message = property(ctx, thrown, "message");
    let kind = if host.was_interrupted() || thrown.is_uncatchable_error() {
        FailureKind::Timeout
    } else if is_out_of_memory(name.as_deref(), message.as_deref())
        || (thrown.is_null() && host.was_memory_full(MEMORY_LIMIT))
    {
        FailureKind::Memory
    } else if name.as_deref() == Some("RangeError")
        && message.as_deref() == Some("Maximum call stack size exceeded")
    {
        FailureKind::Stack
    } else {
        FailureKind::Threw
    };
    let stack = property(ctx, thrown, "stack");
    let text = match kind {
        FailureKind::Timeout => "still running".to_owned(),
        FailureKind::Memory => "out of memory".to_owned(),
        _ if stack.as_deref().is_some_and(is_of_json) => {
            let message = message.map(|message| format!("the text is not JSON: {message}"));
            words(thrown, name, message)
        }
        _ => words(thrown, name, message),
    };
    let (line, column) = stack.as_deref().and_then(location).unwrap_or_default();
    Failure {
        line: line.saturating_sub(extra_lines),
        column,
        ..failure(kind, text)
    }
}

/// The engine's messages; a string may grow to a gigabyte without being laid out in memory.
fn is_out_of_memory(name: Option<&str>, message: Option<&str>) -> bool {
    name == Some("InternalError")
        && message.is_some_and(|message| {
            message.starts_with("out of memory") || message == "string too long"
        })
}

fn words(thrown: &Value<'_>, name: Option<String>, message: Option<String>) -> String {
    if let Some(text) = thrown.as_string().and_then(|text| text.to_string().ok()) {
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

/// A readable property that is a string, cut.
fn property(ctx: &Ctx<'_>, thrown: &Value<'_>, name: &str) -> Option<String> {
    let object = thrown.as_object()?;
    let Ok(value) = object.get::<_, Value<'_>>(name) else {
        // A getter threw: its exception must not be mistaken for another.
        ctx.catch();
        return None;
    };
    let mut text = value.as_string()?.to_string().ok()?;
    truncate(&mut text, MESSAGE_LIMIT);
    Some(text)
}

/// Whether an error is from `JSON.parse`: only its first frame says so, the message does not mention JSON.
fn is_of_json(stack: &str) -> bool {
    stack.trim_start().starts_with("at <input>:")
}

/// The first place in the script that a stack trace names.
fn location(stack: &str) -> Option<(u32, u32)> {
    stack.lines().find_map(|line| {
        let (_, place) = line.rsplit_once(FILE)?;
        let mut numbers = place.trim_end_matches(')').split(':').skip(1);
        let line = numbers.next()?.parse().ok()?;
        let column = numbers
            .next()
            .and_then(|column| column.parse().ok())
            .unwrap_or(0);
        Some((line, column))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_json_is_known_by_its_first_frame() {
        assert!(is_of_json(
            "    at <input>:1:1\n    at parse (native)\n    at default (hook.js:1:45)\n"
        ));
        assert!(!is_of_json("    at parse (hook.js:1:45)\n"));
    }

    #[test]
    fn the_place_is_the_first_frame_in_the_script() {
        let stack =
            "    at next (native)\n    at inner (hook.js:12:5)\n    at <anonymous> (hook.js:3:1)\n";
        assert_eq!(location(stack), Some((12, 5)));
        assert_eq!(location("    at hook.js:7\n"), Some((7, 0)));
        assert_eq!(location("    at x (native)"), None);
        assert_eq!(location("hook.js:x:y"), None);
    }
}
