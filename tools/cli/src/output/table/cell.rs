//! One value of a table.

use anstyle::Style;

use super::NARROWEST;
use crate::output::{
    paint, printable,
    width::{columns, cut, wrapped},
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
    /// Text in a style.
    pub(crate) fn styled(style: Style, text: impl AsRef<str>) -> Self {
        Self {
            text: printable(text.as_ref()),
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

    /// Indented lines for a terminal of this width.
    pub(super) fn below_row(&self, limit: usize) -> Vec<String> {
        let room = limit.saturating_sub(INDENT).max(NARROWEST);
        let lines = if self.text.is_empty() {
            Vec::new()
        } else if self.text.starts_with(' ') {
            // A quoted source line and the mark below it stay aligned.
            vec![cut(&self.text, room)]
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
