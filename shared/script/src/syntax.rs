//! What the engine leaves out of its messages: where an import lacks its export, what may be TypeScript, and how the author calls a
//! variable of a bundle.

use hookpoint_script_protocol::Frame;

/// How the engine says that a variable is used before it has a value.
const UNINITIALIZED: [&str; 2] = ["ReferenceError: ", " is not initialized"];
/// How the engine says that a module lacks an export.
const MISSING_EXPORT: &str = "Could not find export '";
/// Appended to an error in what may be TypeScript.
pub(crate) const TYPESCRIPT: &str = "; TypeScript goes into a file that ends with `.ts`";
/// Words that only mean something in TypeScript where JavaScript has none of them.
const BEFORE_THE_PLACE: [&str; 13] = [
    "abstract",
    "as",
    "declare",
    "enum",
    "interface",
    "namespace",
    "override",
    "private",
    "protected",
    "public",
    "readonly",
    "satisfies",
    "type",
];
const AT_THE_PLACE: [&str; 3] = ["as", "enum", "satisfies"];

/// What stands for the message of an error at the end of a script, where the engine found no word.
pub(crate) const ENDS_EARLY: &str =
    "SyntaxError: the script ends too early: a bracket or a quote is open";

/// What the engine says where it finds no word.
const NO_WORD: &str = "SyntaxError: unexpected token in expression: ''";

/// Where a script ends, if an error in the syntax is about that: the engine finds no word, or names a place behind the script.
pub(crate) fn early_end(message: &str, source: &str, named: Option<&Frame>) -> Option<Frame> {
    if !message.starts_with("SyntaxError: ") {
        return None;
    }
    let (line, column) = place(source, source.trim_end().len())?;
    let is_behind = named.is_some_and(|named| named.line > line);
    (is_behind || message == NO_WORD).then(|| Frame {
        function: String::new(),
        line,
        column,
    })
}

/// Whether a message says that a module lacks an export.
pub(crate) fn is_missing_export(message: &str) -> bool {
    message.contains(MISSING_EXPORT)
}

/// Where a script names the export that a module lacks, as its message says.
pub(crate) fn missing_export(message: &str, source: &str) -> Option<Frame> {
    let (_, rest) = message.split_once(MISSING_EXPORT)?;
    let (name, rest) = rest.split_once("' in module '")?;
    let (module, _) = rest.split_once('\'')?;
    // The prefix may be left out in an import.
    let modules = [Some(module), module.strip_prefix("node:")];
    let quoted = modules
        .into_iter()
        .flatten()
        .flat_map(|module| [format!("'{module}'"), format!("\"{module}\"")]);
    let at = quoted
        .flat_map(|specifier| {
            let found = source.match_indices(specifier.as_str());
            found.map(|(at, _)| at).collect::<Vec<_>>()
        })
        .find_map(|end| {
            let before = &source[..end];
            let start = before.rfind("import").max(before.rfind("export"))?;
            let statement = &before[start..];
            let mut names = statement.match_indices(name);
            let (at, _) = names.find(|(at, _)| is_word(statement, *at, name.len()))?;
            Some(start + at)
        })?;
    let (line, column) = place(source, at)?;
    Some(Frame {
        function: String::new(),
        line,
        column,
    })
}

/// Whether an error at a column, from 1, is one that TypeScript in JavaScript leads to. The engine may point at the blank before a word.
pub(crate) fn may_be_typescript(line: &str, column: u32) -> bool {
    let Some(index) = usize::try_from(column)
        .ok()
        .and_then(|column| column.checked_sub(1))
    else {
        return false;
    };
    let split = line
        .char_indices()
        .nth(index)
        .map_or(line.len(), |(at, _)| at);
    let (before, after) = line.split_at(split);
    let (before, after) = (before.trim_end(), after.trim_start());
    let last = before.rsplit(|character| !is_part(character)).next();
    let next = after.split(|character| !is_part(character)).next();
    let follows_value =
        before.ends_with(|character| is_part(character) || ")]".contains(character));
    BEFORE_THE_PLACE.iter().any(|word| last == Some(word))
        || AT_THE_PLACE.iter().any(|word| next == Some(word))
        || (follows_value
            && [":", "?:", "<", "!.", "!;", "!)", "!["]
                .iter()
                .any(|mark| after.starts_with(mark)))
}

