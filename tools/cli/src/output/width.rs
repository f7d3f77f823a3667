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
}
