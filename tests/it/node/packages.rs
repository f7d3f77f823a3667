//! Packages from npm, bundled into hooks: they print the same in Node and in the sandbox, and `docs/scripts.md` says so.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hookpoint_xtask::repository;
use serde_json::{Value, json};

use super::{
    bundler::{Bundle, Bundler},
    differences, printed_by_node, sandbox,
    server::Server,
};

/// A hook that uses a package, and its result.
struct Tried {
    package: String,
    bytes: u64,
    differs: Vec<String>,
}

impl Tried {
    fn row(&self) -> String {
        let kilobytes = self.bytes.div_ceil(1024);
        format!("| {} | {kilobytes} KB |", self.package)
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("node/packages")
}

fn hooks() -> Vec<PathBuf> {
    let folder = folder();
    let mut hooks: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    hooks.sort();
    hooks
}

/// The package with its version: the first line of a hook names it.
fn package_of(hook: &Path, versions: &Value) -> String {
    let source = fs::read_to_string(hook).unwrap();
    let title = source.lines().next().unwrap().trim_start_matches("// ");
    let (name, more) = title
        .split_once(',')
        .map_or((title, ""), |(name, _)| (name, &title[name.len()..]));
    let version = versions[name].as_str().unwrap();
    // Another version of a package, under a name that says so: `npm:axios@0.26.1`.
    let (name, version) = version
        .strip_prefix("npm:")
        .and_then(|aliased| aliased.rsplit_once('@'))
        .unwrap_or((name, version));
    format!("`{name}` {version}{more}")
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_do_the_same_in_node_and_in_the_sandbox() {
    let bundler = installed().await;
    let versions = bundler.versions();
    bundler.write("schema.js", "schema.cjs");
    let server = Server::start().await;
    let event = json!({ "context": { "server": server.address() } });
    let mut tried = Vec::new();
    for hook in hooks() {
        let Bundle {
            source, bundled, ..
        } = bundler.bundle(&hook);
        let bytes = fs::metadata(&bundled).unwrap().len();
        let package = package_of(&hook, &versions);
        let (program, text) = (bundler.node().to_owned(), event.to_string());
        let expected =
            tokio::task::spawn_blocking(move || printed_by_node(&program, &source, &text))
                .await
                .unwrap();
        let differs = match sandbox::printed(&bundled, &event).await {
            Ok(printed) => differences(&package, &expected, &printed),
            Err(failure) => vec![format!("{package}: {failure}")],
        };
        tried.push(Tried {
            package,
            bytes,
            differs,
        });
    }
    let wrong: Vec<_> = tried
        .iter()
        .flat_map(|tried| tried.differs.clone())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rows: Vec<_> = tried.iter().map(Tried::row).collect();
    let manual = fs::read_to_string(repository::root().join("docs/scripts.md")).unwrap();
    let listed: Vec<_> = manual
        .lines()
        .filter(|line| line.starts_with("| `") && line.ends_with(" KB |"))
        .collect();
    assert_eq!(
        listed,
        rows,
        "`docs/scripts.md` should list:\n{}",
        rows.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_that_compiles_while_it_runs_fails_and_points_to_code_made_before() {
    let hook = folder().join("refused/ajv-compiled.mjs");
    let Bundle { bundled, .. } = installed().await.bundle(&hook);
    let failure = sandbox::printed(&bundled, &json!({})).await.unwrap_err();
    let message = failure.message;
    assert!(
        message.contains("EvalError") && message.contains("as ajv's standalone code is"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn six_packages_fit_into_one_hook_in_typescript() {
    let bundler = installed().await;
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/script-packages/six.ts");
    let Bundle { bundled, map, .. } = bundler.bundle(&hook);
    let bytes = fs::metadata(&bundled).unwrap().len();
    assert!(bytes <= SIX_PACKAGES_LIMIT, "{bytes} bytes");
    let map: Value = serde_json::from_str(&map).unwrap();
    let sources = map["sources"].as_array().unwrap();
    let texts = map["sourcesContent"].as_array().unwrap();
    for (source, text) in sources.iter().zip(texts) {
        let is_own = source == "hooks/six.ts";
        assert_eq!(text.is_string(), is_own, "the text of {source}");
    }
    let printed = sandbox::printed(&bundled, &json!({ "context": {} }))
        .await
        .unwrap();
    assert_eq!(
        printed,
        [
            "zod: invalid email",
            "date-fns: 1970-01-03",
            "jose: JWSInvalid",
            "qs: a%5B0%5D=1&a%5B1%5D=2",
            "uuid: 36",
            "axios: function",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manual_names_the_package_that_is_too_large() {
    let bundler = installed().await;
    let refusal = bundler.refusal(&folder().join("refused/hubspot-whole.mjs"));
    assert!(
        refusal.contains("1 MiB") || refusal.contains("1048576"),
        "{refusal}"
    );
    let version = bundler.versions()["@hubspot/api-client"].take();
    let sentence = format!(
        "All of `@hubspot/api-client` {} exceeds the limit of 1 MiB",
        version.as_str().unwrap()
    );
    let manual = fs::read_to_string(repository::root().join("docs/scripts.md")).unwrap();
    assert!(manual.contains(&sentence), "{sentence}");
}

/// Maximum size of a hook in TypeScript with six packages, in bytes.
const SIX_PACKAGES_LIMIT: u64 = 200_000;

/// The packages, installed.
async fn installed() -> Bundler {
    tokio::task::spawn_blocking(Bundler::install).await.unwrap()
}
