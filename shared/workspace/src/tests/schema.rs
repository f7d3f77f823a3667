//! The JSON Schemas of `hookpoint.yaml` and of cases, and the readers, know the same keys.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{Case, Workspace, document::read, files_below, problem::Problems};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

struct Schema(boon::Schemas, boon::SchemaIndex, Value);

impl Schema {
    fn load() -> Self {
        Self::named("hookpoint.schema.json")
    }

    fn named(name: &str) -> Self {
        let path = Path::new(ROOT).join("schemas").join(name);
        let text = fs::read_to_string(path).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        let location = "memory:///hookpoint.json";
        compiler.add_resource(location, value.clone()).unwrap();
        let index = compiler.compile(location, &mut schemas).unwrap();
        Self(schemas, index, value)
    }

    fn check(&self, yaml: &str) -> Result<(), String> {
        let mut problems = Problems::new("hookpoint.yaml", yaml);
        let Some(document) = read(yaml, "", &mut problems) else {
            return Err(problems.into_errors(Vec::new()).to_string());
        };
        let document = document.to_json();
        let result = self.0.validate(&document, self.1);
        result.map_err(|error| format!("{error:#}"))
    }
}

/// Every valid workspace in the repository.
fn workspaces() -> Vec<std::path::PathBuf> {
    let root = Path::new(ROOT);
    let mut found = vec![
        root.join("shared/workspace/src/testdata/example/hookpoint.yaml"),
        root.join("tools/devserver/sample/hookpoint.yaml"),
    ];
    for stage in fs::read_dir(root.join("tests/cases")).unwrap() {
        for case in fs::read_dir(stage.unwrap().path()).unwrap() {
            found.push(case.unwrap().path().join("hookpoint.yaml"));
        }
    }
    found
}

#[test]
fn the_samples_and_the_workspaces_of_all_cases_are_valid() {
    let schema = Schema::load();
    let workspaces = workspaces();
    assert!(workspaces.len() > 20);
    for path in workspaces {
        let yaml = fs::read_to_string(&path).unwrap();
        if let Err(error) = schema.check(&yaml) {
            panic!("{}: {error}", path.display());
        }
    }
}

/// Each mapping of the file: its path in the schema, and a workspace with an unknown key in it.
const MAPPINGS: [(&str, &str); 8] = [
    ("", "version: 1\nqqqqqqqq: 1\n"),
    (
        "/$defs/application",
        "version: 1\napplications: { a: { kind: identity, qqqqqqqq: 1 } }\n",
    ),
    ("/$defs/hook", "version: 1\nhooks: { a: { qqqqqqqq: 1 } }\n"),
    (
        "/$defs/webhook",
        "version: 1\nhooks: { a: { webhook: { url: 'https://a.example', qqqqqqqq: 1 } } }\n",
    ),
    (
        "/$defs/script",
        "version: 1\nhooks: { a: { script: { source: x, qqqqqqqq: 1 } } }\n",
    ),
    (
        "/$defs/binding",
        "version: 1\nbindings: [{ store: a, stage: escalation, hook: a, qqqqqqqq: 1 }]\n",
    ),
    (
        "/$defs/binding/properties/failure/anyOf/1",
        "version: 1\nbindings: [{ store: a, stage: escalation, hook: a, failure: { fallback: {}, qqqqqqqq: 1 } }]\n",
    ),
    ("/$defs/local", "version: 1\nlocal: { qqqqqqqq: 1 }\n"),
];

#[test]
fn both_refuse_unknown_keys_and_know_the_same_ones() {
    let schema = Schema::load();
    for (pointer, yaml) in MAPPINGS {
        assert!(schema.check(yaml).is_err(), "{yaml}");
        let errors = Workspace::parse(yaml, "hookpoint.yaml", Path::new("")).unwrap_err();
        let unknown = errors
            .problems()
            .iter()
            .find(|problem| problem.message.starts_with("unknown key `qqqqqqqq`"))
            .unwrap_or_else(|| panic!("{yaml}{errors}"));
        let mut known: Vec<&str> = unknown.help.split('`').skip(1).step_by(2).collect();
        let described = schema.2.pointer(pointer).unwrap()["properties"].as_object();
        let mut described: Vec<_> = described.unwrap().keys().map(String::as_str).collect();
        known.sort_unstable();
        described.sort_unstable();
        assert_eq!(known, described, "{pointer}");
    }
}

