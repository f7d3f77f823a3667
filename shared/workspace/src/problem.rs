//! Problems of a workspace, with their place and the fix.

mod excerpt;

use std::{
    collections::BTreeSet,
    fmt::{self, Write as _},
};

use serde::Serialize;

use self::excerpt::Excerpt;
use crate::{inline::InlineScript, place::Place, protocol, raw::Text, suggestion};

/// Problems beyond this number are only counted.
const MOST_PROBLEMS: usize = 100;
/// The columns of a message if the width is unknown.
const COLUMNS: usize = 120;
/// Minimum columns for a source line.
const FEWEST_COLUMNS: usize = 20;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, as named by the caller or in the workspace.
    pub file: String,
    /// The line, from 1; absent for the file as a whole.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// The problem, in lower case.
    pub message: String,
    /// The fix.
    pub help: String,
    #[serde(skip)]
    excerpt: Option<Excerpt>,
}

impl Problem {
    /// The message, the source line cut to this many columns, and the fix.
    pub fn within(&self, columns: usize) -> String {
        let Self {
            file,
            message,
            help,
            ..
        } = self;
        let place = match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
            _ => file.clone(),
        };
        // What came with a command is in no file.
        let mut text = if place.is_empty() {
            format!("{message}\n")
        } else {
            format!("{place}: {message}\n")
        };
        if let (Some(line), Some(excerpt)) = (self.line, &self.excerpt) {
            let number = line.to_string();
            let room = columns.saturating_sub("   | ".len() + number.len());
            let (shown, carets) = excerpt.within(room.max(FEWEST_COLUMNS));
            let space = " ".repeat(number.len());
            // Writing to a string cannot fail.
            let _ = write!(text, "  {number} | {shown}\n  {space} | {carets}\n");
        }
        text + "  help: " + help
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.within(COLUMNS))
    }
}

/// Collects the problems of one file.
pub struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Problem>,
    omitted: usize,
    /// Names of secrets to which a remedy so far leads, so that nothing may call them unused.
    meant: BTreeSet<String>,
    /// Kinds of names whose section is misspelt, which was reported: that they are unknown is no other problem.
    unread: Vec<&'static str>,
}

