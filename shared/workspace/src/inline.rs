//! Where a script stands that is written inside the workspace file.

use crate::{document::Place, raw::Text};

/// The places of the lines of a script inside the workspace file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineScript {
    file: String,
    start: Place,
    /// Where each line begins; `None` for a line that the file has in another form, such as with escapes.
    lines: Vec<Option<Start>>,
}

/// Where a line of a script begins: a line of the file, and the characters before it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Start {
    line: usize,
    before: usize,
}

impl InlineScript {
    /// Finds the lines of a script in the text of the file.
    pub(crate) fn of(file: &str, text: &str, source: &Text) -> Self {
        let start = source.place;
        let whole: Vec<&str> = text.lines().collect();
        // Its place is that of its first line, or of the first one that is not empty.
        let empty = source
            .value
            .lines()
            .take_while(|line| line.is_empty())
            .count();
        let found = [start.line, start.line.saturating_sub(empty)].map(|first| {
            let lines = source.value.lines().enumerate();
            let places = lines.map(|(index, line)| {
                let number = first + index;
                let own = *whole.get(number.checked_sub(1)?)?;
                // Before it on the same line there are keys.
                let skipped = if number == start.line {
                    start.column.saturating_sub(1)
                } else {
                    0
                };
                let begin = own.char_indices().nth(skipped).map_or(0, |(at, _)| at);
                let before = begin + own[begin..].find(line)?;
                let before = own[..before].chars().count();
                Some(Start {
                    line: number,
                    before,
                })
            });
            places.collect::<Vec<_>>()
        });
        let count = |lines: &Vec<Option<Start>>| lines.iter().flatten().count();
        let [first, second] = found;
        let lines = if count(&first) >= count(&second) {
            first
        } else {
            second
        };
        Self {
            file: file.to_owned(),
            start,
            lines,
        }
    }

    /// The workspace file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line and column of the file where a line and column of the script are, all from 1. A column of 0 is unknown.
    pub fn place(&self, line: u32, column: u32) -> (u32, u32) {
        let index = usize::try_from(line)
            .ok()
            .and_then(|line| line.checked_sub(1));
        let start = index.and_then(|index| *self.lines.get(index)?);
        let number = |number: usize| u32::try_from(number).unwrap_or_default();
        match start {
            Some(start) if column == 0 => (number(start.line), 0),
            Some(start) => (
                number(start.line),
                number(start.before).saturating_add(column),
            ),
            None => (number(self.start.line), number(self.start.column)),
        }
    }

    /// An error of the script with places of the file. The script goes by the name of its hook in the first line, and in calls below it.
    pub fn placed(&self, hook: &str, error: &str) -> String {
        let lines = error.split('\n').enumerate().map(|(index, line)| {
            let is_call = line.trim_start().starts_with("at ");
            let moved = if index == 0 || is_call {
                self.line_placed(hook, line)
            } else {
                None
            };
            moved.unwrap_or_else(|| line.to_owned())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A line with its first place; `None` if it has none of the script.
    fn line_placed(&self, hook: &str, line: &str) -> Option<String> {
        let named = format!("{hook}:");
        let at = line.match_indices(&named).map(|(at, _)| at).find(|at| {
            let before = &line[..*at];
            before.is_empty() || before.ends_with([' ', '('])
        })?;
        let (before, rest) = (&line[..at], &line[at + named.len()..]);
        let (number, rest) = leading_number(rest)?;
        let (column, rest) = match rest.strip_prefix(':').and_then(leading_number) {
            Some((column, rest)) => (column, rest),
            None => (0, rest),
        };
        let file = &self.file;
        Some(match self.place(number, column) {
            (line, 0) => format!("{before}{file}:{line}{rest}"),
            (line, column) => format!("{before}{file}:{line}:{column}{rest}"),
        })
    }
}

fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit());
    let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use crate::Workspace;

    use super::*;

    fn inline(script: &str) -> InlineScript {
        let text =
            format!("version: 1\nhooks:\n  a: {{ static: {{}} }}\n  b:\n    script:\n{script}");
        let workspace = Workspace::parse(&text, "hookpoint.yaml", "".as_ref()).unwrap();
        workspace.inline(&"b".parse().unwrap()).unwrap().clone()
    }

    #[test]
    fn a_place_in_the_script_is_one_in_the_file() {
        for (script, places) in [
            (
                "      source: |\n        export default\n\n          () => 1;\n      hosts: []\n",
                &[
                    ((1, 1), (7, 9)),
                    ((3, 3), (9, 11)),
                    ((3, 0), (9, 0)),
                    ((9, 1), (7, 9)),
                ][..],
            ),
            (
                "      source: >-\n        export default\n        () => 1;\n",
                &[((1, 16), (7, 9))],
            ),
            (
                "      source: \"export default () => 1;\"\n",
                &[((1, 1), (6, 16)), ((1, 8), (6, 23))],
            ),
            (
                "      source: export default () => 1;\n",
                &[((1, 8), (6, 22))],
            ),
            (
                "      source: \"export default () => \\\"é\\\";\"\n",
                &[((1, 8), (6, 15))],
            ),
            (
                "      source: |\n\n\n        export default () => 1;\n",
                &[((3, 8), (9, 16))],
            ),
            (
                "      source: |2 # indented\n          é; export default () => 1;\n",
                &[((1, 6), (7, 14))],
            ),
        ] {
            let inline = inline(script);
            for ((line, column), place) in places {
                assert_eq!(inline.place(*line, *column), *place, "{script}");
            }
        }
    }

    #[test]
    fn an_error_names_the_file_in_its_first_line_and_in_calls() {
        let inline = inline("      source: |\n        const f = () => a.b.c;\n        f();\n");
        for (error, expected) in [
            (
                "b:1:17: TypeError: b:1:17 is odd\n  b:1:17\n  ^\n  at f (b:1:17)\n  at b:2:1",
                "hookpoint.yaml:7:25: TypeError: b:1:17 is odd\n  b:1:17\n  ^\n  at f (hookpoint.yaml:7:25)\n  at hookpoint.yaml:8:9",
            ),
            (
                "hook `b` version 3: b:2: Error: x",
                "hook `b` version 3: hookpoint.yaml:8: Error: x",
            ),
            ("b: Error: crab:1:2", "b: Error: crab:1:2"),
            ("b:x:1", "b:x:1"),
            ("", ""),
        ] {
            assert_eq!(inline.placed("b", error), expected);
        }
    }
}
