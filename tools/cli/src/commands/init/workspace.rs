//! The files of a new workspace.

use super::{CASE_SCHEMA, CASE_SCHEMA_NAME, SCHEMA, SCHEMA_NAME, TYPESCRIPT_SETTINGS, schema_line};

const MANIFEST: &str = include_str!("hookpoint.yaml");
const TYPESCRIPT: (&str, &str) = ("hooks/addresses.ts", include_str!("addresses.ts"));
const JAVASCRIPT: (&str, &str) = ("hooks/addresses.js", include_str!("addresses.js"));
const TYPES: &str = include_str!("../../../../../hookpoint.d.ts");
const NODE_TYPES: &str = include_str!("../../../../../hookpoint-node.d.ts");

/// The file of the hook: TypeScript, unless nothing can bundle it here.
pub(super) fn hook(has_bundler: bool) -> &'static str {
    source(has_bundler).0
}

fn source(has_bundler: bool) -> (&'static str, &'static str) {
    if has_bundler { TYPESCRIPT } else { JAVASCRIPT }
}

/// Names and texts.
pub(super) fn files(has_bundler: bool) -> Vec<(&'static str, String)> {
    let (hook, source) = source(has_bundler);
    let for_hook = |text: &str| text.replace(TYPESCRIPT.0, hook);
    let manifest = format!("{}{}", schema_line(), for_hook(MANIFEST));
    vec![
        ("hookpoint.yaml", manifest),
        (hook, source.to_owned()),
        (
            "hooks/addresses.case.yaml",
            format!(
                "# yaml-language-server: $schema=../{CASE_SCHEMA_NAME}\n{}",
                include_str!("addresses.case.yaml")
            ),
        ),
        ("hookpoint.d.ts", TYPES.to_owned()),
        ("hookpoint-node.d.ts", NODE_TYPES.to_owned()),
        (SCHEMA_NAME, SCHEMA.to_owned()),
        (CASE_SCHEMA_NAME, CASE_SCHEMA.to_owned()),
        (
            TYPESCRIPT_SETTINGS,
            include_str!("tsconfig.json").to_owned(),
        ),
        (".gitignore", include_str!("gitignore").to_owned()),
        ("README.md", for_hook(include_str!("README.md"))),
    ]
}
