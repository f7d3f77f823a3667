//! Output: results to standard output, everything else to standard error; colours on terminals only.

mod confirm;
mod details;
mod difference;
mod table;
mod token;
mod waiting;
pub(crate) mod width;

use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};

use crate::{env, shell};

pub(crate) use self::{
    confirm::{confirm, is_interactive},
    details::Details,
    difference::{difference, difference_of_texts, unified},
    table::{Cell, Table},
    token::{TOKEN, shortened},
    waiting::waiting,
};

/// Success.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Failure.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Warnings.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
/// Text as it is.
pub(crate) const PLAIN: Style = Style::new();
/// Secondary text.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();

/// Text in a style. The streams strip styles where they are not supported.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Whether the reader of results is gone.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Prints a result and a line break. It is lost if the reader has closed the pipe, as in `hookpoint … | head`: what a command does, and its
/// exit code, do not depend on its reader.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stream = anstream::stdout().lock();
    let written = writeln!(stream, "{text}").and_then(|()| stream.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            IS_CLOSED.store(true, Ordering::Relaxed);
            Ok(())
        }
        Err(error) => {
            let message = format!("failed to write to standard output: {error}");
            Err(io::Error::new(error.kind(), message))
        }
        Ok(()) => Ok(()),
    }
}

/// Whether a result found no reader: what would print for ever ends.
pub(crate) fn is_closed() -> bool {
    IS_CLOSED.load(Ordering::Relaxed)
}

/// Prints a result in words, on lines that fit the terminal.
pub(crate) fn say(text: &str) -> io::Result<()> {
    print(&prose(text))
}

/// A result in words, on lines that fit the terminal. Commands in its sentences lead to the workspace and the store that were named.
pub(crate) fn prose(text: &str) -> String {
    width::fitted(&shell::completed(text), width::of_terminal())
}

