//! Where a pattern is that could not take a value apart. The interpreter records no place for one: it names what it evaluated before, which
//! may be in the statement before.

use hookpoint_script_protocol::{Frame, NOT_DESTRUCTURED, NOT_ITERABLE};

use crate::{
    lines::Lines,
    syntax::{is_part, place},
};

/// How far from the place that the interpreter names, in bytes.
const FAR: usize = 4096;
/// Words that the interpreter records no place for.
const WITHOUT_PLACE: [&str; 24] = [
    "await", "break", "case", "catch", "const", "continue", "default", "do", "else", "false",
    "finally", "for", "if", "in", "let", "null", "of", "return", "switch", "true", "try", "typeof",
    "var", "while",
];
const DECLARING: [&str; 3] = ["const", "let", "var"];
/// What follows them has places of its own.
const OF_FUNCTIONS: [&str; 4] = ["async", "class", "function", "get"];

/// The innermost call of a failure, moved to the pattern that its message tells of; `None` if no pattern is certain.
pub(crate) fn at_pattern(message: &str, lines: &Lines<'_>, innermost: &Frame) -> Option<Frame> {
    let opens = if message.ends_with(NOT_DESTRUCTURED) {
        '{'
    } else if message.ends_with(NOT_ITERABLE) {
        '['
    } else {
        return None;
    };
    let start = lines.offset(innermost.line, innermost.column)?;
    let rest = &lines.text()[start..];
    let rest = &rest[..rest.floor_char_boundary(FAR)];
    let at = start + pattern(rest, opens)?;
    let (line, column) = place(lines.text(), at)?;
    Some(Frame {
        function: innermost.function.clone(),
        line,
        column,
    })
}

/// Where the first pattern is that has such a bracket. There is none if something with a place of its own is before it: the interpreter would
/// have named that.
fn pattern(text: &str, opens: char) -> Option<usize> {
    let mut tokens = Tokens { text, at: 0 };
    let mut previous = None;
    while let Some(token) = tokens.next() {
        match token.kind {
            Kind::Word if OF_FUNCTIONS.contains(&token.text) => return None,
            Kind::Word if !has_no_place(previous, &token, &tokens) => return None,
            Kind::Arrow | Kind::Unreadable => return None,
            Kind::Mark if is_group(previous, &token) => {
                let end = tokens.clone().end_of_group()?;
                let group = &text[token.at..end];
                tokens.at = end;
                if group.contains(opens) && tokens.clone().next()?.assigns() {
                    return Some(token.at);
                }
                let closed = Token {
                    kind: Kind::Mark,
                    text: &text[end - 1..end],
                    at: end - 1,
                };
                previous = Some(closed);
                continue;
            }
            _ => {}
        }
        previous = Some(token);
    }
    None
}

/// Whether the interpreter records no place for a word: the place that it named is before it.
fn has_no_place(previous: Option<Token<'_>>, word: &Token<'_>, rest: &Tokens<'_>) -> bool {
    let Some(previous) = previous else {
        return true;
    };
    let is_assigned = || {
        rest.clone()
            .next()
            .is_some_and(|next| next.text == "=" && next.kind == Kind::Mark)
    };
    WITHOUT_PLACE.contains(&word.text)
        || previous.text == "."
        || DECLARING.contains(&previous.text)
        || (previous.text == "," && is_assigned())
}

/// Whether a bracket begins a pattern or a literal, and no block and no access to a member.
fn is_group(previous: Option<Token<'_>>, bracket: &Token<'_>) -> bool {
    let follows_value = |token: &Token<'_>| {
        matches!(token.text, ")" | "]")
            || (token.kind == Kind::Word && !WITHOUT_PLACE.contains(&token.text))
    };
    let begins_block = |token: &Token<'_>| {
        matches!(
            token.text,
            ")" | ";" | "{" | "}" | "do" | "else" | "finally" | "try"
        )
    };
    match bracket.text {
        "[" => !previous.as_ref().is_some_and(follows_value),
        "{" => !previous.as_ref().is_some_and(begins_block),
        _ => false,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
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
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    at: usize,
}

impl Token<'_> {
    /// Whether what is before it is a pattern.
    fn assigns(&self) -> bool {
        matches!(
            (self.kind, self.text),
            (Kind::Mark, "=") | (Kind::Word, "of")
        )
    }
}

