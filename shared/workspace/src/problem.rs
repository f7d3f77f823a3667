//! What is wrong with a workspace, where, and what to do about it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use crate::{document::Place, suggestion};

/// More problems than this are counted, not kept.
const MOST_PROBLEMS: usize = 100;
/// How much of a long source line is shown.
const EXCERPT_WIDTH: usize = 120;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, as it was named or as the workspace names it.
    pub file: String,
    /// The line, from 1; absent when the file as a whole is meant.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
    #[serde(skip)]
    excerpt: Option<Excerpt>,
}

/// The source line and what of it is meant, ready to print.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    line: String,
    marker: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, message, .. } = self;
        match (self.line, self.column) {
            (Some(line), Some(column)) => writeln!(formatter, "{file}:{line}:{column}: {message}")?,
            _ => writeln!(formatter, "{file}: {message}")?,
        }
        if let (Some(line), Some(excerpt)) = (self.line, &self.excerpt) {
            let number = line.to_string();
            writeln!(formatter, "  {number} | {}", excerpt.line)?;
            writeln!(formatter, "  {:1$} | {2}", "", number.len(), excerpt.marker)?;
        }
        write!(formatter, "  help: {}", self.help)
    }
}

/// Everything that is wrong with a workspace; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceErrors {
    problems: Vec<Problem>,
    omitted: usize,
    files: Vec<PathBuf>,
}

impl WorkspaceErrors {
    /// The problems, those of `hookpoint.yaml` first, by line.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The files to watch for a repair: the same as those of a good workspace, as far as they could be found out.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The same, with the workspace file itself among the files to watch.
    pub(crate) fn watching(mut self, workspace: &Path) -> Self {
        self.files.insert(0, workspace.to_owned());
        self
    }
}

impl fmt::Display for WorkspaceErrors {
    /// One block per problem, with an empty line between them and none at the end.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n\n" };
            write!(formatter, "{separator}{problem}")?;
        }
        if self.omitted > 0 {
            write!(formatter, "\n\nand {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for WorkspaceErrors {}

impl Serialize for WorkspaceErrors {
    /// `{"errors": […], "omitted": n}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("WorkspaceErrors", 2)?;
        object.serialize_field("errors", &self.problems)?;
        object.serialize_field("omitted", &self.omitted)?;
        object.end()
    }
}

/// Collects what is wrong with one file.
pub(crate) struct Problems<'a> {
    file: &'a str,
    text: &'a str,
    found: Vec<Problem>,
    omitted: usize,
}

impl<'a> Problems<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
            omitted: 0,
        }
    }

    /// Records a problem at a place.
    pub(crate) fn push(&mut self, place: Place, message: impl AsRef<str>, help: impl AsRef<str>) {
        if !self.is_full() {
            let excerpt = self.excerpt(place);
            self.record(Some(place), message.as_ref(), help.as_ref(), excerpt);
        }
    }

    /// Records that a name is none of the known ones, and suggests the nearest. Suggestions cost time: without room for another
    /// problem there is none.
    pub(crate) fn push_unknown<'n>(
        &mut self,
        place: Place,
        kind: &str,
        unknown: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        if !self.is_full() {
            let help = suggestion::for_unknown(unknown, kind, known);
            self.push(place, format!("unknown {kind} `{unknown}`"), help);
        }
    }

    /// Records a problem at a place whose line must not be shown.
    pub(crate) fn push_hidden(
        &mut self,
        place: Place,
        message: impl AsRef<str>,
        help: impl AsRef<str>,
    ) {
        if !self.is_full() {
            self.record(Some(place), message.as_ref(), help.as_ref(), None);
        }
    }

    /// Records a problem of the file as a whole.
    pub(crate) fn push_for_file(&mut self, message: impl AsRef<str>, help: impl AsRef<str>) {
        if !self.is_full() {
            self.record(None, message.as_ref(), help.as_ref(), None);
        }
    }

    /// Takes over the problems of another file.
    pub(crate) fn absorb(&mut self, other: Problems<'_>) {
        self.omitted += other.omitted;
        for problem in other.found {
            if !self.is_full() {
                self.found.push(problem);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The problems as an error, by line; those of this file first.
    pub(crate) fn into_errors(mut self, files: Vec<PathBuf>) -> WorkspaceErrors {
        let main = self.file;
        self.found.sort_by(|left, right| {
            let key = |problem: &Problem| (problem.file != main, problem.line, problem.column);
            key(left)
                .cmp(&key(right))
                .then_with(|| left.file.cmp(&right.file))
        });
        WorkspaceErrors {
            problems: self.found,
            omitted: self.omitted,
            files,
        }
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

    /// Whether there is no room for another problem, which is then counted.
    fn is_full(&mut self) -> bool {
        let full = self.found.len() >= MOST_PROBLEMS;
        self.omitted += usize::from(full);
        full
    }

    /// The line around the place, at most [`EXCERPT_WIDTH`] characters of it, and carets below what is meant.
    fn excerpt(&self, place: Place) -> Option<Excerpt> {
        let line = self.text.lines().nth(place.line.checked_sub(1)?)?;
        let line = line.trim_end();
        let start = place.column - 1;
        let length = line.chars().count();
        let skipped = if length > EXCERPT_WIDTH && start > EXCERPT_WIDTH / 2 {
            start - EXCERPT_WIDTH / 2
        } else {
            0
        };
        let shown: String = line
            .chars()
            .skip(skipped)
            .take(EXCERPT_WIDTH)
            // A tab would take more than one column, other control characters could drive the terminal.
            .map(|character| {
                if is_harmful(character) {
                    ' '
                } else {
                    character
                }
            })
            .collect();
        let before = start.saturating_sub(skipped);
        let room = shown.chars().count().saturating_sub(before).max(1);
        Some(Excerpt {
            line: shown,
            marker: format!(
                "{}{}",
                " ".repeat(before),
                "^".repeat(place.width.clamp(1, room))
            ),
        })
    }
}

/// Text that may quote a file, without control characters and not endless.
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

/// Control characters, and those that turn the direction of text.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
