//! Packages: whose a file is, and what to do when an import finds none.

use std::path::Path;

use hookpoint_bundler_protocol::{INSTALL, Problem};
use serde_json::{Map, Value};

use crate::{
    built_ins::BuiltIns,
    folder::{name_in, read_inside, without_mark},
    refusals::Reason,
};

/// Makes a lock file without installing anything.
pub(crate) const LOCK: &str = "npm install --package-lock-only --ignore-scripts";
/// The folder of packages.
pub(crate) const FOLDER: &str = "node_modules";
/// The sections of `package.json` that name what a hook may import.
const SECTIONS: [&str; 3] = ["dependencies", "optionalDependencies", "devDependencies"];

/// Whether a file is part of a package, and not of the author's own.
pub(crate) fn is_of_package(path: &str) -> bool {
    path.split(['/', '\\']).any(|part| part == FOLDER)
}

/// The folder of the package that a file is part of.
pub(crate) fn folder_of(path: &str) -> Option<&str> {
    let separated = format!("{FOLDER}/");
    let is_whole = |start: &usize| *start == 0 || path[..*start].ends_with('/');
    let mut starts = path.rmatch_indices(&separated).map(|(start, _)| start);
    let start = starts.find(is_whole)? + separated.len();
    let package = name_of_package(&path[start..]);
    Some(&path[..start + package.len()])
}

/// Whether a path is in the package of this name.
pub(crate) fn has_name(path: &str, name: &str) -> bool {
    let path = path.replace('\\', "/");
    let package = name_of_package(name);
    path.rsplit_once("/node_modules/")
        .is_some_and(|(_, rest)| rest == package || rest.starts_with(&format!("{package}/")))
}

/// The package in a specifier: `@scope/name/part` is of `@scope/name`.
pub(crate) fn name_of_package(specifier: &str) -> &str {
    let parts = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier.match_indices('/').nth(parts - 1);
    end.map_or(specifier, |(end, _)| &specifier[..end])
}

/// A module that the sandbox does not have.
pub(crate) fn not_offered(specifier: &str, importer: &str) -> Reason {
    let help = if is_of_package(importer) {
        "use another package, or a part of this one that does without; docs/scripts.md lists what is offered"
    } else {
        "docs/scripts.md lists what is offered"
    };
    let message = format!("`{specifier}` is not offered; asked for by {importer}");
    Reason::new(message, help)
}

/// A `package.json` with its place.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Its name relative to the folder of the workspace.
    pub(crate) name: String,
    pub(crate) members: Map<String, Value>,
}

impl Manifest {
    /// The nearest one of a file, in its folder or above it; none above the workspace.
    pub(crate) fn nearest(folder: &Path, file: &Path) -> Result<Option<Self>, Problem> {
        let Some(path) = nearest(folder, file, "package.json") else {
            return Ok(None);
        };
        let name = name_in(folder, &path);
        let text = read_inside(folder, &path)
            .map_err(|reason| Problem::of_file(&name, reason.message, reason.help))?;
        let help = "correct it; `npm pkg fix` corrects some mistakes".to_owned();
        match serde_json::from_str(without_mark(&text)) {
            Ok(Value::Object(members)) => Ok(Some(Self { name, members })),
            Ok(_) => Err(Problem::at(
                &name,
                &text,
                0,
                "it is not a JSON object",
                help,
            )),
            Err(error) => Err(not_json(&name, &text, &error, &help)),
        }
    }

    /// The folder that it is in, relative to that of the workspace: empty, or with `/` at its end.
    pub(crate) fn folder(&self) -> &str {
        self.name.strip_suffix("package.json").unwrap_or_default()
    }

    /// Whether it names a package.
    fn names(&self, package: &str) -> bool {
        SECTIONS.iter().any(|section| self.has_in(section, package))
    }

    fn has_in(&self, section: &str, package: &str) -> bool {
        let section = self.members.get(section).and_then(Value::as_object);
        section.is_some_and(|section| section.contains_key(package))
    }

    /// Where to run a command of npm.
    fn place(&self) -> String {
        match self.folder().trim_end_matches('/') {
            "" => "in the folder of the workspace".to_owned(),
            folder => format!("in `{folder}`"),
        }
    }

    /// What installs its packages.
    pub(crate) fn install(&self, folder: &Path) -> String {
        let place = self.place();
        if crate::lock_files::nearest(folder, self.folder()).is_some() {
            format!("run `{INSTALL}` {place}")
        } else {
            format!(
                "run `{LOCK}` {place}, then `{INSTALL}`; keep `package-lock.json` with the hook"
            )
        }
    }
}

/// A JSON file that cannot be parsed.
pub(crate) fn not_json(name: &str, text: &str, error: &serde_json::Error, help: &str) -> Problem {
    // Its columns count bytes.
    let line_start: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = line_start + error.column().saturating_sub(1);
    let said = error.to_string();
    let cause = said.split(" at line ").next().unwrap_or_default();
    Problem::at(name, text, offset, format!("it is not JSON: {cause}"), help)
}

/// The nearest file of this name, from the folder of `file` up to `folder`.
pub(crate) fn nearest(folder: &Path, file: &Path, name: &str) -> Option<std::path::PathBuf> {
    file.ancestors()
        .skip(1)
        .take_while(|ancestor| ancestor.starts_with(folder))
        .map(|ancestor| ancestor.join(name))
        .find(|path| path.exists())
}

/// Whether npm accepts the name of a package. Others may mean something to a shell, or be options of npm.
pub(crate) fn is_name(package: &str) -> bool {
    let is_part = |part: &str| {
        let is_allowed =
            |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        !part.is_empty() && !part.starts_with(['-', '.', '_']) && part.chars().all(is_allowed)
    };
    match package.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
        None => is_part(package),
    }
}

