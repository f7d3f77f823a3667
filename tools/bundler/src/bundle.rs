//! From a request to a reply.

use std::{collections::BTreeSet, path::Path};

use hookpoint_bundler_protocol::{
    AUTHORED_LIMIT, Bundle, LOCK_FILES, MOST_PROBLEMS, Problem, Refusal, Reply, Request,
};

use crate::{
    built_ins::BuiltIns,
    diagnosis::{Diagnosis, Findings},
    folder::{name_in, read_inside},
    guard::State,
    import::form_of,
    lock,
    options::Hook,
    output,
    package::{is_of_package, nearest},
    rounds::{Generated, generated},
    settings::Settings,
};

/// What a hook needs besides its own files, if they import packages or need settings.
const CONFIGURATION: [&str; 4] = [
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "node_modules",
];

/// Names that end so are scripts as they are, if they import nothing.
const PLAIN: [&str; 3] = [".js", ".mjs", ".cjs"];

/// Bundles a hook. Runs nothing of it. Needs a runtime of tokio with several threads.
///
/// # Panics
/// In rolldown, on files that it was not made for. [`serve`](crate::serve()) makes a refusal of a panic.
pub async fn bundle(request: &Request) -> Reply {
    let refused = |problems: Vec<Problem>, files: Vec<String>| {
        let (mut problems, mut files) = (problems, files);
        problems.truncate(MOST_PROBLEMS);
        files.extend(expected(&request.entry));
        Reply::Refused(Refusal { problems, files })
    };
    let folder = match request.folder.canonicalize() {
        Ok(folder) => folder,
        Err(error) => {
            let message = format!("the folder of the workspace cannot be read: {error}");
            let problem = Problem::of_file(&request.entry, message, "check its permissions");
            return refused(vec![problem], Vec::new());
        }
    };
    let entry = folder.join(&request.entry);
    let text = match read_inside(&folder, &entry) {
        Ok(text) => text,
        Err(reason) => {
            let problem = Problem::of_file(&request.entry, reason.message, reason.help);
            return refused(vec![problem], vec![request.entry.clone()]);
        }
    };
    let entry = entry.canonicalize().unwrap_or(entry);
    let form = form_of(&request.entry, &text);
    let settings = Settings::of(&folder, &entry);
    let hook = Hook {
        folder: &folder,
        entry: &entry,
        form,
        settings: settings.usable.as_deref(),
    };
    let Generated {
        output,
        errors,
        state,
    } = generated(hook, &request.built_ins).await;
    let State {
        files,
        refusals,
        missing,
        ..
    } = state;
    let used: BTreeSet<&str> = files
        .keys()
        .chain(&settings.names)
        .map(String::as_str)
        .collect();
    let configuration = [packages(&folder, &entry), settings.names.clone()].concat();
    let names: Vec<String> = files
        .keys()
        .chain(&configuration)
        .cloned()
        .chain(missing.iter().flat_map(|name| as_found(name)))
        .collect();
    let diagnosis = Diagnosis {
        folder: &folder,
        entry: &request.entry,
        files: &files,
    };
    let Findings {
        problems,
        is_complete,
    } = diagnosis.of(output.as_ref(), &errors, refusals);
    // The settings say where some imports lead.
    let with_settings = |problems| [settings.problems, problems].concat();
    if !is_complete {
        return refused(with_settings(problems), names);
    }
    let real_name = name_in(&folder, &entry);
    let is_plain = PLAIN.iter().any(|end| request.entry.ends_with(end));
    if problems.is_empty() && is_plain && files.keys().all(|name| *name == real_name) {
        return Reply::AsWritten;
    }
    let mut problems = with_settings(problems);
    problems.extend(too_much_authored(&request.entry, files.iter()));
    problems.extend(lock::check(&folder, &entry, used.into_iter()));
    let Some(output) = output.filter(|_| problems.is_empty()) else {
        return refused(problems, names);
    };
    match output::check(
        &request.entry,
        &real_name,
        output,
        form,
        &BuiltIns::new(&request.built_ins),
        &files,
    ) {
        Ok((code, map)) => Reply::Bundled(Bundle {
            code,
            map,
            files: names,
            configuration,
        }),
        Err(problem) => refused(vec![problem], names),
    }
}

/// The `package.json` and the lock files of a hook's file.
fn packages(folder: &Path, entry: &Path) -> Vec<String> {
    std::iter::once("package.json")
        .chain(LOCK_FILES)
        .filter_map(|name| nearest(folder, entry, name))
        .map(|path| name_in(folder, &path))
        .collect()
}

/// The files whose absence may be the reason of a refusal: what configures the hook, in its folder and in those above it.
fn expected(entry: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut folder = entry;
    while let Some(end) = folder.rfind('/') {
        folder = &folder[..end];
        names.extend(CONFIGURATION.map(|name| format!("{folder}/{name}")));
    }
    names.extend(CONFIGURATION.map(str::to_owned));
    names
}

/// What would be found for a relative import, if it was there.
fn as_found(name: &str) -> Vec<String> {
    ["", ".ts", ".js", ".json", "/index.ts", "/index.js"]
        .map(|end| format!("{name}{end}"))
        .to_vec()
}

/// The problem of a hook whose own files are too long.
fn too_much_authored<'a>(
    entry: &str,
    files: impl Iterator<Item = (&'a String, &'a String)>,
) -> Option<Problem> {
    let length: usize = files
        .filter(|(name, _)| !is_of_package(name))
        .map(|(_, text)| text.chars().count())
        .sum();
    (length > AUTHORED_LIMIT).then(|| {
        Problem::of_file(
            entry,
            format!("the hook's own files have {length} characters; {AUTHORED_LIMIT} are allowed"),
            "remove what it does not need, or split it into several hooks",
        )
    })
}
