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

/// A text in Markdown, with its prose on lines like those of [`wrapped`]. Code and tables stay.
pub(super) fn manual(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().map(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        let indent = line.len() - line.trim_start().len();
        if is_code || is_fence || line.starts_with('|') || indent >= 4 {
            return line.to_owned();
        }
        let (first, rest) = line.split_at(indent);
        let is_item = rest.starts_with("- ");
        wrapped(rest, first, if is_item { indent + 2 } else { indent })
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prose_of_a_manual_is_wrapped_and_its_code_is_not() {
        let long = "word ".repeat(30);
        let text = format!("# Title\n\n{long}\n\n- {long}\n\n```sh\n{long}\n```\n| {long} |");
        let shown = manual(&text);
        let wide: Vec<_> = shown.lines().filter(|line| line.len() > 80).collect();
        assert_eq!(wide, [&long, format!("| {long} |").as_str()]);
        assert!(shown.starts_with("# Title\n\nword word"), "{shown}");
        assert!(
            shown.contains("\n- word") && shown.contains("\n  word"),
            "{shown}"
        );
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
