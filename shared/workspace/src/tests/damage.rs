//! The example with random damage: reading it never panics, and every problem is inside its file.

use std::fs;

use proptest::prelude::*;

use super::testdata;
use crate::Workspace;

/// One edit: position, number of characters removed, text inserted.
fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let tokens = prop::sample::select(vec![
        "", " ", "\n", "\n  ", "\t", ":", ": ", "- ", "[", "]", "{", "}", "\"", "'", "|", ">",
        "&a ", "*a", "!t ", "---\n", "...\n", "%", "#", "? ", "~", "0", "-1", "9e999", ".inf",
        "true", "\u{0}", "\u{feff}", "\u{85}", "\r", "ü", "😀", "<<: ",
    ]);
    (
        any::<prop::sample::Index>(),
        0..40_usize,
        tokens.prop_map(str::to_owned),
    )
}

fn check(text: &str) {
    let Err(errors) = Workspace::parse(text, "hookpoint.yaml", &testdata().join("example")) else {
        return;
    };
    assert!(!errors.problems().is_empty());
    for problem in errors.problems() {
        assert!(
            !problem.message.is_empty() && !problem.help.is_empty(),
            "{problem:?}"
        );
        if problem.file == "hookpoint.yaml" {
            // One line more than the file has: the problem may be at its end.
            assert!(
                problem
                    .line
                    .is_none_or(|line| line <= text.split(['\n', '\r']).count() + 1),
                "{problem:?}"
            );
        }
    }
    let shown = errors.to_string();
    assert!(
        shown
            .chars()
            .all(|character| character == '\n' || !character.is_control()),
        "{shown:?}"
    );
}

proptest! {
    #[test]
    fn a_damaged_example_is_answered(edits in prop::collection::vec(edit(), 1..6)) {
        let mut text: Vec<char> = fs::read_to_string(testdata().join("example/hookpoint.yaml")).unwrap().chars().collect();
        for (at, taken, put) in edits {
            let start = at.index(text.len() + 1);
            let end = (start + taken).min(text.len());
            text.splice(start..end, put.chars());
        }
        check(&text.into_iter().collect::<String>());
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}|[-:{}\\[\\]&*!|>'\"%@` \\n\\ta-z0-9.,?#]{0,300}") {
        check(&text);
    }
}
