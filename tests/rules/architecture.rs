//! Rules about imports between crates.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Every package of the workspace with its allowed dependencies, as in `docs/ARCHITECTURE.md`. Adapters import the
/// engine but not each other.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("hookpoint-stages", &[]),
    ("hookpoint-settings", &[]),
    ("hookpoint-engine", &["stages"]),
    ("hookpoint-contract", &["stages", "engine"]),
    ("hookpoint-webhook", &["stages", "engine"]),
    ("hookpoint-script", &["stages", "engine", "script-protocol"]),
    ("hookpoint-script-guest", &["script-protocol"]),
    ("hookpoint-script-protocol", &[]),
    ("hookpoint-bundler-protocol", &[]),
    // A program of its own: nothing imports it.
    ("hookpoint-bundler", &["bundler-protocol"]),
    (
        "hookpoint-workspace",
        &["stages", "engine", "bundler-protocol"],
    ),
    ("hookpoint-plugins", &["stages", "engine", "workspace"]),
    ("hookpoint-aws", &["stages", "engine"]),
    ("hookpoint-local", &["stages", "engine"]),
    (
        "hookpoint-lambda",
        &["stages", "settings", "engine", "webhook", "script", "aws"],
    ),
    (
        "hookpoint-operator",
        &["stages", "engine", "webhook", "script", "workspace"],
    ),
    (
        "hookpoint-devserver",
        &[
            "stages",
            "engine",
            "operator",
            "webhook",
            "script",
            "local",
            "workspace",
        ],
    ),
    (
        "hookpoint-cli",
        &[
            "stages",
            "settings",
            "engine",
            "operator",
            "local",
            "workspace",
            "plugins",
            "aws",
            "devserver",
        ],
    ),
    ("hookpoint-functions", &["stages", "lambda"]),
];

/// Libraries that only the named crates may import.
const SOLE_IMPORTERS: &[(&str, &[&str])] = &[
    // One HTTP client for hooks, one for AWS.
    ("reqwest", &["hookpoint-webhook"]),
    ("hyper-rustls", &["hookpoint-aws"]),
    ("rquickjs", &["hookpoint-script-guest"]),
    // The second one builds what the first one runs.
    ("wasmtime", &["hookpoint-script", "hookpoint-imager"]),
    ("wat", &["hookpoint-imager"]),
    ("rolldown", &["hookpoint-bundler"]),
    // The decoder of source maps alone is deployed.
    ("oxc_sourcemap", &["hookpoint-bundler", "hookpoint-script"]),
    ("oxc", &["hookpoint-bundler"]),
    ("oxc_resolver", &["hookpoint-bundler"]),
    ("rusqlite", &["hookpoint-local"]),
    ("lambda_runtime", &["hookpoint-lambda"]),
    ("aws-sdk-dynamodb", &["hookpoint-aws"]),
    ("aws-sdk-secretsmanager", &["hookpoint-aws"]),
    ("aws-sdk-sqs", &["hookpoint-aws"]),
    ("aws-config", &["hookpoint-aws"]),
];

/// Tools for the repository itself, which may import everything.
const UNRESTRICTED: &[&str] = &[
    "hookpoint-xtask",
    "hookpoint-bench",
    "hookpoint-imager",
    "hookpoint-tests",
];

/// The normal and build dependencies of each package, without those of tests.
fn shipped(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| {
            let dependencies = package.dependencies.iter();
            let shipped =
                dependencies.filter(|dependency| dependency.kind != DependencyKind::Development);
            (
                package.name.to_string(),
                shipped.map(|dependency| dependency.name.clone()).collect(),
            )
        })
        .collect()
}

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().unwrap()
}

#[test]
fn imports_go_one_way() {
    for (package, dependencies) in shipped(&metadata()) {
        if UNRESTRICTED.contains(&package.as_str()) {
            continue;
        }
        let (_, allowed) = MAY_IMPORT
            .iter()
            .find(|(name, _)| *name == package)
            .unwrap_or_else(|| panic!("`{package}` is not in the import table: add it here and to docs/ARCHITECTURE.md"));
        for dependency in dependencies
            .iter()
            .filter_map(|name| name.strip_prefix("hookpoint-"))
        {
            assert!(
                allowed.contains(&dependency),
                "`{package}` imports `hookpoint-{dependency}`: add a port to the engine and let a composition root connect the two"
            );
        }
    }
}

