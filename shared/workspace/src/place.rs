//! Positions in files.

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Length in characters on its first line; may reach beyond the line's end.
    pub width: usize,
}
