//! Markdown tables.

/// A table under construction.
pub(crate) struct Table(String);

impl Table {
    pub(crate) fn new(headings: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.line(headings);
        table.0 += &"|---".repeat(headings.len());
        table.0 += "|\n";
        table
    }

    pub(crate) fn row(&mut self, cells: &[&str]) {
        self.line(cells);
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }

    /// A pipe inside a cell would start the next cell, even between backticks.
    fn line(&mut self, cells: &[&str]) {
        for cell in cells {
            self.0 += "| ";
            self.0 += &cell.replace('|', "\\|");
            self.0 += " ";
        }
        self.0 += "|\n";
    }
}

/// Formats a word as code.
pub(crate) fn code(text: &str) -> String {
    format!("`{text}`")
}

pub(crate) fn yes_or_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_stays_in_its_cell() {
        let mut table = Table::new(&["a", "b"]);
        table.row(&[&code("x|y"), "z"]);
        assert_eq!(table.into_text(), "| a | b |\n|---|---|\n| `x\\|y` | z |\n");
    }
}
