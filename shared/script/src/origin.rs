//! Maps a place in a bundle to the author's file, through the bundle's source map.

use std::fmt;

use oxc_sourcemap::SourceMap;

/// The name of every script inside the sandbox.
const SCRIPT: &str = "hook.js:";
/// Marks the map of a script before which the sandbox inserts a line.
const COMMON_JS: &str = r#""x_form":"commonjs""#;

pub(crate) struct Origins<'a> {
    map: SourceMap<'a>,
    /// Lines before the script's first in stack traces; places of failures do not count them.
    extra_lines: u32,
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

impl fmt::Display for Origin<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file, line, column, ..
        } = self;
        write!(formatter, "{file}:{line}:{column}")
    }
}

impl<'a> Origins<'a> {
    /// Returns `None` if the map is invalid.
    pub(crate) fn read(json: &'a str) -> Option<Self> {
        let map = SourceMap::from_json_string(json).ok()?;
        Some(Self {
            map,
            extra_lines: u32::from(json.contains(COMMON_JS)),
        })
    }

    /// Line and column count from 1. UTF-16 units and characters are treated alike: bundles are mostly ASCII.
    pub(crate) fn of(&self, line: u32, column: u32) -> Option<Origin<'_>> {
        let line = line.checked_sub(1)?;
        let column = column.saturating_sub(1);
        // Tokens are in script order. A linear scan is cheaper than a lookup table for the few places of a failure.
        let token = self
            .map
            .get_tokens()
            .take_while(|token| (token.get_dst_line(), token.get_dst_col()) <= (line, column))
            .filter(|token| token.get_dst_line() == line)
            .last()?;
        let source = token.get_source_id()?;
        Some(Origin {
            file: self.map.get_source(source)?,
            line: token.get_src_line().saturating_add(1),
            column: token.get_src_col().saturating_add(1),
            text: self.map.get_source_content(source),
        })
    }

    /// Replaces the places in a stack trace by their origins.
    pub(crate) fn in_text(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(SCRIPT) {
            replaced.push_str(before);
            let (line, after_line) = number(after);
            let (column, end) = match after_line.strip_prefix(':').map(number) {
                Some((Some(column), end)) => (Some(column), end),
                _ => (None, after_line),
            };
            let origin = line
                .and_then(|line| self.of(line.checked_sub(self.extra_lines)?, column.unwrap_or(1)));
            if let Some(origin) = origin {
                replaced.push_str(&origin.to_string());
                rest = end;
            } else {
                replaced.push_str(SCRIPT);
                rest = after;
            }
        }
        replaced.push_str(rest);
        replaced
    }
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
        let origins = Origins::read(MAP).unwrap();
        assert_eq!(
            origins.in_text(
                "Error: x · at f (hook.js:1:4) · at hook.js:1 · at hook.js:9:9 · hook.js:"
            ),
            "Error: x · at f (b.ts:3:5) · at b.ts:3:5 · at hook.js:9:9 · hook.js:"
        );
        let wrapped = MAP.replace("\"names\"", "\"x_form\":\"commonjs\",\"names\"");
        let origins = Origins::read(&wrapped).unwrap();
        assert_eq!(
            origins.in_text("(hook.js:2:1) (hook.js:1:1)"),
            "(b.ts:3:5) (hook.js:1:1)"
        );
        assert_eq!(origins.of(1, 1).unwrap().line, 3);
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
                let _ = origins.of(line, column);
                origins.in_text(&format!("hook.js:{line}:{column}{text}"));
            }
        }
    }
}
