//! Keeps the author's statements apart while the bundle is minified.
//!
//! The minifier puts the value of a constant where it is used, if that is the next statement, and makes one expression of statements that
//! follow each other: an error would be reported on the line of the statement before. A statement in between prevents it. It is one that no
//! minifier removes unasked, and that is removed afterwards.

use std::{collections::BTreeMap, path::Path};

use oxc::{
    allocator::{Allocator, Vec as ArenaVec},
    ast::ast::{DebuggerStatement, Statement},
    ast_visit::{Visit, walk::walk_statements},
    parser::Parser,
    span::{GetSpan as _, SourceType, Span},
};
use oxc_sourcemap::{SourceMap, Token};

/// What stands between. The statement before it may lack its semicolon.
const BETWEEN: &str = ";debugger;";

/// Returns a file of the author with a statement after each declaration of variables and each expression, and the map to what was
/// written. `None` if there is nothing to add, or it cannot be parsed, which the bundler reports.
pub(crate) fn separated(path: &str, code: &str) -> Option<(String, SourceMap<'static>)> {
    let kind = SourceType::from_path(Path::new(path)).ok()?;
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, code, kind.with_unambiguous(true)).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        return None;
    }
    let mut found = Ends::default();
    found.visit_program(&parsed.program);
    let mut ends = found.0;
    if ends.is_empty() {
        return None;
    }
    ends.sort_unstable();
    let mut apart = String::with_capacity(code.len() + ends.len() * BETWEEN.len());
    let mut start = 0;
    for end in &ends {
        apart += &code[start..*end];
        apart += BETWEEN;
        start = *end;
    }
    apart += &code[start..];
    let map = SourceMap::new(
        None,
        Vec::new(),
        None,
        vec![path.to_owned().into()],
        vec![Some(code.to_owned().into())],
        tokens(code, &ends),
        None,
    );
    Some((apart, map))
}

/// The ends of declarations of variables, and of expressions that are statements.
#[derive(Default)]
struct Ends(Vec<usize>);

impl<'a> Visit<'a> for Ends {
    fn visit_statements(&mut self, statements: &ArenaVec<'a, Statement<'a>>) {
        for statement in statements {
            let span = match statement {
                Statement::VariableDeclaration(declaration) => declaration.span,
                Statement::ExpressionStatement(expression) => expression.span,
                _ => continue,
            };
            self.0.push(span.end as usize);
        }
        walk_statements(self, statements);
    }
}

/// Where each character of a file is after [`BETWEEN`] was inserted at some places. A map is not continued between its tokens.
fn tokens(code: &str, inserted: &[usize]) -> Box<[Token]> {
    let length = u32::try_from(BETWEEN.len()).unwrap_or_default();
    let mut tokens = Vec::new();
    let mut places = inserted.iter().peekable();
    let (mut line, mut column, mut shift) = (0, 0, 0);
    for (offset, character) in code.char_indices() {
        while places.next_if(|place| **place <= offset).is_some() {
            shift += length;
        }
        if character == '\n' {
            (line, column, shift) = (line + 1, 0, 0);
            continue;
        }
        if !character.is_whitespace() {
            tokens.push(Token::new(
                line,
                column + shift,
                line,
                column,
                Some(0),
                None,
            ));
        }
        column += u32::try_from(character.len_utf16()).unwrap_or_default();
    }
    tokens.into()
}

/// Removes the statements in between from the script, and all others of their kind. Returns `None` if there is none.
pub(crate) fn rejoined(code: &str, map: &SourceMap<'_>) -> Option<(String, SourceMap<'static>)> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, code, SourceType::mjs()).parse();
    let mut found = Found::default();
    found.visit_program(&parsed.program);
    let mut cuts = found.0;
    if cuts.is_empty() {
        return None;
    }
    cuts.sort_unstable_by_key(|cut| cut.span.start);
    let mut joined = String::with_capacity(code.len());
    let mut start = 0;
    // By line, where characters are missing, and how many up to there.
    let mut missing: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    let mut lines = Lines::new(code);
    for Cut { span, is_alone } in cuts {
        let (from, to) = (span.start as usize, span.end as usize);
        joined += &code[start..from];
        let kept = if is_alone { ";" } else { "" };
        joined += kept;
        start = to;
        let (line, column) = lines.place(from);
        let gone = u32::try_from(to - from - kept.len()).unwrap_or_default();
        let of_line = missing.entry(line).or_default();
        let before = of_line.last().map_or(0, |(_, gone)| *gone);
        of_line.push((column, before + gone));
    }
    joined += &code[start..];
    let mut parts = map.clone().into_owned().into_parts();
    let shifted = parts.tokens.iter().map(|token| {
        let gone = missing.get(&token.get_dst_line()).map_or(0, |of_line| {
            let before = of_line.partition_point(|(column, _)| *column < token.get_dst_col());
            before.checked_sub(1).map_or(0, |last| of_line[last].1)
        });
        Token::new(
            token.get_dst_line(),
            token.get_dst_col() - gone,
            token.get_src_line(),
            token.get_src_col(),
            token.get_source_id(),
            token.get_name_id(),
        )
    });
    parts.tokens = shifted.collect();
    parts.token_chunks = None;
    Some((joined, SourceMap::from_parts(parts)))
}

