//! Aligned columns that fit the terminal.
//!
//! Where standard output is not a terminal, a table has its full width, so that `grep` and `cut` see every column.

mod cell;
#[cfg(test)]
mod tests;

pub(crate) use self::cell::Cell;
use super::{
    BOLD, paint,
    width::{self, columns, cut, wrapped},
};

/// Space between columns.
const GAP: usize = 2;
/// A column is cut to no less than this.
const NARROWEST: usize = 8;

/// Rows under a heading, each column as wide as its widest cell.
#[derive(Debug, Default)]
pub(crate) struct Table {
    heading: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    /// Headings of the columns that a narrow terminal does without, the least important first.
    optional: Vec<&'static str>,
    /// Where the last column goes on a narrow terminal, if it is a remark.
    remarks: Option<Remarks>,
}

/// The place of remarks on a narrow terminal.
#[derive(Debug, Clone, Copy)]
enum Remarks {
    /// Below the table, after the row's value of this column.
    BelowTable(&'static str),
    /// Below each row.
    BelowRow,
}

impl Table {
    /// An empty table with a heading.
    pub(crate) fn new(heading: impl Into<Vec<&'static str>>) -> Self {
        Self {
            heading: heading.into(),
            ..Self::default()
        }
    }

    /// Names the columns that a narrow terminal does without, the least important first.
    pub(crate) fn without(mut self, optional: impl Into<Vec<&'static str>>) -> Self {
        self.optional = optional.into();
        self
    }

    /// Makes the last column a remark: on a narrow terminal it goes below the table, after the row's value of `key`.
    pub(crate) fn with_remarks(mut self, key: &'static str) -> Self {
        self.remarks = Some(Remarks::BelowTable(key));
        self
    }

    /// Makes the last column a remark: on a narrow terminal it goes below its row. A row with nothing else continues the remark.
    pub(crate) fn with_remarks_in_rows(mut self) -> Self {
        self.remarks = Some(Remarks::BelowRow);
        self
    }

    /// Adds a row of as many cells as the heading has.
    pub(crate) fn push(&mut self, row: impl Into<Vec<Cell>>) {
        self.rows.push(row.into());
    }

    /// The lines, without a line break at the end.
    pub(crate) fn render(&self) -> String {
        self.render_within(width::of_terminal())
    }

    /// The lines for a terminal of this width; whole without one.
    pub(crate) fn render_within(&self, limit: Option<usize>) -> String {
        let mut shown: Vec<usize> = (0..self.heading.len()).collect();
        let mut widths: Vec<usize> = shown.iter().map(|column| self.width(*column)).collect();
        let mut below = String::new();
        let mut within = None;
        if let Some(limit) = limit {
            let total = |shown: &[usize]| {
                let widths = shown.iter().map(|column| widths[*column]);
                widths.sum::<usize>() + GAP * shown.len().saturating_sub(1)
            };
            if let Some(place) = self.remarks
                && total(&shown) > limit
            {
                shown.pop();
                match place {
                    Remarks::BelowTable(key) => below = self.below(key, limit),
                    Remarks::BelowRow => within = Some(limit),
                }
            }
            let optional = self.optional.iter().filter_map(|name| self.column(name));
            for column in optional {
                if total(&shown) > limit {
                    shown.retain(|kept| *kept != column);
                }
            }
            shrink(&mut widths, &shown, limit);
        }
        let heading: Vec<Cell> = self
            .heading
            .iter()
            .map(|text| Cell::styled(BOLD, text))
            .collect();
        let mut lines = vec![line(&heading, &shown, &widths)];
        for (index, row) in self.rows.iter().enumerate() {
            let text = line(row, &shown, &widths);
            let continues = within.is_some() && text.is_empty();
            lines.extend((!continues).then_some(text));
            if let (Some(limit), Some(remark)) = (within, row.last()) {
                let next = self.rows.get(index + 1).and_then(|row| row.last());
                let before = index
                    .checked_sub(1)
                    .and_then(|before| self.rows[before].last());
                lines.extend(remark.below_row(limit, before, next));
            }
        }
        lines.join("\n") + &below
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.heading.iter().position(|heading| *heading == name)
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(Cell::width).max().unwrap_or_default();
        widest.max(columns(self.heading[column]))
    }

    /// The remarks, each after the row that it is about.
    fn below(&self, key: &str, limit: usize) -> String {
        let Some(key) = self.column(key) else {
            return String::new();
        };
        let indent = self.width(key) + GAP;
        let mut text = String::new();
        for row in &self.rows {
            let (Some(key), Some(remark)) = (row.get(key), row.last()) else {
                continue;
            };
            if remark.text.is_empty() {
                continue;
            }
            let lines = wrapped(&remark.text, limit.saturating_sub(indent).max(NARROWEST));
            for (index, part) in lines.iter().enumerate() {
                let name = if index == 0 { key.text.as_str() } else { "" };
                let padding = " ".repeat(indent.saturating_sub(columns(name)));
                text.push_str(if text.is_empty() { "\n\n" } else { "\n" });
                text += name;
                text += &padding;
                text += &paint(remark.style, part);
            }
        }
        text
    }
}

/// Cuts the widest columns until the shown ones fit, or each has as little as it may.
fn shrink(widths: &mut [usize], shown: &[usize], limit: usize) {
    let gaps = GAP * shown.len().saturating_sub(1);
    loop {
        let total = shown.iter().map(|column| widths[*column]).sum::<usize>() + gaps;
        let widest = shown.iter().copied().max_by_key(|column| widths[*column]);
        match widest {
            Some(widest) if total > limit && widths[widest] > NARROWEST => widths[widest] -= 1,
            _ => return,
        }
    }
}

/// The shown cells of a row, each cut and padded to its column's width.
fn line(row: &[Cell], shown: &[usize], widths: &[usize]) -> String {
    let cells = shown
        .iter()
        .filter_map(|column| Some((row.get(*column)?, widths[*column])));
    let cells: Vec<_> = cells.collect();
    let last = cells.iter().rposition(|(cell, _)| !cell.text.is_empty());
    let count = last.map_or(0, |last| last + 1);
    let texts = cells.iter().take(count).enumerate().map(|(index, part)| {
        let (cell, width) = *part;
        let text = cut(&cell.text, width);
        let padding = " ".repeat(width.saturating_sub(columns(&text)));
        let text = paint(cell.style, &text);
        match (cell.is_number, index + 1 == count) {
            (true, _) => padding + &text,
            // The last column needs no padding.
            (false, true) => text,
            (false, false) => text + &padding,
        }
    });
    texts.collect::<Vec<_>>().join(&" ".repeat(GAP))
}
