//! Where a pattern is that could not take a value apart. The interpreter records no place for one: it names what it evaluated before, which
//! may be in the statement before.

mod tokens;

use std::ops::Range;

use hookpoint_script_protocol::{Frame, NO_ITERATOR, NO_OBJECT, NOT_DESTRUCTURED, NOT_ITERABLE};

use self::tokens::{Kind, Token, Tokens};
use crate::{lines::Lines, syntax::place};

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
/// Words before the name or the parameters of a function.
const BEFORE_NAMES: [&str; 6] = ["async", "export", "default", "function", "get", "set"];

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

/// The message about a pattern that a line of a log has, as [`at_pattern`] takes it. The next line may be the innermost call.
pub(crate) fn logged(line: &str) -> Option<&'static str> {
    let line = line.trim_end();
    if line.ends_with(NO_OBJECT) {
        return Some(NOT_DESTRUCTURED);
    }
    let (_, value) = line.rsplit_once(NO_ITERATOR)?;
    matches!(value, "null" | "undefined").then_some(NOT_ITERABLE)
}

/// Where the first pattern is that has such a bracket. There is none if something with a place of its own is before it: the interpreter would
/// have named that.
fn pattern(text: &str, opens: char) -> Option<usize> {
    let mut tokens = Tokens { text, at: 0 };
    // A function that has evaluated nothing is named by its beginning. Its parameters come first.
    if let Some((parameters, body)) = function(tokens.clone()) {
        if text[parameters].contains(opens) {
            return None;
        }
        tokens.at = body;
    }
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

/// The parameters of the function that begins here, and where its body does, if that is a block.
fn function(mut tokens: Tokens<'_>) -> Option<(Range<usize>, usize)> {
    let mut token = tokens.next()?;
    while BEFORE_NAMES.contains(&token.text) || token.text == "*" {
        token = tokens.next()?;
    }
    let is_name = token.kind == Kind::Word;
    let mut start = token.at;
    let mut next = if token.text == "(" {
        token
    } else {
        tokens.next()?
    };
    if next.text == "(" {
        start = next.at;
        let end = tokens.clone().end_of_group()?;
        tokens.at = end;
        next = tokens.next()?;
    } else if !is_name || next.kind != Kind::Arrow {
        return None;
    }
    let end = next.at;
    if next.kind == Kind::Arrow {
        next = tokens.next()?;
    }
    (next.text == "{").then_some((start..end, tokens.at))
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
            "^async function handler(event, hook) {\n  const @{ street } = event.customer.address;",
            "^async (event) => { const @{ a } = undefined; }",
            "^event=>{let@{a:b}=event.c;}",
            "^helper(list) { for (const @{ id } of list) id; }",
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
