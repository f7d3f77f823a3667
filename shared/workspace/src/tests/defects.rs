//! Workspaces named after their defect, with the expected messages.

use std::{fmt::Write as _, fs};

use hookpoint_engine::stages::Stage;

use super::testdata;
use crate::Workspace;

/// Environment variable that rewrites the expected messages.
const UPDATE: &str = "UPDATE_GOLDENS";

#[test]
fn every_defect_is_reported_with_place_and_remedy() {
    let folder = testdata().join("defects");
    let mut fixtures: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    fixtures.sort();
    assert!(
        fixtures.len() >= 25,
        "only {} fixtures found",
        fixtures.len()
    );
    let mut changed = Vec::new();
    for path in fixtures {
        let text = fs::read_to_string(&path).unwrap();
        let Err(errors) = Workspace::parse(&text, "hookpoint.yaml", &folder) else {
            panic!("{} is accepted", path.display());
        };
        assert!(!errors.problems().is_empty());
        let actual = format!("{errors}\n");
        let golden = path.with_extension("txt");
        if std::env::var_os(UPDATE).is_some() {
            fs::write(&golden, actual).unwrap();
        } else if fs::read_to_string(&golden).unwrap_or_default() != actual {
            changed.push(format!("{}:\n{actual}", golden.display()));
        }
    }
    assert!(
        changed.is_empty(),
        "messages differ; if that is intended, run again with {UPDATE}=1\n\n{}",
        changed.join("\n")
    );
}

#[test]
fn the_same_problems_serialise_for_programs() {
    let errors =
        Workspace::parse("version: 1\nhoks: {}\n", "hookpoint.yaml", &testdata()).unwrap_err();
    assert_eq!(
        serde_json::to_value(&errors).unwrap(),
        serde_json::json!({
            "errors": [{
                "file": "hookpoint.yaml",
                "line": 2,
                "column": 1,
                "message": "unknown key `hoks` in the workspace",
                "help": "did you mean `hooks`?",
            }],
            "omitted": 0,
        })
    );
}

#[test]
fn a_flood_of_problems_is_counted_rather_than_printed() {
    let mut text =
        "version: 1\nhooks:\n  known: { webhook: https://crm.example.com/ }\n".to_owned();
    text.push_str("bindings:\n");
    for number in 0..2_000 {
        let stage = Stage::ALL[number % Stage::ALL.len()];
        writeln!(
            text,
            "  - {{ application: a{number}, stage: {stage}, hook: known, id: b{number}, moed: x }}"
        )
        .unwrap();
    }
    let errors = Workspace::parse(&text, "hookpoint.yaml", &testdata()).unwrap_err();
    assert_eq!(errors.problems().len(), 100);
    assert!(
        errors.to_string().ends_with("\n\nand 3900 more"),
        "{errors}"
    );
}

#[test]
fn what_is_nearly_a_reference_is_found_behind_thousands_of_other_braces() {
    for (number, nearly) in [(5_000, "crmtoken"), (900, "CrmTokn")] {
        let other = "{other}".repeat(number);
        let text = format!(
            "version: 1\nsecrets: [CrmToken]\nhooks:\n  crm: {{ webhook: {{ url: https://crm.example.com/, headers: {{ X-Long: \"{other} {{{nearly}}}\" }} }} }}\n"
        );
        let errors = Workspace::parse(&text, "hookpoint.yaml", &testdata()).unwrap_err();
        let message = format!("`{{{nearly}}}` is not a reference");
        assert!(errors.to_string().contains(&message), "{errors}");
    }
}
