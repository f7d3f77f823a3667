//! Errors in a script, formatted for its author.

use std::{fmt, iter};

use hookpoint_script_protocol::Frame;
use unicode_width::UnicodeWidthStr as _;

use crate::{
    lines::Lines,
    origin::Origins,
    patterns, syntax,
    trace::{Script, Trace},
};

/// How the message of an error in the syntax begins.
const SYNTAX: &str = "SyntaxError: ";
/// Maximum width of a quoted line, in characters.
const QUOTE_WIDTH: usize = 120;

/// An error at a place in a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptDiagnostic {
    /// The file, or the hook's name when there is none.
    pub file: String,
    /// The line, from 1; 0 when it is unknown.
    pub line: u32,
    /// The column, from 1; 0 when it is unknown.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// The line itself, shortened around the column.
    pub source_line: Option<String>,
    /// Where in [`Self::source_line`] the column is, from 0.
    pub caret: Option<usize>,
    calls: Box<Calls>,
}

/// The calls that led to an error, innermost first.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Calls {
    /// As the author knows them, each as a line. Empty if they say nothing that the place does not.
    lines: Vec<String>,
    /// In the source that the sandbox ran.
    frames: Vec<Frame>,
}

impl ScriptDiagnostic {
    /// Quotes the line of the innermost call from the source.
    pub(crate) fn new(script: Script<'_>, frames: &[Frame], mut message: String) -> Self {
        let end = syntax::early_end(&message, script.lines.text(), frames.first());
        if end.is_some() {
            syntax::ENDS_EARLY.clone_into(&mut message);
        }
        let moved = end.or_else(|| match frames.first() {
            Some(innermost) => patterns::at_pattern(&message, script.lines, innermost),
            None => syntax::missing_export(&message, script.lines.text()),
        });
        let found: Vec<Frame>;
        let frames = match moved {
            Some(innermost) => {
                let callers = frames.iter().skip(1).cloned();
                found = iter::once(innermost).chain(callers).collect();
                &found
            }
            None => frames,
        };
        let Trace {
            mut place,
            is_innermost,
            calls,
        } = Trace::of(frames, script);
        if script.is_bundle
            && is_innermost
            && let Some(place) = &place
            && let Some(line) = place.source_line()
            && let Some(named) = syntax::with_authored_name(&message, line, place.column)
        {
            message = named;
        }
        if let Some(place) = &place
            && message.starts_with(SYNTAX)
            && !script.is_bundle
            && !message.ends_with(syntax::TYPESCRIPT)
            && let Some(line) = place.source_line()
            && syntax::may_be_typescript(line, place.column)
        {
            message.push_str(syntax::TYPESCRIPT);
        }
        // People and editors count characters, source maps UTF-16 units.
        if script.origins.is_some()
            && let Some(place) = &mut place
            && let Some(line) = place.source_line()
        {
            place.column = in_characters(line, place.column);
        }
        let quoted = place
            .as_ref()
            .and_then(|place| Some(quote(place.source_line()?, place.column)))
            .filter(|(text, _)| !text.is_empty());
        let (source_line, caret) = match quoted {
            Some((text, caret)) => (Some(text), caret),
            None => (None, None),
        };
        let (file, line, column) = match place {
            Some(place) => (place.file, place.line, place.column),
            None => (script.file.to_owned(), 0, 0),
        };
        Self {
            file,
            line,
            column,
            message,
            source_line,
            caret,
            calls: Box::new(Calls {
                lines: calls,
                frames: frames.to_vec(),
            }),
        }
    }

    /// Moves the diagnostic of a `bundle` to the author's files; unchanged if the source map lacks the place.
    #[must_use]
    pub fn traced(self, bundle: &str, source_map: &str) -> Self {
        let origins = Origins::read(source_map);
        let lines = Lines::of(bundle);
        let script = Script {
            file: &self.file,
            lines: &lines,
            is_bundle: true,
            origins: origins.as_ref(),
        };
        let traced = Self::new(script, &self.calls.frames, self.message.clone());
        if origins.is_none() || traced.line == 0 {
            return self;
        }
        traced
    }

    /// Moves the diagnostic of a script that is part of `file`. `place` makes a line and a column of the file of those of the script.
    #[must_use]
    pub fn within(mut self, file: &str, place: impl Fn(u32, u32) -> (u32, u32)) -> Self {
        for line in &mut self.calls.lines {
            if let Some(moved) = call_within(line, &self.file, file, &place) {
                *line = moved;
            }
        }
        file.clone_into(&mut self.file);
        (self.line, self.column) = place(self.line, self.column);
        self
    }

    /// `file:line:column`, as editors parse it.
    pub fn place(&self) -> String {
        match (self.line, self.column) {
            (0, _) => self.file.clone(),
            (line, 0) => format!("{}:{line}", self.file),
            (line, column) => format!("{}:{line}:{column}", self.file),
        }
    }
}

