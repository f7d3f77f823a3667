//! The removal of the statements in between from the finished script.

use std::collections::BTreeMap;

use oxc::{
    allocator::{Allocator, Vec as ArenaVec},
    ast::ast::{DebuggerStatement, Statement},
    ast_visit::Visit,
    parser::Parser,
    span::{GetSpan as _, SourceType, Span},
};
use oxc_sourcemap::{SourceMap, Token};

use super::Lines;

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
