//! From a request to a reply.

use std::{path::Path, sync::Arc};

use hookpoint_bundler_protocol::{
    AUTHORED_LIMIT, Bundle, CONFIGURATION, MOST_PROBLEMS, Problem, Refusal, Reply, Request,
};
use rolldown::{BundleOutput, Bundler};
use rolldown_error::BuildResult;

use crate::{
    builds::ForNode,
    built_ins::BuiltIns,
    diagnosis::Diagnosis,
    folder::{name_in, read_inside},
    guard::{Guard, State},
    import::{Form, form_of},
    lock,
    options::options,
    output,
    package::{is_of_package, nearest},
};

/// Names that end so are scripts as they are, if they import nothing.
const PLAIN: [&str; 3] = [".js", ".mjs", ".cjs"];

/// Bundles a hook. Runs nothing of it. Needs a runtime of tokio with several threads.
///
/// # Panics
/// In rolldown, on files that it was not made for. [`serve`](crate::serve()) makes a refusal of a panic.
pub async fn bundle(request: &Request) -> Reply {
    let refused = |problems: Vec<Problem>, files: Vec<String>| {
        let mut problems = problems;
        problems.truncate(MOST_PROBLEMS);
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
    // With links resolved, as rolldown names it.
    let entry = entry.canonicalize().unwrap_or(entry);
    let form = form_of(&request.entry, &text);
    let (generated, state) = generated(&folder, &entry, form, &request.built_ins).await;
    let State {
        files,
        refusals,
        missing,
        ..
    } = state;
    let names: Vec<String> = files
        .keys()
        .cloned()
        .chain(configuration(&folder, &entry))
        .chain(missing.iter().flat_map(|name| as_found(name)))
        .collect();
    let diagnosis = Diagnosis {
        folder: &folder,
        entry: &request.entry,
        files: &files,
    };
    let output = match diagnosis.of(generated, refusals) {
        Ok(output) => output,
        Err(problems) => return refused(problems, names),
    };
    let real_name = name_in(&folder, &entry);
    let is_plain = PLAIN.iter().any(|end| request.entry.ends_with(end));
    if is_plain && files.keys().all(|name| *name == real_name) {
        return Reply::AsWritten;
    }
    let mut problems = too_much_authored(&request.entry, files.iter())
        .into_iter()
        .collect::<Vec<_>>();
    problems.extend(lock::check(
        &folder,
        &entry,
        files.keys().map(String::as_str),
    ));
    match output::check(
        &request.entry,
        output,
        form,
        &BuiltIns::new(&request.built_ins),
        &files,
    ) {
        Ok((code, map)) if problems.is_empty() => Reply::Bundled(Bundle {
            code,
            map,
            files: names,
        }),
        Ok(_) => refused(problems, names),
        Err(problem) => {
            problems.push(problem);
            refused(problems, names)
        }
    }
}

/// Runs rolldown, again while there are more packages whose builds for Node are needed, and when files import one another in a circle.
async fn generated(
    folder: &Path,
    entry: &Path,
    form: Form,
    built_ins: &[String],
) -> (BuildResult<BundleOutput>, State) {
    let (mut for_node, mut has_circle) = (ForNode::default(), false);
    loop {
        let guard = Arc::new(Guard::new(
            folder.to_owned(),
            BuiltIns::new(built_ins),
            for_node.clone(),
        ));
        let generated = match Bundler::with_plugins(
            options(folder, entry, form, has_circle),
            vec![Arc::clone(&guard) as Arc<_>],
        ) {
            Ok(mut bundler) => bundler.generate().await,
            Err(errors) => Err(errors),
        };
        let mut state = std::mem::take(&mut *guard.state());
        state.for_node.insert_stranded(&state.files);
        if state.for_node == for_node && state.has_circle() == has_circle {
            return (generated, state);
        }
        has_circle = state.has_circle();
        for_node = state.for_node;
    }
}

/// Files that determine a bundle's content, besides its modules.
fn configuration(folder: &Path, entry: &Path) -> Vec<String> {
    CONFIGURATION
        .into_iter()
        .filter_map(|name| nearest(folder, entry, name))
        .map(|path| name_in(folder, &path))
        .collect()
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
