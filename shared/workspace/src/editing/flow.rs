//! Additions to a collection in flow style: `[one, two]`, `{ key: value }`.

use super::EditError;

/// Inserts text before the bracket that closes the one at a line and column, both from 0.
pub(super) fn insert(
    lines: &mut [String],
    line: usize,
    column: usize,
    text: &str,
) -> Result<(), EditError> {
    let Some((at, byte)) = closing(lines, line, column) else {
        return Err(EditError::Form(format!(
            "the end of the collection on line {} is not found",
            line + 1
        )));
    };
    let before = lines[at][..byte].trim_end();
    if before.is_empty() {
        // The bracket stands on a line of its own.
        let indent = " ".repeat(byte + 2);
        let (last, comma) = last_content(lines, line, at);
        if !comma {
            let content = lines[last].trim_end().len();
            lines[last].insert(content, ',');
        }
        let rest = std::mem::take(&mut lines[at]);
        lines[at] = format!("{indent}{text}\n{rest}");
        return Ok(());
    }
    let padding = &lines[at][before.len()..byte];
    let separator = if before.ends_with(',') { " " } else { ", " };
    let after = &lines[at][byte..];
    lines[at] = format!("{before}{separator}{text}{padding}{after}");
    Ok(())
}

/// The last line before `end` with content, and whether that ends with a comma.
fn last_content(lines: &[String], start: usize, end: usize) -> (usize, bool) {
    let found = (start..end).rev().find(|line| {
        let text = lines[*line].trim();
        !(text.is_empty() || text.starts_with('#'))
    });
    let last = found.unwrap_or(start);
    (last, lines[last].trim_end().ends_with(','))
}

/// The line and byte of the closing bracket.
pub(super) fn closing(lines: &[String], line: usize, column: usize) -> Option<(usize, usize)> {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    for (at, text) in lines.iter().enumerate().skip(line) {
        let skipped = if at == line { column } else { 0 };
        let mut characters = text.char_indices().skip(skipped).peekable();
        let mut previous = ' ';
        while let Some((byte, character)) = characters.next() {
            match (quote, character) {
                (Some('"'), '\\') => {
                    characters.next();
                }
                (Some('\''), '\'') if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                    characters.next();
                }
                (Some(open), _) if open == character => quote = None,
                // A quote within plain text is a character like any other.
                (None, '"' | '\'') if " [{,:".contains(previous) => quote = Some(character),
                (None, '#') if previous == ' ' => break,
                (None, '[' | '{') => depth += 1,
                (None, ']' | '}') => {
                    depth -= 1;
                    if depth == 0 {
                        return Some((at, byte));
                    }
                }
                _ => {}
            }
            previous = character;
        }
    }
    None
}
