//! Whether a script could import a file or a package, without parsing it.
//!
//! This errs on one side only: every import of anything but a built-in module is found, and so is what looks like one where only a
//! parser could tell a comment or a string from code. The bundler, which parses, then decides.

mod code;

/// Whether the text of a script has something that could be an import of anything but these modules (with their prefix, such as
/// `node:crypto`; `node:` may be left out).
pub(crate) fn may_import(source: &str, built_ins: &[&str]) -> bool {
    let is_built_in = |specifier: &str| {
        built_ins.iter().any(|known| {
            *known == specifier
                || known
                    .strip_prefix("node:")
                    .is_some_and(|known| known == specifier)
        })
    };
    let mut suspects = words(source).filter(|(word, start)| {
        let after = after_trivia(&source[start + word.len()..]);
        let specifier = match *word {
            // `import "x"`, or the end of `import … from "x"` and `export … from "x"`.
            "from" if !after.starts_with(['"', '\'']) => return false,
            "from" => after,
            "import" if after.starts_with(['"', '\'']) => after,
            // `import("x")` and `require("x")`. Any other `import` ends with `from`, but `import.meta`.
            "import" | "require" => {
                let called = after.strip_prefix("?.").map_or(after, after_trivia);
                let Some(argument) = called.strip_prefix('(') else {
                    return false;
                };
                after_trivia(argument)
            }
            _ => return false,
        };
        match text(specifier) {
            Some(specifier) => !is_built_in(specifier),
            None => true,
        }
    });
    let Some(first) = suspects.next() else {
        return false;
    };
    let not_code = code::not_code(source).unwrap_or_default();
    let is_code = |start: usize| {
        let before = not_code.partition_point(|range| range.start <= start);
        before == 0 || not_code[before - 1].end <= start
    };
    std::iter::once(first)
        .chain(suspects)
        .any(|(_, start)| is_code(start))
}

/// The files beside it that a script may import, as it names them.
pub(crate) fn relative(source: &str) -> impl Iterator<Item = &str> {
    let specifiers = words(source).filter_map(|(word, start)| {
        let after = after_trivia(&source[start + word.len()..]);
        text(after.strip_prefix('(').map_or(after, after_trivia))
    });
    specifiers.filter(|specifier| specifier.starts_with("./") || specifier.starts_with("../"))
}

/// The words of interest that stand alone, each with its position.
fn words(source: &str) -> impl Iterator<Item = (&'static str, usize)> {
    ["from", "import", "require"]
        .into_iter()
        .flat_map(move |word| {
            source.match_indices(word).filter_map(move |(start, _)| {
                let is_part =
                    |character: char| character.is_alphanumeric() || "_$".contains(character);
                let after = &source[start + word.len()..];
                let stands_alone =
                    !source[..start].ends_with(is_part) && !after.starts_with(is_part);
                stands_alone.then_some((word, start))
            })
        })
}

/// The text without leading spaces and comments.
fn after_trivia(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        if let Some(comment) = text.strip_prefix("//") {
            text = comment
                .split_once(['\n', '\r', '\u{2028}', '\u{2029}'])
                .map_or("", |(_, after)| after);
        } else if let Some(comment) = text.strip_prefix("/*") {
            text = comment.split_once("*/").map_or("", |(_, after)| after);
        } else {
            return text;
        }
    }
}

/// The content of a text in quotes, without escapes.
fn text(source: &str) -> Option<&str> {
    let quote = source
        .chars()
        .next()
        .filter(|first| "\"'`".contains(*first))?;
    let (content, _) = source[1..].split_once(quote)?;
    (!content.contains(['\\', '\n', '$'])).then_some(content)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUILT_INS: [&str; 3] = ["node:crypto", "node:fs/promises", "hookpoint:password"];

    fn may(source: &str) -> bool {
        may_import(source, &BUILT_INS)
    }

    #[test]
    fn plain_scripts_are_known() {
        for source in [
            "export default () => ({})",
            "module.exports = async function () {}",
            "import { createHmac } from 'node:crypto';\nexport default 1",
            "import crypto from\"crypto\";export default crypto",
            "import * as a from /* the */ 'fs/promises' // import",
            "import 'hookpoint:password'",
            "const c = require('crypto'); exports.x = c",
            "const c = await import(`node:crypto`)",
            "console.log(import.meta.url)",
            "Array.from('abc'); Buffer.from(\"a\"); important('x'); $require('./x'); a.fromx \"b\"",
            "const require = 1; fetch(x).then(require)",
            "",
        ] {
            assert!(!may(source), "{source}");
        }
    }

    #[test]
    fn imports_of_files_and_packages_are_found() {
        for source in [
            "import a from './a'",
            "import{a}from\"./a.js\"",
            "import a,\n{ b as c }\nfrom // here\n'zod'",
            "export * from './a'",
            "export { a } from 'a'",
            "import './a'",
            "import/**/\"a\"",
            "await import('./a')",
            "await import(name)",
            "import ( /* x */ './a' )",
            "const a = require('./a')",
            "const a = require ( \"a\" )",
            "module.require('./a')",
            "require?.('./a')",
            "require(name)",
            "require(`./${name}`)",
            "import crypto from 'node:cr\\x79pto'",
            "import 'node:password'",
            "import 'password'",
        ] {
            assert!(may(source), "{source}");
        }
    }

    #[test]
    fn what_looks_like_an_import_in_a_comment_or_a_text_is_none() {
        for source in [
            "// import x from './x'\nexport default 1",
            "export default 1; /* await import('./a') */",
            "const help = \"require('./x')\"",
            "const help = 'use import(\"zod\")'; export default help",
            "const help = `import a from './a' ${1 + 2} require('./x')`",
            "const a = b / 2; // import('./a')\nconst c = (a + b) / 3;\n/* import './a' */",
            "const r = /[/'\"]import('x')/; // import('./a')",
            "const r = text.replace(/\"/g, ''); // import('./a')",
            "const u = `https://x/${a ? `import('./b')` : \"}\"}/`; // from './c'",
        ] {
            assert!(!may(source), "{source}");
        }
    }

    #[test]
    fn what_is_not_certain_is_left_to_the_bundler() {
        for source in [
            // The quotes are in regular expressions, and the import between them is none of a text.
            "x.replace(/\"/g, ''); import('./a'); y.replace(/\"/g, '')",
            "if (x) /\"/.test(y); import('./a'); if (x) /\"/.test(y)",
            "a++ /\"/ b; import('./a'); a /\"/ 1",
            "const s = 'open\nimport('./a')",
            "const t = `${import('./a')}`",
            "const t = `${ { a: `${import('./a')}` } }`",
            "return /`/; import('./a'); return /`/",
            "x.of /'/ 1; import('./a') //'",
            "<!-- '\nimport('./a')",
            "/* open import('./a')",
            "`open import('./a')",
        ] {
            assert!(may(source), "{source}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(source in any::<String>()) {
            may(&source);
        }

        #[test]
        fn an_import_is_found_whatever_is_around_it(
            // Whatever is open here ends with the line.
            before in "[a-z \\n;{}()'\"/]{0,40}\\n",
            after in any::<String>(),
        ) {
            let source = format!("{before}import a from './a';{after}");
            prop_assert!(may(&source));
            let source = format!("{before}require('a');{after}");
            prop_assert!(may(&source));
        }
    }
}
