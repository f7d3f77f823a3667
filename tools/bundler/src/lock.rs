//! Lock files: a hook with packages has one, and what is installed is what it says.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use hookpoint_bundler_protocol::{INSTALL, Problem};
use serde_json::{Map, Value};

use crate::{
    folder::read_inside,
    lock_files::{self, OF_NPM},
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
            let message = "the hook uses packages, and there is no `package.json` that names them";
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
    let without = |manifest: String| {
        Problem::of_file(
            manifest,
            "there is no lock file beside it: what is published would change with the day of its installation",
            "",
        )
    };
    let Some(own) = lock_files::nearest(folder, manifest.folder()) else {
        return Err(Problem {
            help: manifest.install(folder),
            ..without(manifest.name.clone())
        });
    };
    Lock::read(folder, &own)?.map_or(Ok(()), |lock| lock.check_manifest(manifest))?;
    // Packages of a monorepo may be installed above the hook.
    let mut by_lock: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for package in used {
        let start = package.find(FOLDER).unwrap_or_default();
        let installed_in = &package[..start];
        let Some(lock) = lock_files::nearest(folder, installed_in) else {
            return Err(Problem {
                help: format!("run `{LOCK}` there; keep the lock file"),
                ..without(format!("{installed_in}package.json"))
            });
        };
        by_lock.entry(lock).or_default().push(package);
    }
    for (place, packages) in by_lock {
        if let Some(lock) = Lock::read(folder, &place)? {
            for package in packages {
                lock.check_package(folder, package)?;
            }
        }
    }
    Ok(())
}

/// A lock file of npm.
struct Lock {
    /// Its name relative to the workspace.
    name: String,
    /// The folder that it is in, relative to the workspace: empty, or with `/` at its end.
    place: String,
    packages: Map<String, Value>,
}

impl Lock {
    /// The lock file in a folder; `None` if it is of another tool.
    fn read(folder: &Path, place: &str) -> Result<Option<Self>, Problem> {
        let own = folder.join(place);
        let Some(lock) = OF_NPM.iter().find(|name| own.join(name).exists()) else {
            return Ok(None);
        };
        let name = format!("{place}{lock}");
        let text = read_inside(folder, &own.join(lock))
            .map_err(|reason| Problem::of_file(&name, reason.message, reason.help))?;
        let again = again();
        let mut members: Map<String, Value> =
            serde_json::from_str(&text).map_err(|error| not_json(&name, &text, &error, &again))?;
        let Some(Value::Object(packages)) = members.remove("packages") else {
            let message = "it has no `packages`: it is damaged, or was written by npm 6 or older";
            return Err(Problem::of_file(&name, message, again));
        };
        Ok(Some(Self {
            name,
            place: place.to_owned(),
            packages,
        }))
    }

    /// Whether it was made for this `package.json`, the root's or that of a workspace of npm.
    fn check_manifest(&self, manifest: &Manifest) -> Result<(), Problem> {
        let section = |members: Option<&Map<String, Value>>| {
            let section = members.and_then(|members| members.get("dependencies"));
            section
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        let wanted = section(Some(&manifest.members));
        let folder = manifest.folder().strip_prefix(&*self.place);
        let key = folder.unwrap_or_default().trim_end_matches('/');
        let Some(locked) = self.packages.get(key) else {
            // It only says the form of its files, perhaps: packages are those of the folder above.
            if wanted.is_empty() {
                return Ok(());
            }
            if key.is_empty() {
                let message = format!("it has no entry of `{}`", manifest.name);
                return Err(Problem::of_file(&self.name, message, again()));
            }
            let message =
                format!("it does not have `{key}`, which has a `package.json` with dependencies");
            let help = format!(
                "list `{key}` under `workspaces` in `{}package.json` and run `{LOCK}`; or make a lock file in `{key}`",
                self.place
            );
            return Err(Problem::of_file(&self.name, message, help));
        };
        if section(locked.as_object()) == wanted {
            return Ok(());
        }
        let message = format!("it does not match `{}`", manifest.name);
        Err(Problem::of_file(&self.name, message, again()))
    }

    fn check_package(&self, folder: &Path, package: &str) -> Result<(), Problem> {
        let relative = package.strip_prefix(&*self.place).unwrap_or(package);
        let (Some(locked), Some(installed)) = (
            version(self.packages.get(relative)),
            installed(folder, package),
        ) else {
            let message = format!("it does not have `{relative}`, which is installed and imported");
            return Err(Problem::of_file(&self.name, message, again()));
        };
        if locked == installed {
            return Ok(());
        }
        let message =
            format!("it has version {locked} of `{relative}`; version {installed} is installed");
        Err(Problem::of_file(
            &self.name,
            message,
            format!("run `{INSTALL}`"),
        ))
    }
}

fn again() -> String {
    format!("run `{LOCK}`, then `{INSTALL}`")
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