struct Cut {
    span: Span,
    /// Whether it is the whole body of an `if` or a loop, where a statement must stay.
    is_alone: bool,
}

#[derive(Default)]
struct Found(Vec<Cut>);

impl<'a> Visit<'a> for Found {
    fn visit_statements(&mut self, statements: &ArenaVec<'a, Statement<'a>>) {
        for statement in statements {
            match statement {
                Statement::DebuggerStatement(_) => self.0.push(Cut {
                    span: statement.span(),
                    is_alone: false,
                }),
                other => self.visit_statement(other),
            }
        }
    }

    fn visit_debugger_statement(&mut self, statement: &DebuggerStatement) {
        self.0.push(Cut {
            span: statement.span,
            is_alone: true,
        });
    }
}

/// Line and column, in UTF-16, of ascending offsets.
struct Lines<'a> {
    code: &'a str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Lines<'a> {
    fn new(code: &'a str) -> Self {
        Self {
            code,
            offset: 0,
            line: 0,
            column: 0,
        }
    }

    fn place(&mut self, offset: usize) -> (u32, u32) {
        for character in self.code[self.offset..offset].chars() {
            if character == '\n' {
                (self.line, self.column) = (self.line + 1, 0);
            } else {
                self.column += u32::try_from(character.len_utf16()).unwrap_or_default();
            }
        }
        self.offset = offset;
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the map says of each occurrence of a text in the script.
    fn source_places(code: &str, map: &SourceMap<'_>, text: &str) -> Vec<(u32, u32)> {
        let table = map.generate_lookup_table();
        let mut lines = Lines::new(code);
        let places = code
            .match_indices(text)
            .map(|(offset, _)| lines.place(offset));
        places
            .map(|(line, column)| {
                let token = map.lookup_token(&table, line, column).unwrap();
                (token.get_src_line(), token.get_src_col())
            })
            .collect()
    }

    const WRITTEN: &str = "\
const top = 1
export default (event: any) => {
  const order = event.missing; const emoji = '🦀'; use(emoji);
  for (const item of order) { let x = item; use(x) }
  if (order) debugger;
  return order.items;
}
";

    #[test]
    fn statements_are_followed_by_one_that_the_map_leaves_out() {
        let (apart, map) = separated("/w/hooks/a.ts", WRITTEN).unwrap();
        assert_eq!(apart.matches(BETWEEN).count(), 6, "{apart}");
        assert!(apart.contains("const top = 1;debugger;\n"), "{apart}");
        assert!(apart.contains("for (const item of order) {"), "{apart}");
        assert_eq!(source_places(&apart, &map, "use("), [(2, 51), (3, 44)]);
        assert_eq!(source_places(&apart, &map, "return"), [(5, 2)]);
        for nothing in ["export default () => ({});", "const = ;", "\u{0}"] {
            assert!(separated("/w/hooks/a.ts", nothing).is_none(), "{nothing}");
        }
        assert!(separated("/w/hooks/a.json", "{}").is_none());
    }

    #[test]
    fn the_statements_are_removed_and_the_map_follows() {
        let code = "let a=`🦀`;debugger;let b=a;debugger;if(b)debugger;else use(b)\nuse(`debugger;`);debugger";
        let whole: Vec<Token> = tokens(code, &[]).into();
        let map = SourceMap::new(
            None,
            Vec::new(),
            None,
            vec!["a.js".into()],
            vec![None],
            whole.into(),
            None,
        );
        let (joined, shifted) = rejoined(code, &map).unwrap();
        assert_eq!(
            joined,
            "let a=`🦀`;let b=a;if(b);else use(b)\nuse(`debugger;`);"
        );
        for text in ["let b", "else", "use(b)", "use(`"] {
            assert_eq!(
                source_places(&joined, &shifted, text),
                source_places(code, &map, text),
                "{text}"
            );
        }
        assert!(rejoined(&joined, &shifted).is_none());
    }
}
