//! Scripts that are TypeScript, several files, or import packages.

use std::path::{Component, Path};

use hookpoint_bundler_protocol::{Bundle, Reply, Request};

use crate::{
    bundling::is_typescript, files::Files, imports::may_import, problem::Problems, raw::Text,
};

/// The bundle of a script; the inner `None` if it is published as it is written. `None` after a problem.
#[expect(clippy::option_option, reason = "a problem, or not needed")]
pub(super) fn bundle(
    name: &Text,
    source: &str,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<Option<Bundle>> {
    let bundler = files.bundler();
    let is_typescript = is_typescript(&name.value);
    if !is_typescript && !may_import(source, bundler.built_ins()) {
        return Some(None);
    }
    let request = Request {
        folder: files.folder().to_owned(),
        entry: normal(&name.value),
        built_ins: bundler
            .built_ins()
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
    };
    match bundler.bundle(&request) {
        Ok(Reply::AsWritten) => Some(None),
        Ok(Reply::Bundled(bundle)) => {
            files.also_named(&bundle.files);
            Some(Some(bundle))
        }
        Ok(Reply::Refused(refusal)) => {
            files.also_named(&refusal.files);
            for problem in &refusal.problems {
                problems.push_bundled(problem);
            }
            if refusal.problems.is_empty() {
                let message = format!("`{}` cannot be bundled", name.value);
                problems.push(
                    name.place,
                    message,
                    "build the bundler again: it is not of this version",
                );
            }
            None
        }
        Err(unavailable) => {
            let reason = if is_typescript {
                "is TypeScript"
            } else {
                "imports files or packages"
            };
            problems.push(
                name.place,
                format!(
                    "`{}` {reason} and must be bundled, but {}",
                    name.value, unavailable.message
                ),
                unavailable.help,
            );
            None
        }
    }
}

/// A relative path without `.`, with `/`.
fn normal(name: &str) -> String {
    let parts = Path::new(name).components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}
