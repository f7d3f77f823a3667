//! Aligned columns.

use anstyle::Style;

use super::{BOLD, paint, printable};

/// Rows under a heading, each column as wide as its widest cell.
#[derive(Debug, Default)]
pub(crate) struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// One value with style and alignment.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
    is_number: bool,
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

    fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl Table {
    /// An empty table with a heading.
    pub(crate) fn new(heading: impl Into<Vec<&'static str>>) -> Self {
        Self {
            heading: heading.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row of as many cells as the heading has.
    pub(crate) fn push(&mut self, row: impl Into<Vec<Cell>>) {
        self.rows.push(row.into());
    }

    /// The lines, without a line break at the end.
    pub(crate) fn render(&self) -> String {
        let widths: Vec<usize> = (0..self.heading.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                let widest = cells.map(Cell::width).max().unwrap_or_default();
                widest.max(self.heading[column].len())
            })
            .collect();
        let heading: Vec<Cell> = self
            .heading
            .iter()
            .map(|text| Cell::styled(BOLD, text))
            .collect();
        std::iter::once(&heading)
            .chain(&self.rows)
            .map(|row| line(row, &widths))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let last = row.iter().rposition(|cell| !cell.text.is_empty());
    let shown = last.map_or(0, |last| last + 1);
    let cells = row.iter().zip(widths).take(shown).enumerate();
    let cells = cells.map(|(index, (cell, &width))| {
        let padding = " ".repeat(width.saturating_sub(cell.width()));
        let text = paint(cell.style, &cell.text);
        match (cell.is_number, index + 1 == shown) {
            (true, _) => padding + &text,
            // The last column needs no padding.
            (false, true) => text,
            (false, false) => text + &padding,
        }
    });
    cells.collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::GOOD;

    #[test]
    fn columns_are_aligned_whatever_their_style_and_nothing_trails() {
        let mut table = Table::new(["hook", "outcome", "time"]);
        table.push([
            Cell::text("a-long-name"),
            Cell::styled(GOOD, "ok"),
            Cell::number("9.5 ms"),
        ]);
        table.push([
            Cell::text("b"),
            Cell::text("timeout"),
            Cell::number("3000.0 ms"),
        ]);
        table.push([Cell::text("c"), Cell::text(""), Cell::text("")]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(
            plain,
            "hook         outcome  time\n\
             a-long-name  ok          9.5 ms\n\
             b            timeout  3000.0 ms\n\
             c"
        );
    }
}
