//! Errors in a script, formatted for its author.

use std::fmt;

use crate::origin::Origins;

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
}

impl ScriptDiagnostic {
    /// Quotes the line from the source.
    pub(crate) fn new(file: String, source: &str, line: u32, column: u32, message: String) -> Self {
        let quoted = usize::try_from(line)
            .ok()
            .and_then(|line| line.checked_sub(1))
            .and_then(|index| source.lines().nth(index))
            .map(|text| quote(text, column));
        let (source_line, caret) = match quoted {
            Some((text, caret)) if !text.is_empty() => (Some(text), caret),
            _ => (None, None),
        };
        Self {
            file,
            line,
            column,
            message,
            source_line,
            caret,
        }
    }

    /// Moves the diagnostic from a bundle to the author's file; unchanged if the source map lacks the place.
    #[must_use]
    pub fn traced(self, source_map: &str) -> Self {
        let origins = Origins::read(source_map);
        match origins
            .as_ref()
            .and_then(|origins| origins.of(self.line, self.column))
        {
            Some(origin) => Self::new(
                origin.file.to_owned(),
                origin.text.unwrap_or_default(),
                origin.line,
                origin.column,
                self.message,
            ),
            None => self,
        }
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
                write!(formatter, "\n  {}^", " ".repeat(caret))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ScriptDiagnostic {}

/// Returns the line without indentation, cut to a window around the column, and the column's offset in it.
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
    let caret = at
        .and_then(|at| at.checked_sub(start))
        .filter(|caret| *caret <= end - start);
    (text.trim_end().to_owned(), caret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(source: &str, line: u32, column: u32) -> String {
        ScriptDiagnostic::new("hooks/a.js".into(), source, line, column, "broken".into())
            .to_string()
    }

    #[test]
    fn the_line_is_quoted_with_a_caret_below_the_column() {
        assert_eq!(
            diagnostic("const a = 1;\n  return b.c;\n", 2, 12),
            "hooks/a.js:2:12: broken\n  return b.c;\n           ^"
        );
    }

    #[test]
    fn a_minified_line_is_cut_around_the_column() {
        let source = format!("{}HERE{}", "x".repeat(5000), "y".repeat(5000));
        let text = diagnostic(&source, 1, 5001);
        assert!(text.contains("HERE") && text.len() < 400, "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1].find('H'), lines[2].find('^'));
    }

    #[test]
    fn places_that_do_not_exist_quote_nothing() {
        assert_eq!(diagnostic("a", 9, 9), "hooks/a.js:9:9: broken");
        assert_eq!(diagnostic("a", 0, 0), "hooks/a.js: broken");
        assert_eq!(
            diagnostic("a", 1, u32::MAX),
            "hooks/a.js:1:4294967295: broken\n  a"
        );
    }
}
