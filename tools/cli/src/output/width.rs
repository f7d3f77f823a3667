//! How much room a text takes on a terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The width of the terminal on standard output; `None` if that is none.
pub(crate) fn of_terminal() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    (width.0 > 0).then(|| width.0.into())
}

/// The width of the terminal on standard error; `None` if that is none.
pub(crate) fn of_errors() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stderr())?;
    (width.0 > 0).then(|| width.0.into())
}

/// The columns that a text takes: two for each ideograph and emoji.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// A text that takes at most this many columns. `…` is where it was cut.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let mut shown = String::new();
    for character in text.chars() {
        let mut longer = shown.clone();
        longer.push(character);
        if columns(&longer) + 1 > limit {
            break;
        }
        shown = longer;
    }
    shown.push('…');
    shown
}

/// Lines of at most this many columns, broken between words, or within a word that is longer.
pub(crate) fn wrapped(text: &str, limit: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let is_first = line.is_empty();
        let needed = columns(line) + columns(word) + usize::from(!is_first);
        if needed <= limit {
            if !is_first {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !is_first {
            lines.push(String::new());
        }
        for character in word.chars() {
            let wide = character.width().unwrap_or_default();
            if lines
                .last()
                .is_some_and(|line| columns(line) + wide > limit)
            {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
            }
        }
    }
    lines
}

/// Prose whose lines take at most this many columns, all with the indentation of the line that they are part of. What is in
/// backticks is not broken: it may be a command to paste.
pub(crate) fn fitted(text: &str, limit: Option<usize>) -> String {
    let Some(limit) = limit else {
        return text.to_owned();
    };
    let lines = text.split('\n').flat_map(|line| {
        let words = line.trim_start_matches(' ');
        let indentation = &line[..line.len() - words.len()];
        let mut lines = vec![indentation.to_owned()];
        for word in pieces(words) {
            let Some(last) = lines.last_mut() else { break };
            let is_first = last.len() == indentation.len();
            if is_first {
                last.push_str(word);
            } else if columns(last) + 1 + columns(word) <= limit {
                last.push(' ');
                last.push_str(word);
            } else {
                lines.push(format!("{indentation}{word}"));
            }
        }
        lines
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The words of a line; what is in backticks is part of one.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    line.split(move |character| {
        is_code ^= character == '`';
        character == ' ' && !is_code
    })
}

/// The lines of an error that fit this many columns; whole without a limit. A source line and the mark below it stay aligned, and
/// what is marked is visible; prose is broken between words.
pub(crate) fn error_lines(text: &str, limit: Option<usize>) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(limit) = limit else {
        return lines.into_iter().map(str::to_owned).collect();
    };
    let mut shown = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1).copied().unwrap_or_default();
        if !line.starts_with(' ') {
            shown.extend(wrapped(line, limit));
        } else if is_mark(line) {
            let source = index.checked_sub(1).map_or("", |before| lines[before]);
            shown.push(marked(source, line, limit).1);
        } else {
            shown.push(marked(line, next, limit).0);
        }
    }
    shown
}

/// Whether a line has nothing but a mark below a column of the line before.
pub(crate) fn is_mark(line: &str) -> bool {
    let mark = line.trim_start_matches(' ');
    line.starts_with(' ') && !mark.is_empty() && mark.trim_matches('^').is_empty()
}

/// A source line and the mark below it on at most this many columns, both cut at the same places. Without a mark, the line's beginning.
pub(crate) fn marked(line: &str, mark: &str, limit: usize) -> (String, String) {
    let begin = mark.len() - mark.trim_start_matches(' ').len();
    if !is_mark(mark) || begin + 2 <= limit || limit < 8 {
        return (cut(line, limit), cut(mark, limit));
    }
    // Two blanks and `…` stand for what is left out, and a third of the room is for what follows.
    let skipped = begin - limit * 2 / 3;
    let behind = |text: &str| text.chars().skip(skipped + 3).collect::<String>();
    (
        cut(&format!("  …{}", behind(line)), limit),
        cut(&format!("   {}", behind(mark)), limit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_and_wrapped_by_what_it_takes_on_the_screen() {
        assert_eq!((columns("crm"), columns("会員"), columns("👩‍💻")), (3, 4, 2));
        assert_eq!(cut("会員登録", 5), "会員…");
        assert_eq!(cut("会員", 4), "会員");
        assert_eq!(wrapped("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrapped("会員登録", 5), ["会員", "登録"]);
        assert_eq!(wrapped("", 5), [""]);
    }

    #[test]
    fn prose_is_broken_between_words_and_outside_of_commands() {
        let text = "undo it with `hookpoint rollback 7F3K`, or leave it\n  - as it is now";
        assert_eq!(fitted(text, None), text);
        assert_eq!(
            fitted(text, Some(14)),
            "undo it with\n`hookpoint rollback 7F3K`,\nor leave it\n  - as it is\n  now"
        );
        assert_eq!(fitted("a `b c", Some(2)), "a\n`b c");
    }

    #[test]
    fn what_is_marked_is_visible_at_any_width() {
        let source = format!("{}HERE{}", "x".repeat(70), "y".repeat(40));
        for (before, limit) in [
            (70, 20),
            (70, 40),
            (70, 76),
            (70, 80),
            (0, 20),
            (18, 20),
            (16, 20),
        ] {
            let source = &source[70 - before..];
            let error = format!(
                "a.js:1:{}: no\n  {source}\n  {}^\n  at f",
                before + 1,
                " ".repeat(before)
            );
            let lines = error_lines(&error, Some(limit));
            assert!(lines.iter().all(|line| columns(line) <= limit), "{lines:?}");
            let mark = lines.iter().position(|line| is_mark(line)).unwrap();
            let at = lines[mark].chars().position(|character| character == '^');
            let here = lines[mark - 1]
                .chars()
                .position(|character| character == 'H');
            assert_eq!(at, here, "{limit}: {lines:?}");
            assert_eq!(lines.last().unwrap(), "  at f");
            assert_eq!(error_lines(&error, None).join("\n"), error);
        }
    }
}