impl<'a> Problems<'a> {
    /// Problems of a file with this name and text.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
            omitted: 0,
            meant: BTreeSet::new(),
            unread: Vec::new(),
        }
    }

    /// Records a problem at a place.
    pub fn push(&mut self, place: Place, message: impl AsRef<str>, help: impl AsRef<str>) {
        if !self.is_full() {
            let excerpt = self.excerpt(place);
            self.record(Some(place), message.as_ref(), help.as_ref(), excerpt);
        }
    }

    /// Records an unknown name and suggests the nearest known one. Once `MOST_PROBLEMS` is reached it skips the
    /// costly suggestion.
    pub fn push_unknown<'n>(
        &mut self,
        place: Place,
        kind: &str,
        unknown: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        if !self.leaves_out(kind) && !self.is_full() {
            let help = suggestion::for_unknown(unknown, kind, known);
            self.push(place, format!("unknown {kind} `{unknown}`"), help);
        }
    }

    /// Leaves out unknown names of a kind from here on.
    pub(crate) fn leave_out_unknown(&mut self, kind: &'static str) {
        self.unread.push(kind);
    }

    /// Whether unknown names of a kind are left out.
    pub(crate) fn leaves_out(&self, kind: &str) -> bool {
        self.unread.contains(&kind)
    }

    /// Records that a remedy leads to a secret.
    pub(crate) fn means(&mut self, secret: &str) {
        self.meant.insert(secret.to_owned());
    }

    /// Whether a remedy leads to a secret.
    pub(crate) fn is_meant(&self, secret: &str) -> bool {
        self.meant.contains(secret)
    }

    /// Records a problem at a place whose source line must not be shown.
    pub fn push_hidden(&mut self, place: Place, message: impl AsRef<str>, help: impl AsRef<str>) {
        if !self.is_full() {
            self.record(Some(place), message.as_ref(), help.as_ref(), None);
        }
    }

    /// Records a problem of the file as a whole.
    pub fn push_for_file(&mut self, message: impl AsRef<str>, help: impl AsRef<str>) {
        if !self.is_full() {
            self.record(None, message.as_ref(), help.as_ref(), None);
        }
    }

    /// Records a problem of a bundle, which has its place in a file of its own.
    pub(crate) fn push_bundled(&mut self, bundled: &protocol::Problem) {
        if self.is_full() {
            return;
        }
        let protocol::Problem {
            file,
            line,
            column,
            source_line,
            message,
            help,
        } = bundled;
        let number = |number: &Option<u32>| number.and_then(|number| usize::try_from(number).ok());
        let (line, column) = (number(line), number(column));
        let excerpt = source_line
            .as_deref()
            .zip(column)
            .map(|(text, column)| Excerpt::of(text, column, 1));
        let problem = Problem {
            file: printable(file),
            line,
            column,
            message: printable(message),
            help: printable(help),
            excerpt,
        };
        // Several hooks may be made of one file.
        if !self.found.contains(&problem) {
            self.found.push(problem);
        }
    }

    /// Adds the problems of another file.
    pub(crate) fn absorb(&mut self, other: Problems<'_>) {
        self.omitted += other.omitted;
        for problem in other.found {
            if !self.is_full() {
                self.found.push(problem);
            }
        }
    }

    /// Where the lines of a script inside the file are.
    pub(crate) fn inline(&self, source: &Text) -> InlineScript {
        InlineScript::of(self.file, self.text, source)
    }

    /// How many there are so far, with those that are only counted.
    pub(crate) fn count(&self) -> usize {
        self.found.len() + self.omitted
    }

    /// The place of a part of a text, if it stands there as it is written; else that of the text.
    pub(crate) fn part_of(&self, place: Place, part: &str) -> Place {
        let line = place.line.checked_sub(1);
        let line = line.and_then(|line| self.text.lines().nth(line));
        let whole: String = line
            .unwrap_or_default()
            .chars()
            .skip(place.column.saturating_sub(1))
            .take(place.width)
            .collect();
        match whole.find(part) {
            Some(start) => Place {
                line: place.line,
                column: place.column + whole[..start].chars().count(),
                width: part.chars().count(),
            },
            None => place,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The problems: this file's first, sorted by line, then those of others as they were found, where a cause comes before what
    /// follows from it; and how many were only counted.
    pub(crate) fn into_sorted(mut self) -> (Vec<Problem>, usize) {
        let main = self.file;
        self.found.sort_by_key(|problem| {
            let is_other = problem.file != main;
            let place = (!is_other).then_some((problem.line, problem.column));
            (is_other, place)
        });
        (self.found, self.omitted)
    }

    fn record(
        &mut self,
        place: Option<Place>,
        message: &str,
        help: &str,
        excerpt: Option<Excerpt>,
    ) {
        self.found.push(Problem {
            file: self.file.to_owned(),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            message: printable(message),
            help: printable(help),
            excerpt,
        });
    }

    /// Whether the limit is reached; if so, counts the problem as omitted.
    fn is_full(&mut self) -> bool {
        let full = self.found.len() >= MOST_PROBLEMS;
        self.omitted += usize::from(full);
        full
    }

    fn excerpt(&self, place: Place) -> Option<Excerpt> {
        let line = self.text.lines().nth(place.line.checked_sub(1)?)?;
        Some(Excerpt::of(line, place.column, place.width))
    }
}

/// Text that may quote a file, shortened and without control characters.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars().take(1_000) {
        if is_harmful(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, and those that change the direction of text.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_of_others_are_shown_once_and_in_their_order() {
        let mut problems = Problems::new("hookpoint.yaml", "version: 1\n");
        let cause = protocol::Problem::at("tsconfig.json", "{\n}", 2, "cause", "");
        let effect = protocol::Problem::at("a.ts", "import 'b'", 0, "effect", "");
        for bundled in [&cause, &effect, &cause, &effect] {
            problems.push_bundled(bundled);
        }
        let place = Place {
            line: 1,
            column: 1,
            width: 7,
        };
        problems.push(place, "own", "");
        let (found, omitted) = problems.into_sorted();
        let messages: Vec<_> = found
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert_eq!((messages, omitted), (vec!["own", "cause", "effect"], 0));
    }
}
