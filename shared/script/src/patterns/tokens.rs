//! The tokens of JavaScript, as far as finding a pattern needs them.

use crate::syntax::is_part;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// A string, or a template without values in it.
    Text,
    Arrow,
    /// Any other character, or `==`.
    Mark,
    /// Text that does not end, or a template with values in it.
    Unreadable,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Where it begins.
    pub(super) at: usize,
}

impl Token<'_> {
    /// Whether what is before it is a pattern.
    pub(super) fn assigns(&self) -> bool {
        matches!(
            (self.kind, self.text),
            (Kind::Mark, "=") | (Kind::Word, "of")
        )
    }
}

/// The tokens of a script from somewhere on. Regular expressions are not known.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    pub(super) text: &'a str,
    /// Where the next one is looked for.
    pub(super) at: usize,
}

impl Tokens<'_> {
    /// The end of the group whose opening bracket was the last token.
    pub(super) fn end_of_group(mut self) -> Option<usize> {
        let mut depth = 1_u32;
        while depth > 0 {
            let token = self.next()?;
            match (token.kind, token.text) {
                (Kind::Unreadable, _) => return None,
                (Kind::Mark, "{" | "[" | "(") => depth += 1,
                (Kind::Mark, "}" | "]" | ")") => depth -= 1,
                _ => {}
            }
        }
        Some(self.at)
    }

    /// Behind white space and comments.
    fn skip_blanks(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let blank = rest.len() - rest.trim_start().len();
            let comment = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                0
            };
            if blank + comment == 0 {
                return;
            }
            self.at += blank.max(comment);
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        let (kind, length) = if is_part(first) {
            let length = rest.find(|character| !is_part(character));
            let kind = if first.is_ascii_digit() {
                Kind::Number
            } else {
                Kind::Word
            };
            (kind, length.unwrap_or(rest.len()))
        } else if matches!(first, '"' | '\'' | '`') {
            match end_of_text(rest, first) {
                Some(end) if first != '`' || !rest[..end].contains("${") => (Kind::Text, end),
                _ => (Kind::Unreadable, rest.len()),
            }
        } else if rest.starts_with("=>") {
            (Kind::Arrow, 2)
        } else if rest.starts_with("==") {
            (Kind::Mark, 2)
        } else {
            (Kind::Mark, first.len_utf8())
        };
        let at = self.at;
        self.at += length;
        Some(Token {
            kind,
            text: &rest[..length],
            at,
        })
    }
}

/// The end of a string or template.
fn end_of_text(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if character == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}