/// A message about a variable that has no value yet, with the name that the author's line has at a column, from 1. A bundle has short
/// names of its own.
pub(crate) fn with_authored_name(message: &str, line: &str, column: u32) -> Option<String> {
    let [before, after] = UNINITIALIZED;
    message.strip_prefix(before)?.strip_suffix(after)?;
    let index = usize::try_from(column).ok()?.checked_sub(1)?;
    let (start, _) = line.char_indices().nth(index)?;
    let rest = &line[start..];
    let name = rest.split(|character| !is_part(character)).next()?;
    let is_name = name.starts_with(|character: char| !character.is_ascii_digit());
    is_name.then(|| format!("{before}{name}{after}"))
}

/// Whether a character is a part of names.
pub(crate) fn is_part(character: char) -> bool {
    character.is_alphanumeric() || "_$".contains(character)
}

/// Whether what begins here is a whole word.
fn is_word(text: &str, at: usize, length: usize) -> bool {
    !text[..at].ends_with(is_part) && !text[at + length..].starts_with(is_part)
}

/// Line and column of a byte, from 1. The column counts bytes, as the interpreter does.
pub(crate) fn place(source: &str, at: usize) -> Option<(u32, u32)> {
    let before = &source[..at];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    let column = before[start..].len() + 1;
    Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_without_a_value_has_the_name_of_its_author() {
        let named = |message: &str, column| {
            with_authored_name(message, "const total = base + äußere;", column)
        };
        let said = "ReferenceError: n is not initialized";
        let expected = |name: &str| Some(format!("ReferenceError: {name} is not initialized"));
        assert_eq!(named(said, 15), expected("base"));
        assert_eq!(named(said, 22), expected("äußere"));
        for (message, column) in [
            (said, 0),
            (said, 14),
            (said, 29),
            (said, u32::MAX),
            ("ReferenceError: n is not defined", 15),
            ("Error: n is not initialized", 15),
        ] {
            assert_eq!(named(message, column), None, "{message} at {column}");
        }
    }

    #[test]
    fn a_missing_export_is_found_where_it_is_imported() {
        let place = |source: &str| {
            let message = "SyntaxError: Could not find export 'nope' in module 'node:crypto'";
            missing_export(message, source).map(|frame| (frame.line, frame.column))
        };
        for (source, expected) in [
            ("import { nope } from 'node:crypto';", Some((1, 10))),
            (
                "// nope\nimport {\n  a, nopes,\n  nope as b,\n} from \"crypto\";",
                Some((4, 3)),
            ),
            (
                "import a from 'node:crypto';\nexport { nope } from 'node:crypto'",
                Some((2, 10)),
            ),
            (
                "import{x as nope}from'./a';import{nope}from'crypto'",
                Some((1, 35)),
            ),
            ("import * as c from 'node:crypto'; nope", None),
            ("", None),
        ] {
            assert_eq!(place(source), expected, "{source}");
        }
        assert_eq!(missing_export("SyntaxError: no", "import 'no'"), None);
    }

    #[test]
    fn typescript_is_recognised_by_what_the_engine_stumbles_over() {
        for (line, column) in [
            ("const f = (x: string) => x;", 13),
            ("let x: string = 'a';", 6),
            ("const y = (1 as any) + 1;", 14),
            ("function g<T>(x) { return x; }", 11),
            ("type A = { b: string };", 6),
            ("enum Color { Red }", 1),
            ("class K { private a = 1; }", 19),
            ("class K { a?: string; }", 12),
            ("const n = x!.y;", 12),
            ("const w = { a: 1 } satisfies B;", 20),
            ("function r(): string { return '' }", 13),
            ("abstract class Z {}", 10),
            ("export type Q = string;", 13),
        ] {
            assert!(may_be_typescript(line, column), "{line}");
        }
        for (line, column) in [
            ("const o = a ? b;", 16),
            ("const p = { a 1 };", 14),
            ("return }", 8),
            ("f(a,, b)", 5),
            ("", 1),
            ("a", 9),
            ("const q = ) => x", 11),
        ] {
            assert!(!may_be_typescript(line, column), "{line}");
        }
    }
}
