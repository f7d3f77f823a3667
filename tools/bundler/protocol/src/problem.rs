//! What is wrong with a hook's files.

use serde::{Deserialize, Serialize};

/// The byte order mark that some editors write. They do not count it as a column.
pub const MARK: char = '\u{feff}';

/// One problem, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The file, relative to the folder.
    pub file: String,
    /// The line, from 1; absent for the file as a whole.
    pub line: Option<u32>,
    /// The column, from 1, in characters.
    pub column: Option<u32>,
    /// The text of the line.
    pub source_line: Option<String>,
    /// The problem, in lower case.
    pub message: String,
    /// The fix.
    pub help: String,
}

impl Problem {
    /// A problem of a file as a whole.
    pub fn of_file(
        file: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line: None,
            column: None,
            source_line: None,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A problem at a byte of a text. A byte beyond its end is its end.
    pub fn at(
        file: impl Into<String>,
        text: &str,
        offset: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let first = if before.starts_with(MARK) {
            MARK.len_utf8()
        } else {
            0
        };
        let start = before.rfind('\n').map_or(first, |end| end + 1);
        let source_line = text[start..].lines().next().unwrap_or_default();
        Self {
            line: Some(counted(before.matches('\n').count())),
            column: Some(counted(before[start..].chars().count())),
            source_line: Some(source_line.to_owned()),
            ..Self::of_file(file, message, help)
        }
    }
}

/// A number from 0 as one from 1.
fn counted(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_has_a_line_and_a_column_in_characters() {
        let text = "one\n  zwei ü drei\r\nfour";
        let place = |offset| {
            let problem = Problem::at("a.ts", text, offset, "", "");
            (
                problem.line.unwrap(),
                problem.column.unwrap(),
                problem.source_line.unwrap(),
            )
        };
        let second = "  zwei ü drei".to_owned();
        assert_eq!(place(0), (1, 1, "one".to_owned()));
        assert_eq!(place(text.find('d').unwrap()), (2, 10, second.clone()));
        assert_eq!(place(text.find('ü').unwrap() + 1), (2, 8, second));
        assert_eq!(place(text.len() + 99), (3, 5, "four".to_owned()));
        assert_eq!(Problem::at("a.ts", "", 3, "", "").column, Some(1));
        let marked = Problem::at("a.ts", "\u{feff}one\ntwo", 4, "", "");
        assert_eq!(marked.column, Some(2));
        assert_eq!(marked.source_line.as_deref(), Some("one"));
    }
}
