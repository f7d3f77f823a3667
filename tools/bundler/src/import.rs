//! What a file's own syntax says: whether it is a module, and where it imports what.

use std::path::Path;

use oxc::{
    allocator::Allocator,
    ast::ast::{AccessorProperty, Decorator, Statement},
    ast_visit::Visit,
    parser::{ParseOptions, Parser, ParserReturn},
    semantic::{Semantic, SemanticBuilder},
    span::{SourceType, Span},
};

/// The form of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `export default`.
    Module,
    /// `module.exports =`, or `export =` in TypeScript.
    CommonJs,
}

/// The form of a hook's file. What does not parse counts as a module: its error comes from rolldown.
pub(crate) fn form_of(name: &str, text: &str) -> Form {
    let allocator = Allocator::default();
    let parsed = parse(&allocator, name, text);
    let assigns_exports = parsed
        .program
        .body
        .iter()
        .any(|statement| matches!(statement, Statement::TSExportAssignment(_)));
    let is_module = parsed.module_record.has_module_syntax || parsed.panicked;
    let extension = Path::new(name).extension();
    match extension.and_then(|extension| extension.to_str()) {
        Some("mjs") => Form::Module,
        Some("cjs") => Form::CommonJs,
        _ if is_module && !assigns_exports => Form::Module,
        _ => Form::CommonJs,
    }
}

/// Where a file first imports this specifier, by a declaration or by a call of `import`, in bytes. A call of `require` is found by
/// its text.
pub(crate) fn place_of(name: &str, text: &str, specifier: &str, is_call: bool) -> Option<usize> {
    let allocator = Allocator::default();
    let parsed = parse(&allocator, name, text);
    let record = &parsed.module_record;
    let static_import = record
        .requested_modules
        .iter()
        .filter(|(module, _)| module.as_str() == specifier)
        .flat_map(|(_, requests)| requests.iter().map(|request| request.span.start))
        .min();
    let literal = |span: Span| {
        let text = text.get(span.start as usize..span.end as usize)?;
        Some(text.trim_matches(['"', '\'', '`']).to_owned())
    };
    let dynamic_import = record
        .dynamic_imports
        .iter()
        .filter(|import| literal(import.module_request).is_some_and(|text| text == specifier))
        .map(|import| import.module_request.start)
        .min();
    let found = if is_call {
        dynamic_import
    } else {
        static_import
    };
    found.map(|offset| offset as usize).or_else(|| {
        ['"', '\'', '`']
            .iter()
            .filter_map(|quote| text.find(&format!("{quote}{specifier}{quote}")))
            .min()
    })
}

/// The places of `import(…)` that do not name a module that is offered, in bytes.
pub(crate) fn calls_of_others(text: &str, is_offered: impl Fn(&str) -> bool) -> Vec<usize> {
    let allocator = Allocator::default();
    let parsed = parse(&allocator, "bundle.mjs", text);
    let imports = parsed.module_record.dynamic_imports.iter();
    let names_offered = |module: Span| {
        let module = text.get(module.start as usize..module.end as usize);
        // The minifier quotes with backticks.
        let is_quoted = |module: &&str| module.starts_with(['"', '\'', '`']);
        module
            .filter(is_quoted)
            .is_some_and(|module| is_offered(module.trim_matches(['"', '\'', '`'])))
    };
    imports
        .filter(|import| !names_offered(import.module_request))
        .map(|import| import.span.start as usize)
        .collect()
}

/// Syntax that engines do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uncompiled {
    /// `@logged`.
    Decorator,
    /// `accessor name = 1` in a class.
    Accessor,
}

/// The first of these that is left, with its place in bytes.
pub(crate) fn first_uncompiled(text: &str) -> Option<(usize, Uncompiled)> {
    #[derive(Default)]
    struct First(Option<(usize, Uncompiled)>);

    impl<'a> Visit<'a> for First {
        fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
            let start = decorator.span.start as usize;
            self.0.get_or_insert((start, Uncompiled::Decorator));
        }

        fn visit_accessor_property(&mut self, property: &AccessorProperty<'a>) {
            let start = property.span.start as usize;
            self.0.get_or_insert((start, Uncompiled::Accessor));
        }
    }

    // Few bundles have either, and parsing takes time.
    if !text.contains('@') && !text.contains("accessor ") {
        return None;
    }
    let allocator = Allocator::default();
    let parsed = parse(&allocator, "bundle.mjs", text);
    let mut first = First::default();
    first.visit_program(&parsed.program);
    first.0
}

/// Reads scopes, references and nodes of a file; what does not parse has few or none.
pub(crate) fn with_semantic<T>(name: &str, text: &str, read: impl FnOnce(&Semantic<'_>) -> T) -> T {
    let allocator = Allocator::default();
    let parsed = parse(&allocator, name, text);
    let semantic = SemanticBuilder::new()
        .with_build_nodes(true)
        .build(&parsed.program)
        .semantic;
    read(&semantic)
}

pub(crate) fn parse<'a>(allocator: &'a Allocator, name: &str, text: &'a str) -> ParserReturn<'a> {
    let kind = SourceType::from_path(name).unwrap_or_else(|_| SourceType::mjs());
    let options = ParseOptions {
        allow_return_outside_function: true,
        ..ParseOptions::default()
    };
    Parser::new(allocator, text, kind)
        .with_options(options)
        .parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_syntax_decides_the_form() {
        for (name, text, form) in [
            ("a.js", "export default () => ({})", Form::Module),
            ("a.js", "module.exports = 1", Form::CommonJs),
            (
                "a.js",
                "// export default\nmodule.exports = require('./b')",
                Form::CommonJs,
            ),
            (
                "a.ts",
                "import x from './b'\nexport default x",
                Form::Module,
            ),
            (
                "a.cts",
                "import x = require('./b')\nexport = x",
                Form::CommonJs,
            ),
            ("a.cjs", "module.exports = 1", Form::CommonJs),
            ("a.mjs", "globalThis.x = 1", Form::Module),
        ] {
            assert_eq!(form_of(name, text), form, "{name}: {text}");
        }
    }

    #[test]
    fn an_import_is_found_where_it_is_and_not_in_a_comment() {
        let text = "// from './b'\nimport b from './b';\nawait import(`./c`);\nrequire('./d');";
        let place =
            |specifier| place_of("a.ts", text, specifier, false).map(|at| &text[at..at + 5]);
        assert_eq!(place("./b"), Some("'./b'"));
        assert_eq!(place_of("a.ts", text, "./b", false), Some(28));
        assert_eq!(place_of("a.ts", text, "./c", true), text.find("`./c`"));
        assert_eq!(place("./d"), Some("'./d'"));
        assert_eq!(place("./e"), None);
    }

    #[test]
    fn calls_that_find_nothing_are_found() {
        let text = "import('node:util');import(`node:util`);import('x');const a=import(b)";
        let found = calls_of_others(text, |name| name == "node:util");
        let expected = ["import('x')", "import(b)"].map(|call| text.find(call).unwrap());
        assert_eq!(found, expected);
    }
}
