//! Vectors of web standards, in the sandbox and in Node: `docs/scripts.md` has the pass rates, and each failure with its reason.
//!
//! The vectors of web-platform-tests are read from the archives of crates that carry them; the others are in `tests/vectors`, written
//! from the text of the standards. A file prints each vector that fails as `[name, result]`, and then how many there are.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use cargo_metadata::{Metadata, MetadataCommand};
use hookpoint_xtask::{node::Node, python, repository};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{printed_by_node, sandbox, server::Server};

/// The vectors of a part of a standard.
struct Standard {
    /// As `docs/scripts.md` has it.
    title: &'static str,
    /// A file of `tests/vectors`.
    file: &'static str,
    /// The crate whose archive has the vectors, and where.
    carried: Option<(&'static str, &'static str)>,
}

const STANDARDS: [Standard; 9] = [
    Standard {
        title: "[URL](https://url.spec.whatwg.org): parsing",
        file: "url",
        carried: Some(("url", "tests/urltestdata.json")),
    },
    Standard {
        title: "URL: setters",
        file: "url-setters",
        carried: Some(("url", "tests/setters_tests.json")),
    },
    Standard {
        title: "URL: `URLSearchParams`",
        file: "search-params",
        carried: None,
    },
    Standard {
        title: "[HTML](https://html.spec.whatwg.org): `atob`",
        file: "atob",
        carried: Some(("data-url", "tests/base64.json")),
    },
    Standard {
        title: "HTML: `btoa`, and the arguments of both",
        file: "btoa",
        carried: None,
    },
    Standard {
        title: "[Encoding](https://encoding.spec.whatwg.org)",
        file: "encoding",
        carried: None,
    },
    Standard {
        title: "[Fetch](https://fetch.spec.whatwg.org): `Headers`",
        file: "headers",
        carried: None,
    },
    Standard {
        title: "Fetch: `Request` and `Response`",
        file: "requests",
        carried: None,
    },
    Standard {
        title: "[DOM](https://dom.spec.whatwg.org): `AbortSignal`",
        file: "abort-signal",
        carried: None,
    },
];

/// Vectors that fail in the sandbox for one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    file: String,
    reason: String,
    names: BTreeSet<String>,
}

/// How many vectors there are, and those that fail with what was there instead.
struct Outcome {
    total: usize,
    failed: Vec<(String, Value)>,
}

impl Outcome {
    fn read(printed: &[String]) -> Self {
        let (total, failed) = printed.split_last().unwrap();
        let total = total.parse();
        Self {
            total: total.unwrap_or_else(|_| panic!("cut off: {}", printed.join("\n"))),
            failed: failed
                .iter()
                .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
                .collect(),
        }
    }

    fn passed(&self) -> usize {
        self.total - self.failed.len()
    }
}

/// The packages that this crate is built from.
fn packages() -> Metadata {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let about = String::from_utf8(rustc.stdout).unwrap();
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    // Those of other platforms would have to be downloaded.
    let options = ["--locked", "--filter-platform", host.unwrap()].map(str::to_owned);
    MetadataCommand::new()
        .manifest_path(repository::root().join("Cargo.toml"))
        .other_options(options)
        .exec()
        .unwrap()
}

/// The snippet of a standard, with its vectors, and where those are from.
fn snippet(standard: &Standard, packages: &Metadata) -> (String, String) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("vectors/{}.mjs", standard.file));
    let source = fs::read_to_string(file).unwrap();
    let Some((name, path)) = standard.carried else {
        return (source, "our own".to_owned());
    };
    let mut found = packages
        .packages
        .iter()
        .filter(|package| *package.name == *name);
    let package = found.next().unwrap();
    let archive = package.manifest_path.parent().unwrap();
    let vectors = fs::read_to_string(archive.join(path)).unwrap();
    let origin = format!(
        "web-platform-tests, from the crate `{name}` {}",
        package.version
    );
    (format!("const vectors = {vectors};\n{source}"), origin)
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_of_standards_pass_but_for_those_with_a_reason() {
    let node = Node::of(&python::ensure().unwrap()).unwrap();
    let packages = packages();
    let folder = repository::target().unwrap().join("vectors");
    fs::create_dir_all(&folder).unwrap();
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/known-failures.json");
    let known: Vec<Known> = serde_json::from_str(&fs::read_to_string(known).unwrap()).unwrap();
    let server = Server::start().await;
    let event = json!({ "context": { "server": server.address() } });
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for standard in &STANDARDS {
        let (source, origin) = snippet(standard, &packages);
        let path = folder.join(format!("{}.mjs", standard.file));
        fs::write(&path, source).unwrap();
        let here = Outcome::read(&sandbox::printed(&path, &event).await.unwrap());
        let (program, text) = (node.program().to_owned(), event.to_string());
        let there = tokio::task::spawn_blocking(move || printed_by_node(&program, &path, &text));
        let there = Outcome::read(&there.await.unwrap());
        assert_eq!(here.total, there.total, "{}", standard.file);
        rows.push(format!(
            "| {} | {origin} | {} of {} | {} |",
            standard.title,
            here.passed(),
            here.total,
            there.passed()
        ));
        let mut excused: BTreeSet<&str> = known
            .iter()
            .filter(|known| known.file == standard.file)
            .flat_map(|known| known.names.iter().map(String::as_str))
            .collect();
        for (name, result) in &here.failed {
            if !excused.remove(name.as_str()) {
                wrong.push(format!("{} fails {name:?}: {result}", standard.file));
            }
        }
        wrong.extend(
            excused
                .iter()
                .map(|name| format!("{} passes {name:?}, or has no such vector", standard.file)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    rows.extend(known.iter().map(|known| {
        let (file, reason) = (&known.file, &known.reason);
        format!("| `{file}` | {} | {reason} |", known.names.len())
    }));
    let manual = fs::read_to_string(repository::root().join("docs/scripts.md")).unwrap();
    let (_, section) = manual.split_once("\n## Standards\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let listed: Vec<_> = section
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter(|line| !line.starts_with("| part of") && !line.starts_with("| vectors |"))
        .collect();
    assert_eq!(
        listed,
        rows,
        "`docs/scripts.md` should list:\n{}",
        rows.join("\n")
    );
}
