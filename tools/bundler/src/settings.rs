//! The settings of TypeScript: the nearest `tsconfig.json`, and what it extends.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use hookpoint_bundler_protocol::Problem;
use oxc_resolver::{ExtendsField, Resolution, ResolveOptions, Resolver, TsConfig};
use serde_json::{Value, error::Category};

use crate::{
    folder::{name_in, read_inside, without_mark},
    package::{self, nearest},
    refusals::Reason,
};

/// The file with the settings of a folder.
const FILE: &str = "tsconfig.json";
/// What to do about one that cannot be understood.
const CORRECT: &str = "correct it; `npx tsc --showConfig` shows what TypeScript reads";

/// The settings of a hook's file.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The nearest `tsconfig.json`; `None` if there is none or something is wrong with it or with what it extends.
    pub(crate) usable: Option<PathBuf>,
    /// The files that were read or are missing, relative to the workspace.
    pub(crate) names: Vec<String>,
    pub(crate) problems: Vec<Problem>,
}

impl Settings {
    /// Reads them for a file of a workspace. Both paths are without links.
    pub(crate) fn of(folder: &Path, entry: &Path) -> Self {
        let Some(path) = nearest(folder, entry, FILE) else {
            return Self::default();
        };
        let mut reader = Reader {
            folder,
            read: BTreeSet::new(),
            above: Vec::new(),
            problems: Vec::new(),
        };
        if let Err(reason) = reader.read(&path) {
            let problem = Problem::of_file(name_in(folder, &path), reason.message, reason.help);
            reader.problems.push(problem);
        }
        Self {
            usable: reader.problems.is_empty().then_some(path),
            names: reader.read.into_iter().collect(),
            problems: reader.problems,
        }
    }
}

struct Reader<'a> {
    folder: &'a Path,
    read: BTreeSet<String>,
    /// The files that extend the current one, outermost first.
    above: Vec<PathBuf>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads a file and what it extends. The error is for the place that names the file.
    fn read(&mut self, path: &Path) -> Result<(), Reason> {
        let name = name_in(self.folder, path);
        if self.above.iter().any(|above| above == path) {
            let message = format!("`{name}` extends itself");
            return Err(Reason::new(message, "remove one `extends` of the circle"));
        }
        if !self.read.insert(name.clone()) {
            return Ok(());
        }
        let text = read_inside(self.folder, path)?;
        match TsConfig::parse(false, path, path, text.clone()) {
            Ok(settings) => {
                let specifiers = match settings.extends {
                    None => Vec::new(),
                    Some(ExtendsField::Single(specifier)) => vec![specifier],
                    Some(ExtendsField::Multiple(specifiers)) => specifiers,
                };
                self.above.push(path.to_owned());
                for specifier in specifiers {
                    let read = self
                        .extended(path, &specifier)
                        .and_then(|extended| self.read(&extended));
                    if let Err(Reason { message, help }) = read {
                        let place = place_of(&text, &specifier);
                        let problem = Problem::at(&name, &text, place, message, help);
                        self.problems.push(problem);
                    }
                }
                self.above.pop();
            }
            Err(error) => {
                let mut problem = package::not_json(&name, &text, &error, CORRECT);
                if error.classify() == Category::Data {
                    let said = error.to_string();
                    let cause = said.split(" at line ").next().unwrap_or_default();
                    problem.message = if cause.contains("ExtendsField") {
                        "`extends` must be text or a list of texts".to_owned()
                    } else if cause.contains("struct TsConfig") {
                        "it is not a JSON object".to_owned()
                    } else {
                        format!("TypeScript has no such setting: {cause}")
                    };
                }
                self.problems.push(problem);
            }
        }
        Ok(())
    }

    /// The file that `extends` of a file means, which may be missing.
    fn extended(&self, path: &Path, specifier: &str) -> Result<PathBuf, Reason> {
        let directory = path.parent().unwrap_or(self.folder);
        if specifier.is_empty() {
            return Err(Reason::new("`extends` names no file", "name one"));
        }
        if !specifier.starts_with(['.', '/']) {
            return packages()
                .resolve(directory, specifier)
                .map(Resolution::into_path_buf)
                .map_err(|_| self.not_found(path, specifier));
        }
        let path = normalized(&directory.join(specifier));
        if path.is_dir() {
            return Ok(path.join(FILE));
        }
        if path.is_file() || path.extension().is_some_and(|end| end == "json") {
            return Ok(path);
        }
        let mut name = path.into_os_string();
        name.push(".json");
        Ok(name.into())
    }

    fn not_found(&self, path: &Path, specifier: &str) -> Reason {
        let package = package::name_of_package(specifier);
        if !package::is_name(package) {
            let message = format!("`{specifier}` is neither a file nor the name of a package");
            return Reason::new(message, "begin the path of a file with `./`");
        }
        let manifest = format!("{}/{package}/package.json", package::FOLDER);
        let is_whole = nearest(self.folder, path, &manifest)
            .and_then(|manifest| read_inside(self.folder, &manifest).ok())
            .is_some_and(|text| serde_json::from_str::<Value>(without_mark(&text)).is_ok());
        if !is_whole {
            return package::not_found(self.folder, specifier, path);
        }
        Reason::new(
            format!("package `{package}` has no settings `{specifier}`"),
            "look up in its `package.json` what it exports",
        )
    }
}

/// Finds the settings of packages, as TypeScript does.
fn packages() -> Resolver {
    Resolver::new(ResolveOptions {
        condition_names: vec!["node".to_owned(), "import".to_owned()],
        extensions: vec![".json".to_owned()],
        main_files: vec!["tsconfig".to_owned()],
        node_path: false,
        ..ResolveOptions::default()
    })
}

/// Without `.` and `..`; links are not followed.
fn normalized(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            _ => normal.push(part),
        }
    }
    normal
}

/// Where the text of a file says what it extends.
fn place_of(text: &str, specifier: &str) -> usize {
    let start = text.find("\"extends\"").unwrap_or_default();
    let quoted = format!("\"{specifier}\"");
    text[start..]
        .find(&quoted)
        .map_or(start, |offset| start + offset)
}
