//! Packages from npm, bundled into hooks: they print the same in Node and in the sandbox, and `docs/scripts.md` says so.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hookpoint_devserver::BundlerProcess;
use hookpoint_workspace::{
    Bundler,
    protocol::{Bundle, Reply, Request},
};
use hookpoint_xtask::{node::Node, python, repository};
use serde_json::{Value, json};

use super::{differences, printed_by_node, sandbox, server::Server};
use crate::bundling::programs;

/// The largest bundle that may be published.
const SOURCE_LIMIT: u64 = 1024 * 1024;

/// A hook that uses a package, and what became of it.
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

fn hooks() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/packages");
    let mut hooks: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
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
    format!("`{name}` {}{more}", versions[name].as_str().unwrap())
}

/// The script that publishing makes of a hook.
fn bundle(bundler: &dyn Bundler, folder: &Path, name: &str) -> Bundle {
    let request = Request {
        folder: folder.to_owned(),
        entry: format!("hooks/{name}"),
        built_ins: bundler
            .built_ins()
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
    };
    match bundler.bundle(&request) {
        Ok(Reply::Bundled(bundle)) => bundle,
        other => panic!("{name}: {other:?}"),
    }
}

/// Maximum size of a hook in TypeScript with six packages.
const SIX_PACKAGES_LIMIT: usize = 200 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn six_packages_fit_into_one_hook_in_typescript() {
    let (_, folder) = installed();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/script-packages/six.ts");
    fs::create_dir_all(folder.join("hooks")).unwrap();
    fs::copy(fixture, folder.join("hooks/six.ts")).unwrap();
    let bundler = bundler().await;
    let Bundle { code, map, .. } = bundle(&bundler, &folder, "six.ts");
    assert!(code.len() <= SIX_PACKAGES_LIMIT, "{} bytes", code.len());
    let map: Value = serde_json::from_str(&map).unwrap();
    let sources = map["sources"].as_array().unwrap();
    for (source, text) in sources
        .iter()
        .zip(map["sourcesContent"].as_array().unwrap())
    {
        let is_own = source == "hooks/six.ts";
        assert_eq!(text.is_string(), is_own, "the text of {source}");
    }
    let script = folder.join("six.mjs");
    fs::write(&script, code).unwrap();
    let printed = sandbox::printed(&script, &json!({ "context": {} }))
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

/// The packages, and the Node.js that installed them.
fn installed() -> (Node, PathBuf) {
    let node = Node::of(&python::ensure().unwrap()).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/script-packages");
    let names = [".npmrc", "package.json", "package-lock.json"];
    let folder = node.install(&fixtures, &names, "hook-packages").unwrap();
    (node, folder)
}

async fn bundler() -> BundlerProcess {
    let program = tokio::task::spawn_blocking(|| programs().1.clone())
        .await
        .unwrap();
    BundlerProcess::find(Some(program), None)
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_do_the_same_in_node_and_in_the_sandbox() {
    let (node, folder) = installed();
    let manifest = fs::read_to_string(folder.join("package.json")).unwrap();
    let versions = serde_json::from_str::<Value>(&manifest).unwrap()["dependencies"].take();
    for made in ["hooks", "bundles"] {
        fs::create_dir_all(folder.join(made)).unwrap();
    }
    let bundler = bundler().await;
    let server = Server::start().await;
    let event = json!({ "context": { "server": server.address() } });
    let mut tried = Vec::new();
    for hook in hooks() {
        let name = hook.file_name().unwrap().to_str().unwrap();
        let there = folder.join("hooks").join(name);
        fs::copy(&hook, &there).unwrap();
        let script = folder.join("bundles").join(name);
        let code = bundle(&bundler, &folder, name).code;
        let bytes = code.len() as u64;
        fs::write(&script, code).unwrap();
        let package = package_of(&hook, &versions);
        assert!(bytes <= SOURCE_LIMIT, "{package}: {bytes} bytes");
        let (program, text) = (node.program().to_owned(), event.to_string());
        let expected =
            tokio::task::spawn_blocking(move || printed_by_node(&program, &there, &text))
                .await
                .unwrap();
        let differs = match sandbox::printed(&script, &event).await {
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
