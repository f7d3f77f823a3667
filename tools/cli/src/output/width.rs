//! How much room a text takes on a terminal.

use anstream::adapter::strip_str;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The widest page of text.
const PAGE: usize = 80;

/// The width of the terminal on standard output; `None` if that is none.
pub(crate) fn of_terminal() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    (width.0 > 0).then(|| width.0.into())
}

/// The width of a page of text: easy to read, and no wider than the terminal.
pub(crate) fn of_prose() -> usize {
    of_terminal().map_or(PAGE, |columns| columns.min(PAGE))
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

/// Lines of at most this many columns, broken between words, or within a word that is longer. What is in backticks is not broken if
/// it fits one line.
pub(crate) fn wrapped(text: &str, limit: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let words = pieces(text).flat_map(|piece| {
        let parts = if columns(piece) <= limit {
            vec![piece]
        } else {
            piece.split(' ').collect()
        };
        parts.into_iter()
    });
    for word in words {
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

/// Text whose lines take at most this many columns, as far as words allow. Lines of prose are broken between words, and go on with
/// the indentation of the line, behind its mark if it is one of a list. What is in backticks is not broken: it may be a command to
/// paste. A source line and the mark below it stay aligned.
pub(crate) fn fitted(text: &str, limit: Option<usize>) -> String {
    let Some(limit) = limit else {
        return text.to_owned();
    };
    let mut shown: Vec<String> = Vec::new();
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        if let Some(mark) = lines.next_if(|next| is_mark(next)) {
            let (line, mark) = marked(line, mark, limit);
            shown.extend([line, mark]);
        } else if columns_shown(line) <= limit {
            shown.push(line.to_owned());
        } else {
            shown.extend(broken(line, limit));
        }
    }
    shown.join("\n")
}

/// A line of prose, broken between words.
fn broken(line: &str, limit: usize) -> Vec<String> {
    let words = line.trim_start_matches(' ');
    let mut indentation = line[..line.len() - words.len()].to_owned();
    let mut lines = vec![indentation.clone()];
    let mut is_first = true;
    for word in pieces(words) {
        let Some(last) = lines.last_mut() else { break };
        if is_first {
            last.push_str(word);
            if matches!(&*strip_str(word).to_string(), "+" | "-" | "~") {
                indentation.push_str("  ");
            }
        } else if columns_shown(last) + 1 + columns_shown(word) <= limit {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(format!("{indentation}{word}"));
        }
        is_first = false;
    }
    lines
}

/// The columns that a text with styles takes.
fn columns_shown(text: &str) -> usize {
    columns(&strip_str(text).to_string())
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
        assert_eq!(wrapped("do `a b` c", 6), ["do", "`a b`", "c"]);
        assert_eq!(wrapped("do `a b c` d", 6), ["do `a", "b c` d"]);
    }

    #[test]
    fn prose_is_broken_between_words_and_outside_of_commands() {
        let text = "undo it with `hookpoint rollback 7F3K`, or leave it\n  - as it is now";
        assert_eq!(fitted(text, None), text);
        assert_eq!(
            fitted(text, Some(14)),
            "undo it with\n`hookpoint rollback 7F3K`,\nor leave it\n  - as it is\n    now"
        );
        let styled = "\u{1b}[32m+\u{1b}[0m binding of the shop";
        assert_eq!(fitted(styled, Some(21)), styled);
        assert_eq!(
            fitted(styled, Some(12)),
            "\u{1b}[32m+\u{1b}[0m binding of\n  the shop"
        );
        assert_eq!(fitted("a  b   c d", Some(8)), "a  b   c\nd");
        assert_eq!(
            fitted("a.js:1:9: it is\n  12345678901\n          ^", Some(10)),
            "a.js:1:9:\nit is\n  …678901\n      ^"
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
