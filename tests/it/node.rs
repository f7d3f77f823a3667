//! Scripts in Node and in the sandbox: the snippets of `tests/node` print the same in both.
//!
//! A snippet is a hook. It prints one line for each thing it checks; the event holds the address of a server that both call.

pub(crate) mod bundler;
mod packages;
pub(crate) mod sandbox;
mod server;
mod standards;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hookpoint_xtask::{node::Node, packages as bundles, python};
use serde_json::json;

use self::server::Server;

/// Fewer lines than this mean that snippets got lost.
const CHECKS: usize = 700;

fn snippets() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    let mut snippets: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|kind| kind == "mjs" || kind == "cjs")
        })
        .collect();
    snippets.sort();
    snippets
}

/// What a snippet prints in Node.
fn printed_by_node(node: &Path, snippet: &Path, event: &str) -> Vec<String> {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/node/run.js");
    let output = Command::new(node)
        .args(["--no-deprecation", "--disable-warning=ExperimentalWarning"])
        .arg(runner)
        .arg(snippet)
        .arg(event)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}: {}",
        snippet.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The lines that differ, with both sides.
fn differences(name: &str, expected: &[String], printed: &[String]) -> Vec<String> {
    let count = expected.len().max(printed.len());
    let none = "(nothing)".to_owned();
    (0..count)
        .filter_map(|index| {
            let there = expected.get(index).unwrap_or(&none);
            let here = printed.get(index).unwrap_or(&none);
            (there != here).then(|| format!("{name}:\n  Node    {there}\n  sandbox {here}"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn snippets_print_the_same_in_node_and_in_the_sandbox() {
    let node = Node::of(&python::ensure().unwrap()).unwrap();
    let server = Server::start().await;
    let event = json!({ "context": { "server": server.address() } });
    let mut checks = 0;
    let mut different = Vec::new();
    for snippet in snippets() {
        let name = snippet.file_name().unwrap().to_string_lossy().into_owned();
        let expected = {
            let (program, snippet, event) = (
                node.program().to_owned(),
                snippet.clone(),
                event.to_string(),
            );
            tokio::task::spawn_blocking(move || printed_by_node(&program, &snippet, &event))
                .await
                .unwrap()
        };
        assert!(!expected.is_empty(), "{name} prints nothing");
        let printed = match sandbox::printed(&snippet, &event).await {
            Ok(printed) => printed,
            Err(failure) => {
                different.push(format!("{name}: {failure}"));
                continue;
            }
        };
        checks += expected.len();
        different.extend(differences(&name, &expected, &printed));
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(checks >= CHECKS, "only {checks} checks");
}

#[test]
fn the_packages_of_the_sandbox_are_what_npm_has() {
    let stale = bundles::stale().unwrap();
    let names: Vec<&String> = stale.iter().map(|(name, _)| name).collect();
    assert!(
        names.is_empty(),
        "out of date, run `cargo xtask packages`: {names:?}"
    );
}
