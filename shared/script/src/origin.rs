//! Maps a place in a bundle to the author's file, through the bundle's source map.

use oxc_sourcemap::{SourceMap, Token};

/// The name of every script inside the sandbox.
const SCRIPT: &str = "hook.js:";
/// Part of the path of every file of a package.
const PACKAGES: &str = "node_modules/";

pub(crate) struct Origins<'a> {
    map: SourceMap<'a>,
}

/// A place in a file of the author or of a package.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    /// The file, relative to the workspace.
    pub(crate) file: &'a str,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, from 1.
    pub(crate) column: u32,
    /// The text of the file; absent for packages.
    pub(crate) text: Option<&'a str>,
}

impl<'a> Origin<'a> {
    /// The package that the file belongs to; `None` for a file of the author.
    pub(crate) fn package(&self) -> Option<&'a str> {
        let (_, path) = self.file.rsplit_once(PACKAGES)?;
        let names = if path.starts_with('@') { 2 } else { 1 };
        let end = path.match_indices('/').nth(names - 1);
        Some(end.map_or(path, |(end, _)| &path[..end]))
    }
}

impl<'a> Origins<'a> {
    /// Returns `None` if the map is invalid.
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        let map = SourceMap::from_json_string(json).ok()?;
        Some(Self { map })
    }

    /// Line and column count from 1, columns in UTF-16 units.
    pub(crate) fn of(&self, line: u32, column: u32) -> Option<Origin<'_>> {
        let line = line.checked_sub(1)?;
        let column = column.saturating_sub(1);
        let token = self
            .token_before(line, column)
            .filter(|token| token.get_dst_line() == line)?;
        let source = token.get_source_id()?;
        Some(Origin {
            file: self.map.get_source(source)?,
            line: token.get_src_line().saturating_add(1),
            column: token.get_src_col().saturating_add(1),
            text: self.map.get_source_content(source),
        })
    }

    /// The last token at or before a place, from 0, by halving: tokens are in script order.
    fn token_before(&self, line: u32, column: u32) -> Option<Token> {
        let mut start = 0;
        let mut end = u32::try_from(self.map.get_tokens().len()).unwrap_or(u32::MAX);
        while start < end {
            let middle = start + (end - start) / 2;
            let token = self.map.get_token(middle)?;
            if (token.get_dst_line(), token.get_dst_col()) <= (line, column) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        self.map.get_token(start.checked_sub(1)?)
    }
}

/// Replaces the places in the script that a text names. `authored` gets line and column; places for which it returns
/// `None` stay as they are.
pub(crate) fn places_in(
    text: &str,
    authored: impl Fn(u32, Option<u32>) -> Option<String>,
) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(SCRIPT) {
        replaced.push_str(before);
        let (line, after_line) = number(after);
        let (column, end) = match after_line.strip_prefix(':').map(number) {
            Some((Some(column), end)) => (Some(column), end),
            _ => (None, after_line),
        };
        // The author may have a file of that name in a folder.
        let is_whole = !replaced.ends_with(|character: char| {
            character.is_alphanumeric() || matches!(character, '/' | '\\' | '.' | '-' | '_')
        });
        let place = line.filter(|_| is_whole);
        if let Some(place) = place.and_then(|line| authored(line, column)) {
            replaced.push_str(&place);
            rest = end;
        } else {
            replaced.push_str(SCRIPT);
            rest = after;
        }
    }
    replaced.push_str(rest);
    replaced
}

/// Whether a text may mention a place in the script.
pub(crate) fn names_a_place(text: &str) -> bool {
    text.contains(SCRIPT)
}

/// Splits off a leading number.
fn number(text: &str) -> (Option<u32>, &str) {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    (text[..end].parse().ok(), &text[end..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One line of script: `a` (column 1) is from `b.ts` 3:5, `c` (column 11) from `node_modules/x/y.js` 1:1.
    const MAP: &str = r#"{"version":3,"sources":["b.ts","node_modules/x/y.js"],"sourcesContent":["one\ntwo\n    three",null],"names":[],"mappings":"AAEI,UCFJ"}"#;

    #[test]
    fn a_place_has_the_origin_of_the_token_before_it() {
        let origins = Origins::read(MAP).unwrap();
        let authored = |line, column| {
            let origin = origins.of(line, column)?;
            Some((
                origin.file,
                origin.line,
                origin.column,
                origin.text.is_some(),
            ))
        };
        assert_eq!(authored(1, 1), Some(("b.ts", 3, 5, true)));
        assert_eq!(authored(1, 10), Some(("b.ts", 3, 5, true)));
        assert_eq!(authored(1, 11).unwrap().0, "node_modules/x/y.js");
        assert!(!authored(1, u32::MAX).unwrap().3);
        assert_eq!(authored(1, 0), Some(("b.ts", 3, 5, true)));
        assert_eq!(
            (authored(2, 1), authored(0, 1), authored(u32::MAX, 1)),
            (None, None, None)
        );
    }

    #[test]
    fn places_in_a_text_are_replaced() {
        let shown = |text: &str| {
            places_in(text, |line, column| {
                (line < 9).then(|| format!("a.ts:{line}:{column:?}"))
            })
        };
        assert_eq!(
            shown("Error: x · at f (hook.js:1:4) · at hook.js:1 · at hook.js:9:9 · hook.js:"),
            "Error: x · at f (a.ts:1:Some(4)) · at a.ts:1:None · at hook.js:9:9 · hook.js:"
        );
        assert_eq!(
            shown("hooks/hook.js:1:1 my-hook.js:1:1"),
            "hooks/hook.js:1:1 my-hook.js:1:1"
        );
    }

    #[test]
    fn a_file_of_a_package_has_its_name() {
        let package = |file| {
            let origin = Origin {
                file,
                line: 1,
                column: 1,
                text: None,
            };
            origin.package().map(str::to_owned)
        };
        assert_eq!(package("hooks/a.ts"), None);
        assert_eq!(package("node_modules/x/y.js").as_deref(), Some("x"));
        assert_eq!(
            package("../node_modules/a/node_modules/@b/c/d/e.js").as_deref(),
            Some("@b/c")
        );
        assert_eq!(package("node_modules/").as_deref(), Some(""));
    }

    #[test]
    fn invalid_maps_are_none() {
        for json in [
            "",
            "{}",
            "[]",
            r#"{"version":2,"sources":[],"mappings":""}"#,
            r#"{"version":3,"sources":[],"mappings":"AAAA!"}"#,
        ] {
            assert!(Origins::read(json).is_none(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(mappings in "[A-Za-z0-9+/,;]{0,60}", text in any::<String>(), line: u32, column: u32) {
            let json = format!(r#"{{"version":3,"sources":["a"],"names":["n"],"mappings":"{mappings}"}}"#);
            if let Some(origins) = Origins::read(&json) {
                if let Some(origin) = origins.of(line, column) {
                    let _ = origin.package();
                }
                places_in(&format!("hook.js:{line}:{column}{text}"), |line, column| {
                    origins.of(line, column?).map(|origin| origin.file.to_owned())
                });
            }
        }
    }
}