/// Prints a remark and a line break.
pub(crate) fn note(text: &str) -> io::Result<()> {
    let written = writeln!(anstream::stderr().lock(), "{text}");
    written.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// Prints a remark in a style, on lines that fit the terminal.
pub(crate) fn remark(style: Style, text: &str) -> io::Result<()> {
    let text = shell::completed(text);
    note(&paint(style, &width::fitted(&text, width::of_errors())))
}

/// Writes a control sequence if the stream is a terminal that follows it, and returns whether it is. Unlike colours,
/// `NO_COLOR` does not suppress it.
pub(crate) fn control<S>(mut stream: &S, sequence: &str) -> io::Result<bool>
where
    S: IsTerminal,
    for<'a> &'a S: Write,
{
    let is_followed = stream.is_terminal() && env::has_control_sequences();
    if is_followed {
        stream.write_all(sequence.as_bytes())?;
        stream.flush()?;
    }
    Ok(is_followed)
}

/// Prints JSON, compact for programs, on several lines on a terminal.
pub(crate) fn print_json(value: &Value) -> io::Result<()> {
    print(&pretty(value))
}

/// JSON on several lines.
pub(crate) fn pretty(value: &Value) -> String {
    // The alternate form is pretty-printed; formatting into memory cannot fail.
    printable_lines(&format!("{value:#}"))
}

/// JSON on lines to compare, with members sorted by name and each number in one spelling: neither order nor spelling means anything.
pub(crate) fn comparable(members: &Map<String, Value>) -> String {
    let mut value = Value::Object(members.clone());
    value.sort_all_objects();
    spell_numbers(&mut value);
    format!("{}\n", pretty(&value))
}

/// Digits of which a script loses none.
const COUNTED: usize = 15;

/// Writes numbers with a point or an exponent as scripts do: `1.0` and `1e0` as `1`. Those of digits only stay, and so do those with more
/// digits than a script can count.
fn spell_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let text = number.as_str();
            let is_digit = |byte: u8| byte == b'-' || byte.is_ascii_digit();
            let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
            let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
            let is_plain = digits > COUNTED || text.bytes().all(is_digit);
            let spelled = number.as_f64().map(|number| number.to_string());
            if let Some(spelled) = spelled.filter(|_| !is_plain)
                && let Ok(spelled) = spelled.parse()
            {
                *number = spelled;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(spell_numbers),
        Value::Object(members) => members.values_mut().for_each(spell_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Untrusted text on one line, without terminal control characters.
pub(crate) fn printable(text: &str) -> String {
    escaped(text, char::is_control)
}

/// The first line of untrusted text, for a table: as wide as the terminal at most, whole in a file or a pipe.
pub(crate) fn headline(text: &str) -> String {
    headline_within(text, width::of_terminal())
}

/// The first line of untrusted text; `…` says that there is more.
fn headline_within(text: &str, limit: Option<usize>) -> String {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = printable(lines.next().unwrap_or_default().trim_end());
    let mut shown = limit.map_or_else(|| first.clone(), |limit| width::cut(&first, limit));
    if lines.next().is_some() && !shown.ends_with('…') {
        shown.push('…');
    }
    shown
}

/// An error of a script without the hook and version that it begins with: they are shown beside it, or it has none yet.
pub(crate) fn unnamed(error: &str) -> &str {
    let said = || {
        let (name, rest) = error.strip_prefix("hook `")?.split_once("` version ")?;
        let (version, said) = rest.split_once(": ")?;
        let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !name.contains(['`', '\n'])).then_some(said)
    };
    said().unwrap_or(error)
}

/// Untrusted text with its line breaks, without terminal control characters.
pub(crate) fn printable_lines(text: &str) -> String {
    escaped(text, |character| {
        character.is_control() && character != '\n'
    })
}

fn escaped(text: &str, is_harmful: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // Bidirectional marks can make a line appear to say something else.
        let turns = matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if turns || is_harmful(character) {
            // Valid in JSON as well: all of these are in the basic plane.
            let code = format!("\\u{:04x}", u32::from(character));
            shown.push_str(&code);
        } else {
            shown.push(character);
        }
    }
    shown
}

/// `1 hook`, `2 hooks`.
pub(crate) fn count(number: usize, what: &str) -> String {
    plural(number, what, &format!("{what}s"))
}

/// `1 delivery`, `2 deliveries`.
pub(crate) fn plural(number: usize, one: &str, several: &str) -> String {
    let what = if number == 1 { one } else { several };
    format!("{number} {what}")
}

/// Formats a duration in milliseconds, like the server's header.
pub(crate) fn milliseconds(duration: std::time::Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hostile_answer_cannot_drive_the_terminal_and_stays_the_same_json() {
        let value = json!({ "context": { "A": "\u{1b}[2J\u{9b}31m\u{202e}\u{7f}ü" } });
        let text = pretty(&value);
        assert!(
            !text
                .chars()
                .any(|character| character.is_control() && character != '\n')
        );
        assert!(text.contains('ü'));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(printable("a\r\nb"), "a\\u000d\\u000ab");
    }

    #[test]
    fn responses_are_compared_by_what_they_mean() {
        let text = |json: &str| comparable(&serde_json::from_str(json).unwrap());
        assert_eq!(
            text(r#"{"b":[1.0,2.50,1e2,1E+300],"a":{"d":-0.5,"c":12}}"#),
            text(r#"{"a":{"c":12,"d":-5e-1},"b":[1,2.5,100,1e300]}"#)
        );
        // An id may be longer than what a script can count.
        let long = text(r#"{"id":12345678901234567890}"#);
        assert!(long.contains("12345678901234567890"), "{long}");
        assert_ne!(long, text(r#"{"id":12345678901234567891}"#));
        assert_ne!(text(r#"{"a":1}"#), text(r#"{"a":"1"}"#));
    }

    #[test]
    fn an_error_of_a_script_may_go_without_its_name() {
        for (error, expected) in [
            ("hook `a-b` version 12: a.js:1:2: x: y", "a.js:1:2: x: y"),
            ("hook `a` version x: b", "hook `a` version x: b"),
            ("hook `a\n` version 1: b", "hook `a\n` version 1: b"),
            (
                "connection refused: hook `a` version 1: b",
                "connection refused: hook `a` version 1: b",
            ),
        ] {
            assert_eq!(unnamed(error), expected);
        }
    }

    #[test]
    fn a_row_has_the_first_line_of_a_message_and_says_that_there_is_more() {
        assert_eq!(headline_within("answered 503", None), "answered 503");
        assert_eq!(
            headline_within("\nhook.js:3:1 no\u{1b}\n  at x", None),
            "hook.js:3:1 no\\u001b…"
        );
        let long = "ü".repeat(500);
        assert_eq!(headline_within(&long, None), long);
        let cut = format!("{}…", "ü".repeat(79));
        assert_eq!(headline_within(&long, Some(80)), cut);
        assert_eq!(headline_within(&format!("{long}\nat x"), Some(80)), cut);
        assert_eq!(headline_within("", Some(80)), "");
    }
}
