//! The software bill of materials of a release: `CycloneDX` 1.5, from cargo's own data and the lock files.
//!
//! It lists what is linked into functions, command line and bundler, and the npm packages inside the script sandbox. Packages that only
//! build or test something are not part of it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cargo_metadata::{DependencyKind, Metadata, Package, PackageId};
use serde_json::{Map, Value, json};

/// The packages whose binaries a release has. The last is the interpreter inside the others, as an image.
const RELEASED: [&str; 4] = [
    "hookpoint-functions",
    "hookpoint-cli",
    "hookpoint-bundler",
    "hookpoint-script-guest",
];

/// The bill as JSON. `cargo_lock` and `npm_lock` are the texts of the lock files.
pub(super) fn cyclonedx(
    metadata: &Metadata,
    version: &str,
    cargo_lock: &str,
    npm_lock: &str,
) -> anyhow::Result<Value> {
    let checksums = checksums(cargo_lock);
    let linked = linked(metadata)?;
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    let released: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| RELEASED.contains(&package.name.as_str()))
        .map(purl)
        .collect();
    let own = format!("pkg:generic/hookpoint@{version}");
    dependencies.push(json!({ "ref": own, "dependsOn": released }));
    for package in &metadata.packages {
        let Some(on) = linked.get(&package.id) else {
            continue;
        };
        components.push(component(package, &checksums)?);
        let on: BTreeSet<String> = metadata
            .packages
            .iter()
            .filter(|other| on.contains(&other.id))
            .map(purl)
            .collect();
        dependencies.push(json!({ "ref": purl(package), "dependsOn": on }));
    }
    components.extend(npm(npm_lock)?);
    Ok(json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "hookpoint",
                "version": version,
                "purl": own,
                "licenses": [{ "expression": "Apache-2.0" }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// Every package that is linked into a release, with those that it links.
fn linked(metadata: &Metadata) -> anyhow::Result<BTreeMap<PackageId, BTreeSet<PackageId>>> {
    let resolve = metadata.resolve.as_ref();
    let nodes = &resolve.context("cargo resolved no dependencies")?.nodes;
    let mut left: Vec<PackageId> = metadata
        .packages
        .iter()
        .filter(|package| RELEASED.contains(&package.name.as_str()))
        .map(|package| package.id.clone())
        .collect();
    if left.len() != RELEASED.len() {
        bail!("the workspace lacks one of {}", RELEASED.join(", "));
    }
    let mut linked = BTreeMap::new();
    while let Some(id) = left.pop() {
        if linked.contains_key(&id) {
            continue;
        }
        let node = nodes.iter().find(|node| node.id == id);
        let node = node.with_context(|| format!("cargo does not know `{id}`"))?;
        let on: BTreeSet<PackageId> = node
            .deps
            .iter()
            .filter(|dependency| {
                let mut kinds = dependency.dep_kinds.iter();
                kinds.any(|kind| kind.kind == DependencyKind::Normal)
            })
            .map(|dependency| dependency.pkg.clone())
            .collect();
        left.extend(on.iter().cloned());
        linked.insert(id, on);
    }
    Ok(linked)
}

fn component(
    package: &Package,
    checksums: &BTreeMap<(String, String), String>,
) -> anyhow::Result<Value> {
    let (name, version) = (package.name.to_string(), package.version.to_string());
    let license = package.license.as_ref();
    let license = license.with_context(|| format!("`{name}` {version} names no licence"))?;
    let mut component = Map::new();
    component.insert("type".to_owned(), "library".into());
    component.insert("bom-ref".to_owned(), purl(package).into());
    component.insert("name".to_owned(), name.as_str().into());
    component.insert("version".to_owned(), version.as_str().into());
    component.insert("purl".to_owned(), purl(package).into());
    // Older packages write a slash.
    let expression = license.replace(" / ", " OR ").replace('/', " OR ");
    component.insert("licenses".to_owned(), json!([{ "expression": expression }]));
    if let Some(checksum) = checksums.get(&(name, version)) {
        let hashes = json!([{ "alg": "SHA-256", "content": checksum }]);
        component.insert("hashes".to_owned(), hashes);
    }
    Ok(component.into())
}

fn purl(package: &Package) -> String {
    // The `+` of build metadata separates nothing in a package URL.
    let version = package.version.to_string().replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package.name)
}

/// The checksums of `Cargo.lock`. Packages of the workspace have none.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut checksums = BTreeMap::new();
    for package in lock.split("[[package]]\n").skip(1) {
        let value = |member: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(member));
            line.map(|value| value.trim_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(checksum)) =
            (value("name = "), value("version = "), value("checksum = "))
        {
            checksums.insert((name, version), checksum);
        }
    }
    checksums
}

