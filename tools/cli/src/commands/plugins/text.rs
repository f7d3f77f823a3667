//! Text for people, within the width of a terminal.

use crate::output::width;

/// The words of a text on lines of at most 80 characters, or as many as a narrower terminal has, the first one after `first` and all others after as many blanks as `rest`.
pub(in crate::commands) fn wrapped(text: &str, first: &str, rest: usize) -> String {
    let limit = width::of_prose();
    let mut lines = vec![first.to_owned()];
    let mut is_new = true;
    for word in text.split_whitespace() {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if !is_new && length + 1 + word.chars().count() > limit {
            lines.push(" ".repeat(rest));
            is_new = true;
        }
        if let Some(line) = lines.last_mut() {
            if !is_new {
                line.push(' ');
            }
            line.push_str(word);
        }
        is_new = false;
    }
    lines.join("\n")
}

/// A text in Markdown, with its paragraphs on lines like those of [`wrapped`]. Tables that are wider are lists; code stays.
pub(super) fn manual(text: &str) -> String {
    let (mut shown, mut is_code) = (Vec::new(), false);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let is_fence = is_fence(line);
        is_code ^= is_fence;
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        if is_code || is_fence || indent.len() >= 4 {
            shown.push(line.to_owned());
        } else if line.starts_with('|') {
            let mut table = vec![line];
            table.extend(std::iter::from_fn(|| {
                lines.next_if(|line| line.starts_with('|'))
            }));
            shown.push(rows(&table));
        } else {
            let mut paragraph = rest.to_owned();
            if !rest.is_empty() && !rest.starts_with('#') {
                while let Some(more) = lines.next_if(|line| !starts_block(line)) {
                    paragraph.push(' ');
                    paragraph.push_str(more);
                }
            }
            shown.push(wrapped(&paragraph, indent, indent.len() + marker(rest)));
        }
    }
    shown.join("\n")
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// The width of the mark before an item of a list; 0 for other lines.
fn marker(line: &str) -> usize {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let mark = line.get(digits..).unwrap_or_default();
    match digits {
        0 if mark.starts_with("- ") => 2,
        1.. if mark.starts_with(". ") => digits + 2,
        _ => 0,
    }
}

/// Whether a line starts a block of its own, and does not continue a paragraph.
fn starts_block(line: &str) -> bool {
    let text = line.trim_start();
    text.is_empty() || text.starts_with(['#', '|']) || is_fence(line) || marker(text) > 0
}

/// A table as it is, or as a list if a line is too wide: of each row the first cell, and below it the others with their headings.
fn rows(table: &[&str]) -> String {
    if table
        .iter()
        .all(|line| line.chars().count() <= width::of_prose())
    {
        return table.join("\n");
    }
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().trim_start_matches('|');
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let headings = table.first().map(|line| cells(line)).unwrap_or_default();
    let mut lines = Vec::new();
    // The second line separates the headings from the rows.
    for row in table.iter().skip(2) {
        for (index, cell) in cells(row).iter().enumerate() {
            let heading = headings.get(index).map_or("", String::as_str);
            match (index, cell.as_str(), heading) {
                (0, ..) => lines.push(wrapped(cell, "- ", 2)),
                (_, "", _) => {}
                (_, _, "") => lines.push(wrapped(cell, "  ", 4)),
                _ => lines.push(wrapped(&format!("{heading}: {cell}"), "  ", 4)),
            }
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prose_of_a_manual_is_wrapped_and_its_code_is_not() {
        let long = "word ".repeat(30);
        let text = format!("# Title\n\n{long}\n\n- {long}\n\n```sh\n{long}\n| a |\n```\n");
        let shown = manual(&text);
        let wide: Vec<_> = shown.lines().filter(|line| line.len() > 80).collect();
        assert_eq!(wide, [&long]);
        assert!(shown.contains("\n| a |\n"), "{shown}");
        assert!(shown.starts_with("# Title\n\nword word"), "{shown}");
        assert!(
            shown.contains("\n- word") && shown.contains("\n  word"),
            "{shown}"
        );
    }

    #[test]
    fn a_paragraph_is_wrapped_as_a_whole() {
        let long = "word ".repeat(14);
        let text =
            format!("{long}\nmore\n\n1. {long}\n   more\n2. two\n- three\n## Four\nfive\n```\n");
        let text = text.replace(" \n", "\n");
        let long = long.trim_end();
        let lines = [
            &format!("{long} more"),
            "",
            &format!("1. {long} more"),
            "2. two",
            "- three",
            "## Four",
            "five",
            "```",
        ];
        assert_eq!(manual(&text), lines.join("\n"));
        let item = manual(&format!("1. {long} and\n   more of it"));
        assert_eq!(item, format!("1. {long} and\n   more of it"));
    }

    #[test]
    fn a_table_that_is_too_wide_is_a_list() {
        let narrow = "| name | default |\n|---|---|\n| `A` | |";
        assert_eq!(manual(narrow), narrow);
        let long = "word ".repeat(20);
        let wide = format!(
            "| name | what it is | default | |\n|---|---|---|---|\n| `A` | {long}| `yes` | more |\n| `B` | b | | |\nText"
        );
        let lines = [
            "- `A`",
            "  what it is: word word word word word word word word word word word word word",
            "    word word word word word word word",
            "  default: `yes`",
            "  more",
            "- `B`",
            "  what it is: b",
            "Text",
        ];
        assert_eq!(manual(&wide), lines.join("\n"));
    }

    #[test]
    fn no_line_is_wider_than_a_terminal_and_no_word_is_lost() {
        let text = "one two three ".repeat(30);
        let wrapped = wrapped(&text, "  - ", 4);
        assert!(wrapped.starts_with("  - one two"));
        for line in wrapped.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert_eq!(wrapped.split_whitespace().count(), 91);
        assert_eq!(self::wrapped("", "a:", 2), "a:");
    }
}
