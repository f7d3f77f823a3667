//! What differs between two texts, line by line.

use similar::{ChangeTag, TextDiff};

use super::{BAD, DIM, GOOD, paint, printable};

/// Lines of context around a difference.
const CONTEXT: usize = 3;

/// The differing lines with context; `is_painted` adds colours. Empty when there is none.
pub(crate) fn difference(before: &str, after: &str, is_painted: bool) -> String {
    shown(&TextDiff::from_lines(before, after), is_painted)
}

/// The differing ones of untrusted texts, each on a line, with context.
pub(crate) fn difference_of_texts(before: &[String], after: &[String]) -> String {
    let lines = |texts: &[String]| texts.iter().map(|text| printable(text)).collect();
    let (before, after): (Vec<_>, Vec<_>) = (lines(before), lines(after));
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    shown(&TextDiff::from_slices(&before, &after), false)
}

fn shown(difference: &TextDiff<'_, '_, str>, is_painted: bool) -> String {
    let mut lines = Vec::new();
    for (index, group) in difference.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push("…".to_owned());
        }
        for change in group
            .iter()
            .flat_map(|operation| difference.iter_changes(operation))
        {
            let (mark, style) = match change.tag() {
                ChangeTag::Delete => ('-', BAD),
                ChangeTag::Insert => ('+', GOOD),
                ChangeTag::Equal => (' ', DIM),
            };
            let line = format!("{mark} {}", change.value().trim_end_matches('\n'));
            lines.push(if is_painted {
                paint(style, &line)
            } else {
                line
            });
        }
    }
    lines.join("\n")
}

/// A unified diff with names for both sides, without colours; empty when there is no difference.
pub(crate) fn unified(before: (&str, &str), after: (&str, &str)) -> String {
    let ((before_name, before), (after_name, after)) = (before, after);
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(CONTEXT)
        .header(before_name, after_name)
        .to_string()
}