/// Why an import leads nowhere.
pub(crate) fn not_found(folder: &Path, specifier: &str, importer: &Path) -> Reason {
    let name = name_in(folder, importer);
    if BuiltIns::is_of_node(specifier) {
        return not_offered(specifier, &name);
    }
    if specifier.starts_with(['.', '/']) {
        let help = if is_of_package(&name) {
            "the package is not complete: install it again".to_owned()
        } else {
            "create it, or correct the path: it is relative to the file with the import".to_owned()
        };
        return Reason::new(format!("`{specifier}` does not exist"), help);
    }
    if specifier.starts_with('#') {
        let message = format!("`{specifier}` is not in `imports` of `package.json`");
        return Reason::new(message, "add it there, or import the file by its path");
    }
    let package = name_of_package(specifier);
    if !is_name(package) {
        return Reason::new(
            format!("`{specifier}` is neither a file nor the name of a package"),
            "begin the path of a file with `./`, or list the form under `paths` in `tsconfig.json`",
        );
    }
    let Ok(Some(manifest)) = Manifest::nearest(folder, importer) else {
        let message =
            format!("package `{package}` is not installed, and there is no `package.json`");
        let help = format!(
            "run `npm init --yes` beside the hook, then `npm install --ignore-scripts {package}`"
        );
        return Reason::new(message, help);
    };
    if is_of_package(&name) {
        let message = format!("package `{package}` is not installed; asked for by {name}");
        let authored = Manifest::nearest(folder, &authored_root(importer));
        let authored = authored.ok().flatten();
        // Some packages import others that only some of their users need, such as the clients of databases.
        let own = folder
            .join(folder_of(&name).unwrap_or_default())
            .join("index.js");
        let is_required = match Manifest::nearest(folder, &own) {
            Ok(Some(own)) => own.has_in("dependencies", package),
            _ => true,
        };
        let help = match authored {
            Some(manifest) if is_required => manifest.install(folder),
            Some(manifest) => format!(
                "it is not in `dependencies` of that package: run `npm install --ignore-scripts {package}` {}, or use a package that does without it",
                manifest.place()
            ),
            None => format!("run `{INSTALL}`"),
        };
        return Reason::new(message, help);
    }
    let own = importer
        .ancestors()
        .skip(1)
        .take_while(|ancestor| ancestor.starts_with(folder))
        .map(|ancestor| ancestor.join(FOLDER).join(package))
        .find(|own| own.exists());
    if let Some(own) = own {
        let text = read_inside(folder, &own.join("package.json"));
        let is_json = |text: String| serde_json::from_str::<Value>(&text).is_ok();
        if !text.is_ok_and(is_json) {
            let message =
                format!("package `{package}` is damaged: its `package.json` cannot be read");
            return Reason::new(
                message,
                format!("install it again: {}", manifest.install(folder)),
            );
        }
        let message = format!("package `{package}` has no `{specifier}` that runs without Node");
        return Reason::new(message, "look up in its `package.json` what it exports");
    }
    if manifest.names(package) {
        let message = format!(
            "package `{package}` is in `{}` and not installed",
            manifest.name
        );
        return Reason::new(message, manifest.install(folder));
    }
    let message = format!("package `{package}` is not in `{}`", manifest.name);
    let help = format!(
        "run `npm install --ignore-scripts {package}` {}, or correct the name",
        manifest.place()
    );
    Reason::new(message, help)
}

/// A path beside the outermost folder of packages around a file.
fn authored_root(file: &Path) -> std::path::PathBuf {
    let outermost = file
        .ancestors()
        .filter(|ancestor| ancestor.file_name().is_some_and(|name| name == FOLDER))
        .last();
    outermost.unwrap_or(file).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_as_the_authors_or_a_packages() {
        assert!(is_of_package("node_modules/zod/index.js"));
        assert!(!is_of_package("hooks/my_node_modules/a.ts"));
        assert!(has_name("/w/node_modules/events/events.js", "events"));
        assert!(has_name(
            "/w/node_modules/a/node_modules/@b/c/d.js",
            "@b/c/d"
        ));
        assert!(!has_name("/w/node_modules/a/lib/events.js", "events"));
        assert!(!has_name("/w/node_modules/events-light/x.js", "events"));
    }

    #[test]
    fn a_file_of_a_package_has_the_nearest_folder() {
        for (path, folder) in [
            ("node_modules/a/lib/b.js", Some("node_modules/a")),
            (
                "hooks/node_modules/a/node_modules/@b/c/d.js",
                Some("hooks/node_modules/a/node_modules/@b/c"),
            ),
            ("node_modules/a", Some("node_modules/a")),
            ("node_modules", None),
            ("hooks/my_node_modules/a.ts", None),
        ] {
            assert_eq!(folder_of(path), folder, "{path}");
        }
    }

    #[test]
    fn what_no_package_can_be_called_is_in_no_command() {
        for name in ["zod", "@a/b", "left-pad", "JSONStream", "a.b_c"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "~",
            "@",
            "@/lib",
            "--force",
            "x; rm -rf y",
            "$(x)",
            ".",
            "..",
            "a`b",
            "@a",
            "@-a/b",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn the_package_of_a_specifier_has_one_part_or_two() {
        for (specifier, package) in [
            ("zod", "zod"),
            ("zod/v4", "zod"),
            ("@a/b", "@a/b"),
            ("@a/b/c/d", "@a/b"),
            ("@a", "@a"),
            ("", ""),
        ] {
            assert_eq!(name_of_package(specifier), package);
        }
    }
}