/// The tokens of a script from somewhere on. Regular expressions are not known.
#[derive(Clone)]
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl Tokens<'_> {
    /// The end of the group whose opening bracket was the last token.
    fn end_of_group(mut self) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where the pattern is after `^`, which stands for the place that the interpreter names; `@` stands where it is expected.
    fn check(marked: &str, opens: char) {
        let expected = marked.replacen('^', "", 1).find('@');
        let text = marked.replace('@', "");
        let (before, _) = text.split_once('^').unwrap();
        let rest = text.replacen('^', "", 1);
        let found = pattern(&rest[before.len()..], opens).map(|at| at + before.len());
        assert_eq!(found, expected, "{marked}");
    }

    #[test]
    fn the_pattern_after_the_statement_before_is_found() {
        for marked in [
            "console.^log('a; {'); const @{ street } = event.address;",
            "^{ a: 1, b: [2] }); let @{ street } = x;",
            "log(^'x', { a: 1 });\n// { b } = c\n/* let { d } = e */\nvar @{ street: { name } } = x;",
            "log(^x); for (const @{ b } of list) {}",
            "log(^x); if (true) { try { const @{ a } = x; } finally {} }",
            "let t=f(^1),@{a:e}=x;",
            "let t = f(^x), u = 2, @{ a } = x;",
            "^log(`x`); const y = 1; const @{ a, ...rest } = x;",
            "^(@{ a } = event.nothing);",
            "^x; const [b] = [1]; const @{ a } = x;",
            "^x; const @[{ a }] = [null];",
            "^x[0]; const @{ a = 'é=>' } = x;",
        ] {
            check(marked, '{');
        }
        for marked in [
            "log(^x); const @[first, second] = x;",
            "log(^x); const @{ a: [b] } = x;",
            "log(^x); const { a } = { a: 1 }, @[b] = x;",
        ] {
            check(marked, '[');
        }
    }

    #[test]
    fn a_place_that_is_right_stays() {
        for marked in [
            // A parameter.
            "^function f({ a }) { const { b } = c; }",
            "^async ({ a }) => { const { b } = c; }",
            "^({ a }) => a; const { b } = c;",
            // What has a place of its own is between.
            "^x; log(y); const { b } = c;",
            "^x; y = 1; const { b } = c;",
            "^x; const y = z; const { b } = c;",
            "^x; log(`${y}`); const { b } = c;",
            "^x; const f = () => { const { b } = c; }; const { d } = e;",
            "^x; class A { m() { const { b } = c; } }",
            // No pattern.
            "^x; const a = { b: 1 } == c;",
            "^x; const a = { b: 1 };",
            "^x; const { a = 'unfinished",
            "^x; const { a",
            "^",
        ] {
            check(marked, '{');
        }
        for marked in [
            "for (const x of ^event.nothing) log(x); const [a] = b;",
            "const g = [...^event.nothing]; log(g); const [a] = b;",
            "^x[1] = 2;",
            "^x; const { a } = b; c;",
        ] {
            check(marked, '[');
        }
    }

    #[test]
    fn calls_are_moved_by_their_messages_alone() {
        let text = "log('é');\nlog(1); const { a } = x;";
        let moved = |message: &str, line, column| {
            let innermost = Frame {
                function: "f".to_owned(),
                line,
                column,
            };
            let frame = at_pattern(message, &Lines::of(text), &innermost)?;
            Some((frame.function, frame.line, frame.column))
        };
        let message = format!("TypeError: {NOT_DESTRUCTURED}");
        let found = ("f".to_owned(), 2, 15);
        assert_eq!(moved(&message, 2, 5), Some(found.clone()));
        assert_eq!(moved(&message, 2, 15), Some(found));
        assert_eq!(moved("TypeError: nothing", 2, 5), None);
        // In the middle of a character; outside of the text; unknown.
        for (line, column) in [
            (1, 7),
            (2, 99),
            (3, 1),
            (0, 0),
            (1, 0),
            (u32::MAX, u32::MAX),
        ] {
            assert_eq!(moved(&message, line, column), None, "{line}:{column}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in r#"[{}\[\]();=>,.`'"$/*a é\\\n]{0,60}"#, line in 0_u32..4, column in 0_u32..30) {
            let innermost = Frame { function: String::new(), line, column };
            let lines = Lines::of(&text);
            for message in [NOT_DESTRUCTURED, NOT_ITERABLE] {
                at_pattern(message, &lines, &innermost);
            }
        }
    }
}