/// The packages of a `package-lock.json` that end up in a bundle.
fn npm(lock: &str) -> anyhow::Result<Vec<Value>> {
    let lock: Value = serde_json::from_str(lock).context("package-lock.json is not JSON")?;
    let packages = lock["packages"].as_object();
    let packages = packages.context("package-lock.json has no `packages`")?;
    let mut components = Vec::new();
    for (path, package) in packages {
        let Some((_, name)) = path.rsplit_once("node_modules/") else {
            continue;
        };
        if package["dev"] == true {
            continue;
        }
        let text = |member: &str| {
            let text = package[member].as_str();
            text.with_context(|| format!("package-lock.json: `{name}` has no `{member}`"))
        };
        let version = text("version")?;
        let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
        let hash = text("integrity")?.strip_prefix("sha512-");
        let hash = hash.and_then(|hash| BASE64_STANDARD.decode(hash).ok());
        let hash = hash.with_context(|| format!("package-lock.json: `{name}` has no SHA-512"))?;
        let hash = hookpoint_engine::hook::hex(&hash);
        components.push(json!({
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "licenses": [{ "expression": text("license")? }],
            "hashes": [{ "alg": "SHA-512", "content": hash }],
        }));
    }
    Ok(components)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{release, repository};

    fn bill() -> Value {
        let read = |path: &str| fs::read_to_string(repository::root().join(path)).unwrap();
        let metadata = release::metadata().unwrap();
        cyclonedx(
            &metadata,
            "1.2.3",
            &read("Cargo.lock"),
            &read(release::NPM_LOCK),
        )
        .unwrap()
    }

    #[test]
    fn every_component_has_what_the_format_and_a_reader_need() {
        let bill = bill();
        assert_eq!(
            (&bill["bomFormat"], &bill["specVersion"], &bill["version"]),
            (&json!("CycloneDX"), &json!("1.5"), &json!(1))
        );
        let components = bill["components"].as_array().unwrap();
        assert!(components.len() > 150, "{}", components.len());
        let mut references =
            BTreeSet::from([bill["metadata"]["component"]["bom-ref"].clone().to_string()]);
        for component in components {
            for member in ["type", "name", "version", "purl", "bom-ref"] {
                assert!(
                    component[member]
                        .as_str()
                        .is_some_and(|text| !text.is_empty()),
                    "{component}"
                );
            }
            let license = component["licenses"][0]["expression"].as_str().unwrap();
            assert!(!license.is_empty() && !license.contains('/'), "{component}");
            let is_own = component["name"]
                .as_str()
                .unwrap()
                .starts_with("hookpoint-");
            let hash = component["hashes"][0]["content"].as_str();
            let is_hash = hash.is_some_and(|hash| {
                [64, 128].contains(&hash.len())
                    && hash.chars().all(|digit| digit.is_ascii_hexdigit())
            });
            assert!(is_own || is_hash, "{component}");
            assert!(
                references.insert(component["bom-ref"].to_string()),
                "twice: {component}"
            );
        }
        for dependency in bill["dependencies"].as_array().unwrap() {
            for reference in dependency["dependsOn"].as_array().unwrap() {
                assert!(references.contains(&reference.to_string()), "{reference}");
            }
        }
    }

    #[test]
    fn what_is_linked_is_listed_and_what_only_tests_is_not() {
        let bill = bill();
        let components = bill["components"].as_array().unwrap();
        let has = |name: &str| components.iter().any(|component| component["name"] == name);
        for linked in [
            "lambda_runtime",
            "wasmtime",
            "rquickjs-sys",
            "aes-gcm",
            "rolldown",
            "clap",
            "@noble/curves",
            "moment-timezone",
        ] {
            assert!(has(linked), "{linked}");
        }
        for other in [
            "boon",
            "hookpoint-tests",
            "hookpoint-xtask",
            "esbuild",
            "cargo_metadata",
        ] {
            assert!(!has(other), "{other}");
        }
    }

    #[test]
    fn a_lock_file_that_says_too_little_is_an_error() {
        let error = npm(r#"{"packages": {"node_modules/a": {"version": "1.0.0"}}}"#).unwrap_err();
        assert!(
            error.to_string().contains("`a` has no `integrity`"),
            "{error}"
        );
        let checksums =
            checksums("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"ff\"\n");
        assert_eq!(checksums[&("a".to_owned(), "1.0.0".to_owned())], "ff");
    }
}
