//! Detects values that are used before they are initialised.

use oxc::{ast::AstKind, semantic::Semantic, span::GetSpan as _};

use crate::import::with_semantic;

/// Whether the top level of a file uses a `let`, `const` or `class` before its declaration, or calls a function of the file that may.
pub(crate) fn uses_early(name: &str, text: &str) -> bool {
    with_semantic(name, text, has_early_use)
}

fn has_early_use(semantic: &Semantic<'_>) -> bool {
    let (scoping, nodes) = (semantic.scoping(), semantic.nodes());
    let top = scoping.get_bindings(scoping.root_scope_id());
    let is_checked = |symbol| {
        let flags = scoping.symbol_flags(symbol);
        flags.is_block_scoped() || flags.is_class()
    };
    let start = |symbol| scoping.symbol_span(symbol).start;
    let last = top.values().copied().filter(|symbol| is_checked(*symbol));
    let Some(last) = last.map(start).max() else {
        return false;
    };
    top.values().copied().any(|symbol| {
        let before = if is_checked(symbol) {
            start(symbol)
        } else if scoping.symbol_flags(symbol).is_function() {
            last
        } else {
            return false;
        };
        let mut references = scoping.get_resolved_references(symbol);
        references.any(|reference| {
            let node = reference.node_id();
            let is_later = |kind: AstKind<'_>| {
                matches!(
                    kind,
                    AstKind::Function(_) | AstKind::ArrowFunctionExpression(_)
                )
            };
            reference.is_value()
                && nodes.kind(node).span().start < before
                && !nodes.ancestor_kinds(node).any(is_later)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_before_the_declaration_is_found_where_it_may_run() {
        for text in [
            "export const a = `${b}`; const b = 1;",
            "new A(); class A {}",
            "export const limit = base * 2;\nlet base = 5;",
            "const a = f(); function f() { return b; } const b = 1; export default () => a;",
            "const a = [1].map(f); function f(x) { return x + b; } const b = 1;",
        ] {
            assert!(uses_early("a.ts", text), "{text}");
        }
        for text in [
            "const b = 1; export const a = `${b}`;",
            "export default () => b; const b = 1;",
            "export default async function (event) { return f(event) + b; }\nfunction f(x) { return x; }\nconst b = 1;",
            "const b = 1; const a = f(); function f() { return b; }",
            "type A = typeof b; const b = 1;",
            "",
            "broken (",
        ] {
            assert!(!uses_early("a.ts", text), "{text}");
        }
    }
}
