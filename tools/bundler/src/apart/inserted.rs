//! What is inserted into a file before rolldown reads it.

use std::path::Path;

use oxc::{
    allocator::{Allocator, Vec as ArenaVec},
    ast::ast::{
        Argument, CallExpression, Expression, ExpressionStatement, NewExpression, Statement,
        TryStatement,
    },
    ast_visit::{
        Visit,
        walk::{
            walk_call_expression, walk_expression_statement, walk_new_expression, walk_statements,
            walk_try_statement,
        },
    },
    parser::Parser,
    semantic::{Scoping, SemanticBuilder},
    span::SourceType,
};
use oxc_sourcemap::{SourceMap, Token};

/// What stands between. The statement before it may lack its semicolon.
pub(super) const BETWEEN: &str = ";debugger;";
/// What stands before the name of a function that may throw.
pub(super) const GLOBAL: &str = "globalThis.";
/// Built-in functions and constructors that may throw, and whose calls the minifier takes for calls that do nothing.
const THROWING: [&str; 22] = [
    "ArrayBuffer",
    "BigInt64Array",
    "BigUint64Array",
    "Float32Array",
    "Float64Array",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "String",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
];
/// Objects with such functions.
const OWNERS: [&str; 4] = ["Date", "Math", "String", "Symbol"];
/// Part of the names of those that packages try.
const TRIED: &str = "codeURI";

/// A text that is inserted before a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Insertion {
    offset: usize,
    /// Whether it belongs to what follows it, as [`GLOBAL`] does.
    is_prefix: bool,
}

impl Insertion {
    fn text(self) -> &'static str {
        if self.is_prefix { GLOBAL } else { BETWEEN }
    }
}

/// Returns a file of the author with a statement after each declaration of variables and each expression, and [`THROWING`] functions
/// by their other name, and the map to what was written. `None` if there is nothing to add, or it cannot be parsed, which the bundler
/// reports.
pub(crate) fn separated(path: &str, code: &str) -> Option<(String, SourceMap<'static>)> {
    inserted(path, code, true)
}

/// Returns a file of a package with functions by their other name where it only awaits whether they throw, and the map. `None` if there is
/// nothing to change.
pub(crate) fn with_checks(path: &str, code: &str) -> Option<(String, SourceMap<'static>)> {
    // Few files have both, and parsing takes time.
    let has_both = code.contains("try") && THROWING.iter().any(|name| code.contains(name));
    if has_both {
        inserted(path, code, false)
    } else {
        None
    }
}

fn inserted(path: &str, code: &str, is_authors: bool) -> Option<(String, SourceMap<'static>)> {
    let kind = SourceType::from_path(Path::new(path)).ok()?;
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, code, kind.with_unambiguous(true)).parse();
    if parsed.panicked || !parsed.diagnostics.is_empty() {
        return None;
    }
    let semantic = SemanticBuilder::new().build(&parsed.program).semantic;
    let scoping = semantic.scoping();
    let mut found = Changes {
        scoping,
        is_shadowed: scoping.symbol_names().any(|name| name == "globalThis"),
        is_authors,
        attempts: 0,
        insertions: Vec::new(),
    };
    found.visit_program(&parsed.program);
    let mut insertions = found.insertions;
    if insertions.is_empty() {
        return None;
    }
    insertions.sort_unstable();
    let mut apart = String::with_capacity(code.len() + insertions.len() * GLOBAL.len());
    let mut start = 0;
    for insertion in &insertions {
        apart += &code[start..insertion.offset];
        apart += insertion.text();
        start = insertion.offset;
    }
    apart += &code[start..];
    let map = SourceMap::new(
        None,
        Vec::new(),
        None,
        vec![path.to_owned().into()],
        vec![Some(code.to_owned().into())],
        tokens(code, &insertions),
        None,
    );
    Some((apart, map))
}

/// What to insert into a file: something after declarations of variables, and expressions that are statements, of the author, and before
/// the names of [`THROWING`] functions.
struct Changes<'s> {
    scoping: &'s Scoping,
    /// Whether the file defines what [`GLOBAL`] names.
    is_shadowed: bool,
    is_authors: bool,
    /// How many `try` are around.
    attempts: usize,
    insertions: Vec<Insertion>,
}

