//! The lint in files that a hook imports from its plugin.

use super::plugin;
use crate::{Library, lint};

const NAME: &str = "hubspot-contact-gate";
const SOURCE: &str = "hubspot-contact-gate/hooks/hubspot-contact-gate.ts";
const IMPORT: &str = "\"../../lib/request\";";

/// The lint of a gate that imports `./outer`, which imports `./inner`, whose text this is.
fn hiding(inner: &str) -> String {
    let mut files = Library::embedded().files();
    let source = files.get_mut(SOURCE).unwrap();
    assert!(source.contains(IMPORT));
    *source = source.replace(
        IMPORT,
        &format!("{IMPORT}\nimport {{ outer }} from \"./outer\";"),
    );
    let file = |name: &str| format!("{NAME}/hooks/{name}.ts");
    let outer = "export * from \"./inner\";\nimport \"./hubspot-contact-gate\";\n";
    files.insert(file("outer"), outer.to_owned());
    files.insert(file("inner"), inner.to_owned());
    lint(&plugin(&Library::of(files), NAME)).join("\n")
}

#[test]
fn a_call_that_is_hidden_in_a_file_of_the_plugin_is_found_there() {
    for (inner, message) in [
        ("await fetch(\"/x\");", "calls `fetch` itself"),
        ("import x from \"node:https\";", "imports `node:https`"),
        ("import \"axios\";", "imports `axios`"),
        (
            "const host = \"https://evil.example.com/x\";",
            "names the host `evil.example.com`",
        ),
        (
            "const url = `https://api.hubapi.com/contacts/${email}`;",
            "without the tag `url`",
        ),
        (
            "const query = `SELECT Id FROM Contact WHERE Email = '${email}'`;",
            "builds the query `SELECT Id FROM",
        ),
        (
            "export const token = (hook: Hook) => hook.secrets.OtherToken;",
            "reads `hook.secrets.OtherToken`, which the manifest does not list",
        ),
        (
            "export const token = (run: Hook) => run.secrets.HubSpotToken;",
            "reads `run.secrets`: call the second argument",
        ),
        (
            "export const token = ({ secrets }: Hook) => secrets.Any;",
            "takes `variables` or `secrets` out",
        ),
        ("await import(\"./more\");", "while it runs"),
        (
            "import { x } from './outer';",
            "imports `./outer` in single quotes",
        ),
        (
            "import { x } from \"./missing\";",
            "imports `./missing`, which is not a file in `hooks/`",
        ),
        (
            "import { x } from \"./../../slack-feed/hooks/slack-feed\";",
            "which is not a file in `hooks/`",
        ),
    ] {
        let found = hiding(inner);
        let line = format!("hooks/inner.ts: {message}");
        let is_there = found
            .lines()
            .any(|found| found.starts_with("hooks/inner.ts: ") && found.contains(message));
        assert!(is_there, "no `{line}` for {inner}: {found}");
    }
}

#[test]
fn files_of_a_plugin_may_import_each_other_and_read_what_is_declared() {
    let inner = "import { call } from \"../../lib/request\";\nimport \"./outer\";\nexport const token = (hook: Hook) => hook.secrets.HubSpotToken;";
    assert_eq!(hiding(inner), "");
}

#[test]
fn a_file_that_no_hook_imports_is_reported() {
    let mut files = Library::embedded().files();
    files.insert(format!("{NAME}/hooks/left-over.ts"), String::new());
    let found = lint(&plugin(&Library::of(files), NAME));
    assert_eq!(found, ["hooks/left-over.ts: no hook imports it"]);
}