#[test]
fn both_refuse_what_is_wrong_in_itself() {
    let schema = Schema::load();
    for yaml in [
        "version: 2\n",
        "secrets: [A]\n",
        "version: 1\nstores: customers\n",
        "version: 1\napplications: { a: { kind: other } }\n",
        "version: 1\napplications: { a: { name: A } }\n",
        "version: 1\nhooks: { a: {} }\n",
        "version: 1\nhooks: { a: { static: {}, script: a.js } }\n",
        "version: 1\nhooks: { a: { webhook: { headers: {} } } }\n",
        "version: 1\nhooks: { a: { script: { file: a.js, source: x } } }\n",
        "version: 1\nbindings: [{ stage: escalation, hook: a }]\n",
        "version: 1\nbindings: [{ application: a, store: b, stage: escalation, hook: a }]\n",
        "version: 1\nbindings: [{ application: a, stage: beforeBreakfast, hook: a }]\n",
        "version: 1\nbindings: [{ application: a, stage: escalation, hook: a, order: 10000 }]\n",
        "version: 1\nbindings: [{ application: a, stage: escalation, hook: a, mode: later }]\n",
        "version: 1\nbindings: [{ application: a, stage: escalation, hook: a, failure: ignore }]\n",
        "version: 1\nlocal: { port: x }\n",
        "version: 1\nlocal: { deliveriesAtOnce: 0 }\n",
    ] {
        assert!(schema.check(yaml).is_err(), "the schema accepts: {yaml}");
        assert!(
            Workspace::parse(yaml, "hookpoint.yaml", Path::new("")).is_err(),
            "the reader accepts: {yaml}"
        );
    }
    assert_eq!(
        schema.2["$schema"],
        json!("http://json-schema.org/draft-07/schema#")
    );
}

/// Each mapping of a case, as above.
const MAPPINGS_OF_CASES: [(&str, &str); 4] = [
    ("", "hook: a\nqqqqqqqq: 1\n"),
    (
        "/$defs/request",
        "hook: a\nrequests: [{ url: 'https://a.example', failure: timeout, qqqqqqqq: 1 }]\n",
    ),
    (
        "/$defs/response",
        "hook: a\nrequests: [{ url: 'https://a.example', response: { qqqqqqqq: 1 } }]\n",
    ),
    ("/$defs/expectation", "hook: a\nexpect: { qqqqqqqq: 1 }\n"),
];

#[test]
fn the_schema_of_cases_knows_the_keys_of_the_reader_and_takes_the_cases_of_the_repository() {
    let schema = Schema::named("case.schema.json");
    for (pointer, yaml) in MAPPINGS_OF_CASES {
        assert!(schema.check(yaml).is_err(), "{yaml}");
        let errors = Case::parse(yaml, "a.case.yaml", Path::new("")).unwrap_err();
        let unknown = errors.problems().iter();
        let unknown = unknown
            .filter(|problem| problem.message.starts_with("unknown key `qqqqqqqq`"))
            .map(|problem| problem.help.split('`').skip(1).step_by(2));
        let mut known: Vec<&str> = unknown.flatten().collect();
        let described = schema.2.pointer(pointer).unwrap()["properties"].as_object();
        let mut described: Vec<_> = described.unwrap().keys().map(String::as_str).collect();
        known.sort_unstable();
        described.sort_unstable();
        assert_eq!(known, described, "{pointer}");
    }
    for yaml in [
        "stage: escalation\n",
        "hook: a\nstage: beforeBreakfast\n",
        "hook: a\ncorrelationId: ''\n",
        "hook: a\ncorrelationId: \"Größe\"\n",
        "hook: a\nrequests: [{ url: 'https://a.example' }]\n",
        "hook: a\nrequests: [{ url: 'https://a.example', failure: other }]\n",
        "hook: a\nrequests: [{ url: 'https://a.example', response: { status: 99 } }]\n",
    ] {
        assert!(schema.check(yaml).is_err(), "the schema accepts: {yaml}");
        let case = Case::parse(yaml, "a.case.yaml", Path::new(""));
        assert!(case.is_err(), "the reader accepts: {yaml}");
    }
    let cases: Vec<_> = ["plugins", "tools/cli/src/commands/init"]
        .iter()
        .flat_map(|folder| files_below(&Path::new(ROOT).join(folder), ".case.yaml").unwrap())
        .collect();
    // Cases of plugins may hold parameters, which are no YAML before the plugin is added.
    let has_parameter = |yaml: &str| {
        let mut after = yaml.split('{').skip(1);
        after.any(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
    };
    let mut checked = 0;
    for path in cases {
        let yaml = fs::read_to_string(&path).unwrap();
        if has_parameter(&yaml) {
            continue;
        }
        checked += 1;
        if let Err(error) = schema.check(&yaml) {
            panic!("{}: {error}", path.display());
        }
    }
    assert!(checked > 10, "{checked}");
}
