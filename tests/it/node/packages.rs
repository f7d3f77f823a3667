//! Packages from npm, bundled into hooks: they print the same in Node and in the sandbox, and `docs/scripts.md` says so.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hookpoint_xtask::{node::Node, python, repository};
use serde_json::{Value, json};

use super::{differences, printed_by_node, sandbox, server::Server};

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

/// Bundles a hook as publishing asks authors to.
fn bundle(node: &Node, folder: &Path, hook: &Path) -> PathBuf {
    let name = hook.file_name().unwrap();
    let format = if hook.extension().unwrap() == "cjs" {
        "cjs"
    } else {
        "esm"
    };
    let output = folder.join("bundles").join(name);
    let done = Command::new(node.program())
        .arg(folder.join("node_modules/esbuild/bin/esbuild"))
        .arg(folder.join("hooks").join(name))
        .args([
            "--bundle",
            "--platform=node",
            "--minify",
            "--log-level=error",
        ])
        .args(["--main-fields=module,main"])
        .arg(format!("--format={format}"))
        .arg(format!("--outfile={}", output.display()))
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    output
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_do_the_same_in_node_and_in_the_sandbox() {
    let node = Node::of(&python::ensure().unwrap()).unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/script-packages");
    let names = [".npmrc", "package.json", "package-lock.json"];
    let folder = node.install(&fixtures, &names, "hook-packages").unwrap();
    let manifest = fs::read_to_string(folder.join("package.json")).unwrap();
    let versions = serde_json::from_str::<Value>(&manifest).unwrap()["dependencies"].take();
    fs::create_dir_all(folder.join("hooks")).unwrap();
    let server = Server::start().await;
    let event = json!({ "context": { "server": server.address() } });
    let mut tried = Vec::new();
    for hook in hooks() {
        let there = folder.join("hooks").join(hook.file_name().unwrap());
        fs::copy(&hook, &there).unwrap();
        let bundled = bundle(&node, &folder, &hook);
        let bytes = fs::metadata(&bundled).unwrap().len();
        let package = package_of(&hook, &versions);
        assert!(bytes <= SOURCE_LIMIT, "{package}: {bytes} bytes");
        let (program, text) = (node.program().to_owned(), event.to_string());
        let expected =
            tokio::task::spawn_blocking(move || printed_by_node(&program, &there, &text))
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
