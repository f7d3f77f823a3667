//! The files that determine the content of bundles: `package.json`, its lock file, `tsconfig.json` and what that extends.
//!
//! Hooks of one folder may have been published with different ones. One set is written for each folder: the one with
//! which most hooks get the packages that they were bundled with.

use std::collections::{BTreeMap, BTreeSet};

use hookpoint_engine::{
    hook::{BundleFiles, ScriptHook},
    identifier::HookName,
};
use hookpoint_workspace::{protocol::LOCK_FILES, syntax::is_typescript};
use serde_json::Value;

use crate::sources::{package_folders, stays_inside};

const LOCKS_OF_NPM: [&str; 2] = ["package-lock.json", "npm-shrinkwrap.json"];
const MANIFEST: &str = "package.json";

/// Texts by the names of files in one folder.
type Set = BTreeMap<String, String>;

/// What one hook was bundled with.
struct Bundled {
    hook: HookName,
    /// The set of each folder; the name of a folder is empty or ends with `/`.
    sets: BTreeMap<String, Set>,
    /// The folders of the packages in it.
    packages: BTreeSet<String>,
}

/// The hooks added so far.
#[derive(Default)]
pub(super) struct Configuration(Vec<Bundled>);

/// The files to write, and the hooks whose bundles they do not reproduce, each with the folder that differs.
pub(super) struct Chosen {
    pub(super) files: BTreeMap<String, String>,
    pub(super) strayed: Vec<(HookName, String)>,
}

impl Configuration {
    /// Adds a hook whose sources are written. Returns whether the versions of its packages are known.
    pub(super) fn add(&mut self, hook: &HookName, script: &ScriptHook) -> bool {
        let files = script.source_map.as_ref().and_then(|map| map.files());
        let mut sets: BTreeMap<String, Set> = BTreeMap::new();
        for (name, text) in files.into_iter().flat_map(BundleFiles::texts) {
            if stays_inside(name) && !is_typescript(name) {
                let (folder, file) = divided(name);
                let set = sets.entry(folder.to_owned()).or_default();
                set.insert(file.to_owned(), text.clone());
            }
        }
        let mut names = sets.values().flat_map(Set::keys);
        let has_lock = names.any(|name| LOCK_FILES.contains(&name.as_str()));
        self.0.push(Bundled {
            hook: hook.clone(),
            sets,
            packages: package_folders(script),
        });
        has_lock
    }

    /// Chooses a set for each folder.
    pub(super) fn chosen(self) -> Chosen {
        let mut chosen = Chosen {
            files: BTreeMap::new(),
            strayed: Vec::new(),
        };
        let folders: BTreeSet<&String> = self.0.iter().flat_map(|hook| hook.sets.keys()).collect();
        for folder in folders {
            let users: Vec<(&Bundled, &Set)> = self
                .0
                .iter()
                .filter_map(|hook| Some((hook, hook.sets.get(folder)?)))
                .collect();
            let agreeing = |candidate: &Set| {
                let agree = |(hook, own): &&(&Bundled, &Set)| hook.agrees(folder, own, candidate);
                users.iter().filter(agree).count()
            };
            let candidates = users.iter().map(|(_, set)| *set);
            let Some(best) = candidates.max_by_key(|set| agreeing(set)) else {
                continue;
            };
            for (hook, own) in &users {
                if !hook.agrees(folder, own, best) {
                    chosen.strayed.push((hook.hook.clone(), folder.clone()));
                }
            }
            let files = best.iter();
            let files = files.map(|(name, text)| (format!("{folder}{name}"), text.clone()));
            chosen.files.extend(files);
        }
        chosen
    }
}

impl Bundled {
    /// Whether another set gives this hook the packages of its own set, compiled in the same way.
    fn agrees(&self, folder: &str, own: &Set, other: &Set) -> bool {
        if own == other {
            return true;
        }
        let versions = |set| locked(set, folder, &self.packages);
        settings(own).eq(settings(other))
            && versions(own).is_some_and(|own| Some(own) == versions(other))
    }
}

/// The settings of TypeScript in a set.
fn settings(set: &Set) -> impl Iterator<Item = (&String, &String)> {
    let is_one = |name: &str| name != MANIFEST && !LOCK_FILES.contains(&name);
    set.iter().filter(move |(name, _)| is_one(name))
}

/// The versions of packages in the lock file of npm in a set; `None` if it does not have all of them.
fn locked(set: &Set, folder: &str, packages: &BTreeSet<String>) -> Option<Vec<String>> {
    let text = LOCKS_OF_NPM.iter().find_map(|name| set.get(*name))?;
    let lock: Value = serde_json::from_str(text).ok()?;
    let version = |package: &String| {
        let relative = package.strip_prefix(folder)?;
        let version = lock["packages"][relative]["version"].as_str()?;
        Some(version.to_owned())
    };
    packages.iter().map(version).collect()
}

/// The folder of a file, empty or with its `/`, and its name there.
fn divided(name: &str) -> (&str, &str) {
    let start = name.rfind('/').map_or(0, |end| end + 1);
    name.split_at(start)
}
