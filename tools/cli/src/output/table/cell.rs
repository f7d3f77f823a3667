//! One value of a table.

use anstyle::Style;

use super::NARROWEST;
use crate::output::{
    headline_within, paint, printable,
    width::{columns, is_mark, marked, wrapped},
};

/// Indentation of a remark below its row.
const INDENT: usize = 4;

/// One value with style and alignment.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) is_number: bool,
}

impl Cell {
    /// Text in a style. Of several lines, a row has room for the first.
    pub(crate) fn styled(style: Style, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        Self {
            text: if text.trim_end().contains('\n') {
                headline_within(text, None)
            } else {
                printable(text)
            },
            style,
            is_number: false,
        }
    }

    /// Text.
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::styled(Style::new(), text)
    }

    /// Right-aligned text.
    pub(crate) fn number(text: impl AsRef<str>) -> Self {
        Self {
            is_number: true,
            ..Self::text(text)
        }
    }

    pub(super) fn width(&self) -> usize {
        columns(&self.text)
    }

    /// Indented lines for a terminal of this width, between the remarks before and after it.
    pub(super) fn below_row(
        &self,
        limit: usize,
        before: Option<&Self>,
        next: Option<&Self>,
    ) -> Vec<String> {
        let room = limit.saturating_sub(INDENT).max(NARROWEST);
        let text = |cell: Option<&'_ Self>| cell.map_or("", |cell| cell.text.as_str()).to_owned();
        let lines = if self.text.is_empty() {
            Vec::new()
        } else if self.text.starts_with(' ') {
            // A quoted source line and the mark below it stay aligned.
            let (line, mark) = if is_mark(&self.text) {
                (text(before), self.text.clone())
            } else {
                (self.text.clone(), text(next))
            };
            let (line, mark) = marked(&line, &mark, room);
            vec![if is_mark(&self.text) { mark } else { line }]
        } else {
            wrapped(&self.text, room)
        };
        let indent = " ".repeat(INDENT);
        let lines = lines.iter();
        lines
            .map(|part| format!("{indent}{}", paint(self.style, part)))
            .collect()
    }
}
