//! The calls that led to a failure, as the author of the script knows them.

use std::fmt::Write as _;

use hookpoint_script_protocol::Frame;

use crate::{lines::Lines, origin::Origins, patterns::at_pattern};

/// Maximum number of lines about calls.
const SHOWN: usize = 5;
/// What the sandbox appends to a `CommonJS` script: errors at the script's end may lie there.
const EXTRA_LINES: usize = 2;

/// A script and what its author calls it.
#[derive(Clone, Copy)]
pub(crate) struct Script<'a> {
    /// The file, or the hook's name when there is none.
    pub(crate) file: &'a str,
    /// The lines of what the sandbox runs: the file, or a bundle.
    pub(crate) lines: &'a Lines<'a>,
    /// Whether it is a bundle.
    pub(crate) is_bundle: bool,
    /// Maps places in a bundle to the author's files; `None` without a readable source map.
    pub(crate) origins: Option<&'a Origins<'a>>,
}

/// Where a failure happened, and how the script got there.
#[derive(Debug, Default)]
pub(crate) struct Trace<'a> {
    /// The innermost call in a file of the author; in a package if there is none.
    pub(crate) place: Option<Place<'a>>,
    /// Whether no call of a package is further in.
    pub(crate) is_innermost: bool,
    /// The calls, innermost first, each as a line; empty if the place says it all.
    pub(crate) calls: Vec<String>,
}

/// A place in a file.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: u32,
    /// From 1; 0 if unknown.
    pub(crate) column: u32,
    /// The text of the file, if known.
    text: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// The text of the line, if known. Reads the file from its beginning: for the one place that is quoted.
    pub(crate) fn source_line(&self) -> Option<&'a str> {
        let index = usize::try_from(self.line).ok()?.checked_sub(1)?;
        self.text?.lines().nth(index)
    }

    /// `file:line:column`, as editors parse it.
    pub(crate) fn words(&self) -> String {
        let Self {
            file, line, column, ..
        } = self;
        match column {
            0 => format!("{file}:{line}"),
            column => format!("{file}:{line}:{column}"),
        }
    }
}

impl<'a> Trace<'a> {
    /// Leaves out calls at places that the script does not have: its stack traces are its own to write.
    pub(crate) fn of(frames: &[Frame], script: Script<'a>) -> Self {
        let mut trace = Self::default();
        let mut in_package = None;
        let mut calls: Vec<(String, usize)> = Vec::new();
        for frame in frames.iter().filter(|frame| script.has(frame)) {
            let Some((place, package)) = script.place(frame) else {
                continue;
            };
            let call = match package {
                Some(package) => format!("at package `{package}`"),
                // A bundle has short names of its own.
                None if frame.function.is_empty() || script.is_bundle => {
                    format!("at {}", place.words())
                }
                None => format!("at {} ({})", frame.function, place.words()),
            };
            match package {
                None if trace.place.is_none() => {
                    trace.is_innermost = in_package.is_none();
                    trace.place = Some(place);
                }
                Some(_) if in_package.is_none() => in_package = Some(place),
                _ => {}
            }
            match calls.last_mut() {
                Some((last, times)) if *last == call => *times += 1,
                _ => calls.push((call, 1)),
            }
        }
        trace.place = trace.place.or(in_package);
        if calls.len() > 1 || calls.iter().any(|(_, times)| *times > 1) {
            trace.calls = lines(&calls);
        }
        trace
    }
}

fn lines(calls: &[(String, usize)]) -> Vec<String> {
    let shown = calls.iter().take(SHOWN).map(|(call, times)| match times {
        1 => call.clone(),
        times => format!("{call}, {times} times"),
    });
    let mut lines: Vec<String> = shown.collect();
    if calls.len() > SHOWN
        && let Some(last) = lines.last_mut()
    {
        let _ = write!(last, ", and {} more", calls.len() - SHOWN);
    }
    lines
}

impl<'a> Script<'a> {
    /// Whether the place of a call is in the script.
    fn has(&self, frame: &Frame) -> bool {
        let column = usize::try_from(frame.column).unwrap_or(usize::MAX);
        if let Some(length) = self.lines.length(frame.line) {
            return column <= length + 1;
        }
        let end = self.lines.count() + EXTRA_LINES;
        frame.line > 0 && usize::try_from(frame.line).is_ok_and(|line| line <= end)
    }

    /// The place of a call for the author, with the package that it is in.
    fn place(&self, frame: &Frame) -> Option<(Place<'a>, Option<&'a str>)> {
        let Some(origins) = self.origins else {
            let file = if self.is_bundle {
                format!("{} (bundled)", self.file)
            } else {
                self.file.to_owned()
            };
            let place = Place {
                file,
                line: frame.line,
                column: self.lines.in_characters(frame.line, frame.column),
                text: Some(self.lines.text()),
            };
            return Some((place, None));
        };
        let column = self.lines.in_units(frame.line, frame.column);
        let origin = origins.of(frame.line, column)?;
        let place = Place {
            file: origin.file.to_owned(),
            line: origin.line,
            column: origin.column,
            text: origin.text,
        };
        Some((place, origin.package()))
    }

    /// Replaces the places that a text names, such as a stack trace in the log, by the author's. `message` is what the line before says of
    /// a pattern.
    pub(crate) fn in_text(&self, text: &str, message: Option<&str>) -> String {
        crate::origin::places_in(text, |line, column| {
            let named = Frame {
                function: String::new(),
                line,
                column: column.unwrap_or(0),
            };
            let moved = message.and_then(|message| at_pattern(message, self.lines, &named));
            let frame = moved.unwrap_or(named);
            let known = self.has(&frame) && !(self.is_bundle && self.origins.is_none());
            known
                .then(|| self.place(&frame))?
                .map(|(place, _)| place.words())
        })
    }
}

#[cfg(test)]
mod tests;
