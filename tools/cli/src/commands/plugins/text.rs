//! Text for people, within the width of a terminal.

/// Maximum width of lines.
const WIDTH: usize = 80;

/// The words of a text on lines of at most 80 characters, the first one after `first` and all others after as many blanks as `rest`.
pub(super) fn wrapped(text: &str, first: &str, rest: usize) -> String {
    let mut lines = vec![first.to_owned()];
    let mut is_new = true;
    for word in text.split_whitespace() {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if !is_new && length + 1 + word.chars().count() > WIDTH {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_a_terminal_and_no_word_is_lost() {
        let text = "one two three ".repeat(30);
        let wrapped = wrapped(&text, "  - ", 4);
        assert!(wrapped.starts_with("  - one two"));
        for line in wrapped.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        assert_eq!(wrapped.split_whitespace().count(), 91);
        assert_eq!(self::wrapped("", "a:", 2), "a:");
    }
}