#[test]
fn each_outside_system_has_one_importer() {
    let shipped = shipped(&metadata());
    for (library, importers) in SOLE_IMPORTERS {
        for (package, dependencies) in &shipped {
            let allowed =
                importers.contains(&package.as_str()) || UNRESTRICTED.contains(&package.as_str());
            assert!(
                allowed || !dependencies.contains(*library),
                "`{package}` imports `{library}`: only {importers:?} may; use its port in the engine"
            );
        }
    }
}

/// Whether a crate is part of the bundler. Its crates fit together only in one version of each.
fn is_of_bundler(name: &str) -> bool {
    ["oxc", "rolldown"].contains(&name)
        || ["oxc_", "rolldown_", "string_wizard"]
            .iter()
            .any(|start| name.starts_with(start))
}

#[test]
fn the_crates_of_the_bundler_have_one_version_each() {
    let lock = std::fs::read_to_string(metadata().workspace_root.join("Cargo.lock")).unwrap();
    let value = |line: &str| line.split('"').nth(1).unwrap().to_owned();
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let lines: Vec<&str> = lock.lines().collect();
    for pair in lines.windows(2) {
        if pair[0].starts_with("name = ") && is_of_bundler(&value(pair[0])) {
            versions
                .entry(value(pair[0]))
                .or_default()
                .insert(value(pair[1]));
        }
    }
    assert!(versions.len() > 40, "only {versions:?}");
    for (name, versions) in &versions {
        assert_eq!(
            versions.len(),
            1,
            "`{name}` has versions {versions:?}; `cargo update -p {name} --precise` the older one"
        );
    }
    let of_rolldown: BTreeSet<&String> = versions
        .iter()
        .filter(|(name, _)| name.starts_with("rolldown_") || *name == "string_wizard")
        .flat_map(|(_, versions)| versions)
        .collect();
    assert_eq!(
        of_rolldown.len(),
        1,
        "crates of rolldown have versions {of_rolldown:?}"
    );
}

/// The clients of AWS are a quarter of a first build, and the first command runs on the local store.
#[test]
fn the_first_command_builds_no_client_of_aws() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "hookpoint-cli",
            "--edges",
            "normal,build",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .output()
        .unwrap();
    assert!(tree.status.success());
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.contains("hookpoint-local "), "{tree}");
    let of_aws: Vec<&str> = tree
        .lines()
        .filter(|line| line.starts_with("aws-") || line.starts_with("hookpoint-aws "))
        .collect();
    assert!(of_aws.is_empty(), "{of_aws:?}");
}

/// The packages that `cargo run` and the deployment build.
#[test]
fn nothing_that_is_deployed_or_built_first_links_the_bundler() {
    let metadata = MetadataCommand::new().exec().unwrap();
    let nodes = &metadata.resolve.as_ref().unwrap().nodes;
    let named = |name: &str| {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name.as_str() == name);
        package.unwrap().id.clone()
    };
    let mut reached = BTreeSet::new();
    let mut left = vec![named("hookpoint-cli"), named("hookpoint-functions")];
    while let Some(id) = left.pop() {
        if !reached.insert(id.clone()) {
            continue;
        }
        let node = nodes.iter().find(|node| node.id == id).unwrap();
        let shipped = node.deps.iter().filter(|dependency| {
            let mut kinds = dependency.dep_kinds.iter();
            kinds.any(|kind| kind.kind != DependencyKind::Development)
        });
        left.extend(shipped.map(|dependency| dependency.pkg.clone()));
    }
    for package in metadata
        .packages
        .iter()
        .filter(|package| reached.contains(&package.id))
    {
        let name = package.name.as_str();
        assert!(
            name == "oxc_sourcemap" || !is_of_bundler(name),
            "`{name}` would be part of the first build and of what is deployed"
        );
    }
}

#[test]
fn one_tls_stack_and_no_openssl() {
    let lock = std::fs::read_to_string(metadata().workspace_root.join("Cargo.lock")).unwrap();
    let names: Vec<&str> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = "))
        .map(|name| name.trim_matches('"'))
        .collect();
    for banned in ["openssl-sys", "aws-lc-sys", "native-tls"] {
        assert!(
            !names.contains(&banned),
            "`{banned}` is in Cargo.lock: TLS is rustls with ring"
        );
    }
    assert_eq!(
        names.iter().filter(|name| **name == "rustls").count(),
        1,
        "one version of rustls"
    );
}
