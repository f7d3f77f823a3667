//! Which parts of a script are comments, texts and regular expressions.
//!
//! Only as far as that is certain: whether a slash begins a regular expression depends on the grammar around it. Where
//! that is in doubt, the answer is that nothing is known.

use std::{iter::Peekable, ops::Range, str::CharIndices};

/// Words after which a slash begins a regular expression.
const BEFORE_EXPRESSION: [&str; 12] = [
    "return",
    "typeof",
    "case",
    "in",
    "delete",
    "void",
    "throw",
    "new",
    "do",
    "else",
    "instanceof",
    "default",
];
/// Words that are names in some places.
const UNCERTAIN: [&str; 4] = ["of", "yield", "await", "let"];

/// Comments, texts and regular expressions by position, in order; `None` if they are not certain.
pub(super) fn not_code(source: &str) -> Option<Vec<Range<usize>>> {
    let mut scan = Scan {
        source,
        rest: source.char_indices().peekable(),
        found: Vec::new(),
        braces: Vec::new(),
        last: Last::Start,
    };
    scan.all()?;
    Some(scan.found)
}

/// What stands before the next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing, or an operator: an expression follows.
    Start,
    /// A name, a number, a text or a closing bracket: an operator follows.
    Value,
    /// One or the other.
    Uncertain,
}

struct Scan<'a> {
    source: &'a str,
    rest: Peekable<CharIndices<'a>>,
    found: Vec<Range<usize>>,
    /// Open braces; true for those of a `${`.
    braces: Vec<bool>,
    last: Last,
}

impl Scan<'_> {
    fn all(&mut self) -> Option<()> {
        while let Some((start, character)) = self.rest.next() {
            match character {
                '/' => self.slash(start)?,
                '"' | '\'' => {
                    self.quoted(start, character)?;
                    self.last = Last::Value;
                }
                '`' => self.template(start)?,
                '{' => {
                    self.braces.push(false);
                    self.last = Last::Start;
                }
                '}' if self.braces.pop()? => self.template(start)?,
                ')' | '}' => self.last = Last::Uncertain,
                ']' => self.last = Last::Value,
                '+' | '-' => {
                    let is_doubled = self.rest.next_if(|(_, next)| *next == character).is_some();
                    // It may begin a comment in the manner of HTML.
                    if is_doubled && self.source[start..].starts_with("-->") {
                        return None;
                    }
                    self.last = if is_doubled {
                        Last::Uncertain
                    } else {
                        Last::Start
                    };
                }
                _ if is_of_word(character) => self.word(start),
                _ if character.is_whitespace() => {}
                // A number may end with it, and a spread is followed by an expression.
                '.' => self.last = Last::Uncertain,
                // As above.
                '<' if self.source[start..].starts_with("<!--") => return None,
                _ => self.last = Last::Start,
            }
        }
        self.braces.is_empty().then_some(())
    }

    fn slash(&mut self, start: usize) -> Option<()> {
        let after = &self.source[start + 1..];
        if after.starts_with('/') {
            let length = after.find(is_line_end).unwrap_or(after.len());
            self.skip_to(start + 1 + length);
        } else if let Some(comment) = after.strip_prefix('*') {
            let length = comment.find("*/")? + 3;
            self.skip_to(start + 1 + length);
        } else {
            let line = &after[..after.find(is_line_end).unwrap_or(after.len())];
            return match self.last {
                Last::Start => self.regular_expression(start),
                // A regular expression ends on its line.
                Last::Uncertain if line.contains('/') => None,
                Last::Value | Last::Uncertain => {
                    self.last = Last::Start;
                    Some(())
                }
            };
        }
        let end = self.rest.peek().map_or(self.source.len(), |(end, _)| *end);
        self.found.push(start..end);
        Some(())
    }

    fn regular_expression(&mut self, start: usize) -> Option<()> {
        let mut is_class = false;
        loop {
            let (end, character) = self.rest.next()?;
            match character {
                '\\' => {
                    self.rest.next_if(|(_, next)| !is_line_end(*next))?;
                }
                '[' => is_class = true,
                ']' => is_class = false,
                '/' if !is_class => {
                    self.found.push(start..end);
                    self.last = Last::Value;
                    return Some(());
                }
                character if is_line_end(character) => return None,
                _ => {}
            }
        }
    }

    fn quoted(&mut self, start: usize, quote: char) -> Option<()> {
        loop {
            let (end, character) = self.rest.next()?;
            match character {
                '\\' => {
                    self.rest.next()?;
                }
                '\n' | '\r' => return None,
                _ if character == quote => {
                    self.found.push(start + 1..end);
                    return Some(());
                }
                _ => {}
            }
        }
    }

    /// The text of a template up to its end or the next `${`.
    fn template(&mut self, start: usize) -> Option<()> {
        loop {
            let (end, character) = self.rest.next()?;
            match character {
                '\\' => {
                    self.rest.next()?;
                }
                '`' => {
                    self.found.push(start + 1..end);
                    self.last = Last::Value;
                    return Some(());
                }
                '$' if self.rest.next_if(|(_, next)| *next == '{').is_some() => {
                    self.found.push(start + 1..end);
                    self.braces.push(true);
                    self.last = Last::Start;
                    return Some(());
                }
                _ => {}
            }
        }
    }

    fn word(&mut self, start: usize) {
        while self.rest.next_if(|(_, next)| is_of_word(*next)).is_some() {}
        let end = self.rest.peek().map_or(self.source.len(), |(end, _)| *end);
        let word = &self.source[start..end];
        // After a dot, every word is a name.
        let is_member = self.source[..start].trim_end().ends_with('.');
        self.last = if is_member {
            Last::Value
        } else if BEFORE_EXPRESSION.contains(&word) {
            Last::Start
        } else if UNCERTAIN.contains(&word) {
            Last::Uncertain
        } else {
            Last::Value
        };
    }

    fn skip_to(&mut self, end: usize) {
        while self.rest.next_if(|(at, _)| *at < end).is_some() {}
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || "_$\\#".contains(character)
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}