impl<'a> Visit<'a> for Changes<'_> {
    fn visit_statements(&mut self, statements: &ArenaVec<'a, Statement<'a>>) {
        for statement in statements {
            let span = match statement {
                Statement::VariableDeclaration(declaration) => declaration.span,
                Statement::ExpressionStatement(expression) => expression.span,
                _ => continue,
            };
            if self.is_authors {
                self.insertions.push(Insertion {
                    offset: span.end as usize,
                    is_prefix: false,
                });
            }
        }
        walk_statements(self, statements);
    }

    fn visit_try_statement(&mut self, statement: &TryStatement<'a>) {
        self.attempts += 1;
        walk_try_statement(self, statement);
        self.attempts -= 1;
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if self.is_authors {
            self.call(&call.callee, &call.arguments);
        }
        walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, call: &NewExpression<'a>) {
        if self.is_authors {
            self.call(&call.callee, &call.arguments);
        }
        walk_new_expression(self, call);
    }

    fn visit_expression_statement(&mut self, statement: &ExpressionStatement<'a>) {
        self.probably_unused(&statement.expression);
        walk_expression_statement(self, statement);
    }
}

impl Changes<'_> {
    /// Looks for a call whose result a package does not use, in `try`.
    fn probably_unused(&mut self, expression: &Expression<'_>) {
        match expression {
            Expression::CallExpression(call) if !self.is_authors && self.attempts > 0 => {
                self.call(&call.callee, &call.arguments);
            }
            Expression::UnaryExpression(unary) => self.probably_unused(&unary.argument),
            Expression::LogicalExpression(logical) => self.probably_unused(&logical.right),
            Expression::SequenceExpression(sequence) => {
                for part in &sequence.expressions {
                    self.probably_unused(part);
                }
            }
            _ => {}
        }
    }

    fn call(&mut self, callee: &Expression<'_>, arguments: &[Argument<'_>]) {
        if let Some(Argument::NumericLiteral(_)) = arguments.first() {
            return;
        }
        let (identifier, names) = match callee {
            Expression::Identifier(identifier) => (Some(&**identifier), &THROWING[..]),
            Expression::StaticMemberExpression(member) => {
                (member.object.get_identifier_reference(), &OWNERS[..])
            }
            Expression::ComputedMemberExpression(member) => {
                (member.object.get_identifier_reference(), &OWNERS[..])
            }
            _ => (None, &[][..]),
        };
        let Some(identifier) = identifier else { return };
        let name = identifier.name.as_str();
        let is_meant = if self.is_authors {
            names.contains(&name)
        } else {
            name.contains(TRIED)
        };
        let is_global = || {
            let reference = self.scoping.get_reference(identifier.reference_id());
            reference.symbol_id().is_none()
        };
        if is_meant && !self.is_shadowed && is_global() {
            self.insertions.push(Insertion {
                offset: identifier.span.start as usize,
                is_prefix: true,
            });
        }
    }
}

/// Where each character of a file is after the insertions. A map is not continued between its tokens.
pub(super) fn tokens(code: &str, insertions: &[Insertion]) -> Box<[Token]> {
    let mut tokens = Vec::new();
    let mut insertions = insertions.iter().peekable();
    let (mut line, mut column, mut shift) = (0, 0, 0);
    for (offset, character) in code.char_indices() {
        let at = |shift| Token::new(line, column + shift, line, column, Some(0), None);
        while let Some(insertion) = insertions.next_if(|insertion| insertion.offset <= offset) {
            if insertion.is_prefix {
                tokens.push(at(shift));
            }
            shift += u32::try_from(insertion.text().len()).unwrap_or_default();
        }
        if character == '\n' {
            (line, column, shift) = (line + 1, 0, 0);
            continue;
        }
        if !character.is_whitespace() {
            tokens.push(at(shift));
        }
        column += u32::try_from(character.len_utf16()).unwrap_or_default();
    }
    tokens.into()
}