impl fmt::Display for ScriptDiagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place(), self.message)?;
        if let Some(line) = &self.source_line {
            write!(formatter, "\n  {line}")?;
            if let Some(caret) = self.caret {
                // Below the character, which may be as wide as two.
                let before: String = line.chars().take(caret).collect();
                write!(formatter, "\n  {}^", " ".repeat(before.width()))?;
            }
        }
        for call in &self.calls.lines {
            write!(formatter, "\n  {call}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ScriptDiagnostic {}

/// A line about a call in `script` as one about a call in `file`.
fn call_within(
    line: &str,
    script: &str,
    file: &str,
    place: impl Fn(u32, u32) -> (u32, u32),
) -> Option<String> {
    let named = format!("{script}:");
    let (before, rest) = line.split_once(&named)?;
    let (number, rest) = rest.split_once(':')?;
    let end = rest.find(|character: char| !character.is_ascii_digit());
    let (column, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let (number, column) = place(number.parse().ok()?, column.parse().ok()?);
    Some(format!("{before}{file}:{number}:{column}{rest}"))
}

/// A column in UTF-16 units as one in characters, both from 1.
fn in_characters(line: &str, column: u32) -> u32 {
    let mut units = 0;
    let before = line.chars().take_while(|character| {
        units += character.len_utf16();
        u32::try_from(units).is_ok_and(|units| units < column)
    });
    u32::try_from(before.count()).map_or(column, |count| count.saturating_add(1).min(column))
}

/// Returns the line without indentation, cut to a window around the column, and the column's offset in it. `…` stands for what was
/// cut off.
fn quote(line: &str, column: u32) -> (String, Option<usize>) {
    let characters: Vec<char> = line
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    let at = usize::try_from(column)
        .ok()
        .and_then(|column| column.checked_sub(1));
    let indentation = characters
        .iter()
        .take_while(|character| character.is_whitespace())
        .count();
    let middle = at.unwrap_or(0);
    let start = if characters.len() - indentation <= QUOTE_WIDTH {
        indentation
    } else {
        middle
            .saturating_sub(QUOTE_WIDTH / 2)
            .clamp(indentation, characters.len())
    };
    let end = characters.len().min(start + QUOTE_WIDTH);
    let text: String = characters[start..end].iter().collect();
    let (before, behind) = (start > indentation, end < characters.len());
    let mark = |is_cut| if is_cut { "…" } else { "" };
    let caret = at
        .and_then(|at| at.checked_sub(start))
        .filter(|caret| *caret <= end - start)
        .map(|caret| caret + usize::from(before));
    let text = format!("{}{}{}", mark(before), text.trim_end(), mark(behind));
    (text, caret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(source: &str, line: u32, column: u32) -> String {
        let lines = Lines::of(source);
        let script = Script {
            file: "hooks/a.js",
            lines: &lines,
            is_bundle: false,
            origins: None,
        };
        let frame = Frame {
            function: "f".to_owned(),
            line,
            column,
        };
        ScriptDiagnostic::new(script, &[frame], "broken".into()).to_string()
    }

    #[test]
    fn the_line_is_quoted_with_a_caret_below_the_column() {
        assert_eq!(
            diagnostic("const a = 1;\n  return b.c;\n", 2, 12),
            "hooks/a.js:2:12: broken\n  return b.c;\n           ^"
        );
        assert_eq!(
            diagnostic("\u{feff}return b.c;", 1, 10),
            "hooks/a.js:1:10: broken\n  return b.c;\n           ^"
        );
    }

    #[test]
    fn the_caret_is_below_its_character_behind_wide_ones_too() {
        // The engine counts bytes: 17 before the third of the wide characters.
        let text = diagnostic("const s = \"漢字😀\"; null.foo;", 1, 17);
        let lines: Vec<&str> = text.lines().collect();
        let (before, _) = lines[1].split_once('😀').unwrap();
        assert_eq!(lines[0], "hooks/a.js:1:14: broken");
        assert_eq!(lines[2].width(), before.width() + 1, "{text}");
    }

    #[test]
    fn a_minified_line_is_cut_around_the_column() {
        let source = format!("{}HERE{}", "x".repeat(5000), "y".repeat(5000));
        let text = diagnostic(&source, 1, 5001);
        assert!(text.contains("HERE") && text.len() < 400, "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let column = |line: &str, mark| line.chars().position(|character| character == mark);
        assert_eq!(column(lines[1], 'H'), column(lines[2], '^'));
        let quoted = lines[1].trim_start();
        assert!(
            quoted.starts_with("…x") && quoted.ends_with("y…"),
            "{quoted}"
        );
        // Only the end that is cut has the mark.
        let text = diagnostic(&source, 1, 2);
        assert!(
            text.contains("\n  xx") && text.contains("xx…\n   ^"),
            "{text}"
        );
        let text = diagnostic(&source, 1, 10_004);
        assert!(text.contains("\n  …yy") && !text.contains("yy…"), "{text}");
    }

    #[test]
    fn places_that_do_not_exist_are_not_named() {
        for (line, column) in [(9, 9), (0, 0), (1, u32::MAX), (u32::MAX, 1)] {
            assert_eq!(diagnostic("a", line, column), "hooks/a.js: broken");
        }
        assert_eq!(diagnostic("a\n", 2, 1), "hooks/a.js:2:1: broken");
    }
}
