//! Lock files: a hook with packages has one, and what is installed is what it says.

use std::{collections::BTreeSet, path::Path};

use hookpoint_bundler_protocol::{INSTALL, Problem};
use serde_json::{Map, Value};

use crate::{
    folder::read_inside,
    lock_files::{OF_NPM, OF_OTHERS},
    package::{FOLDER, LOCK, Manifest, is_of_package, not_json},
};

/// Checks the packages among the files of a bundle against the lock file.
pub(crate) fn check<'a>(
    folder: &Path,
    entry: &Path,
    files: impl Iterator<Item = &'a str>,
) -> Vec<Problem> {
    let used: BTreeSet<&str> = files.filter_map(package_folder).collect();
    if used.is_empty() {
        return Vec::new();
    }
    let manifest = match Manifest::nearest(folder, entry) {
        Ok(Some(manifest)) => manifest,
        Ok(None) => {
            let message =
                "the hook imports packages, and there is no `package.json` that names them";
            let help = "run `npm init --yes` beside the hook, then `npm install --ignore-scripts` with the names of the packages";
            return vec![Problem::of_file(used_by(entry, folder), message, help)];
        }
        Err(problem) => return vec![problem],
    };
    match check_against(folder, &manifest, &used) {
        Ok(()) => Vec::new(),
        Err(problem) => vec![problem],
    }
}

fn used_by(entry: &Path, folder: &Path) -> String {
    crate::folder::name_in(folder, entry)
}

fn check_against(folder: &Path, manifest: &Manifest, used: &BTreeSet<&str>) -> Result<(), Problem> {
    let own = folder.join(manifest.folder());
    let Some(lock) = OF_NPM.iter().find(|name| own.join(name).exists()) else {
        if OF_OTHERS.iter().any(|name| own.join(name).exists()) {
            return Ok(());
        }
        return Err(Problem::of_file(
            &manifest.name,
            "there is no lock file beside it: what is published would change with the day of its installation",
            manifest.install(folder),
        ));
    };
    let name = format!("{}{lock}", manifest.folder());
    let again = format!("run `{LOCK}`, then `{INSTALL}`");
    let text = read_inside(folder, &own.join(lock))
        .map_err(|reason| Problem::of_file(&name, reason.message, reason.help))?;
    let members: Map<String, Value> =
        serde_json::from_str(&text).map_err(|error| not_json(&name, &text, &error, &again))?;
    let Some(packages) = members.get("packages").and_then(Value::as_object) else {
        let message = "it has no `packages`: it is damaged, or was written by npm 6 or older";
        return Err(Problem::of_file(&name, message, again));
    };
    let section = |members: Option<&Map<String, Value>>| {
        let section = members.and_then(|members| members.get("dependencies"));
        section
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let locked = section(packages.get("").and_then(Value::as_object));
    if locked != section(Some(&manifest.members)) {
        let message = format!("it does not match `{}`", manifest.name);
        return Err(Problem::of_file(&name, message, again));
    }
    for package in used {
        let Some(relative) = package.strip_prefix(manifest.folder()) else {
            continue;
        };
        let (Some(locked), Some(installed)) =
            (version(packages.get(relative)), installed(folder, package))
        else {
            let message = format!("it does not have `{relative}`, which is installed and imported");
            return Err(Problem::of_file(&name, message, again));
        };
        if locked != installed {
            let message = format!(
                "it has version {locked} of `{relative}`; version {installed} is installed"
            );
            return Err(Problem::of_file(&name, message, format!("run `{INSTALL}`")));
        }
    }
    Ok(())
}

fn version(package: Option<&Value>) -> Option<String> {
    let version = package?.get("version")?.as_str()?;
    Some(version.to_owned())
}

fn installed(folder: &Path, package: &str) -> Option<String> {
    let text = read_inside(folder, &folder.join(package).join("package.json")).ok()?;
    version(Some(&serde_json::from_str(&text).ok()?))
}

/// The folder of the package that a file is of.
fn package_folder(file: &str) -> Option<&str> {
    if !is_of_package(file) {
        return None;
    }
    let inner = file.rfind(&format!("{FOLDER}/"))? + FOLDER.len() + 1;
    let name = crate::package::name_of_package(&file[inner..]);
    Some(&file[..inner + name.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_the_innermost_package() {
        for (file, folder) in [
            ("node_modules/zod/index.js", Some("node_modules/zod")),
            (
                "a/node_modules/b/node_modules/@c/d/e.js",
                Some("a/node_modules/b/node_modules/@c/d"),
            ),
            ("hooks/a.ts", None),
        ] {
            assert_eq!(package_folder(file), folder);
        }
    }
}
