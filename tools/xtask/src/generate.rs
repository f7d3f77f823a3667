//! Generates files from the catalogues of stages, error codes and settings.
//!
//! `cargo xtask gen` writes files that differ; `cargo xtask gen --check` and a unit test only compare. To generate
//! another file, add it in `files`.

mod block;
mod documents;
mod endpoints;
pub mod events;
pub mod functions;
mod guest;
mod modules;
mod plugins;
mod schemas;
pub mod template;
mod types;

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;

use crate::repository;

/// The command named at the top of generated files.
const COMMAND: &str = "cargo xtask gen";

/// A generated file: its path in the repository and its text.
struct Generated {
    path: PathBuf,
    text: String,
}

impl Generated {
    fn new(path: impl Into<PathBuf>, text: String) -> Self {
        Self {
            path: path.into(),
            text,
        }
    }
}

/// Every generated file below `root`. Partly generated files are read and returned with an updated part.
fn files(root: &Path) -> anyhow::Result<Vec<Generated>> {
    let mut files = functions::mains();
    files.push(functions::manifest(root)?);
    files.push(template::template()?);
    files.push(documents::deliveries(root)?);
    files.push(modules::file()?);
    files.push(plugins::file(root)?);
    files.extend(events::files()?);
    files.extend(documents::files()?);
    files.extend(endpoints::files()?);
    files.extend(guest::files());
    files.extend(schemas::files()?);
    files.extend(types::files()?);
    Ok(files)
}

/// Writes the files, or reports which differ.
pub(crate) fn run(check: bool) -> anyhow::Result<ExitCode> {
    let root = repository::root();
    let stale = stale(root)?;
    let mut out = io::stdout().lock();
    for file in &stale {
        if check {
            writeln!(out, "out of date: {}", file.path.display())?;
        } else {
            write(root, file)?;
            writeln!(out, "wrote {}", file.path.display())?;
        }
    }
    match (stale.len(), check) {
        (0, _) => writeln!(out, "every generated file is up to date")?,
        (count, true) => {
            let files = if count == 1 { "file is" } else { "files are" };
            writeln!(
                out,
                "{count} generated {files} out of date; run `{COMMAND}`"
            )?;
            return Ok(ExitCode::FAILURE);
        }
        (_, false) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The files that are absent or out of date.
fn stale(root: &Path) -> anyhow::Result<Vec<Generated>> {
    let mut stale = files(root)?;
    // An unreadable file counts as out of date; writing it reports the error.
    stale
        .retain(|file| fs::read_to_string(root.join(&file.path)).ok().as_ref() != Some(&file.text));
    Ok(stale)
}

fn write(root: &Path, file: &Generated) -> anyhow::Result<()> {
    let path = root.join(&file.path);
    let context = || format!("failed to write `{}`", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(context)?;
    }
    fs::write(&path, &file.text).with_context(context)
}

#[cfg(test)]
mod tests {
    use hookpoint_stages::Stage;

    use super::*;

    /// Files that people write otherwise.
    const GENERATED_IN_PART: [&str; 3] = [
        functions::MANIFEST,
        documents::DELIVERIES,
        plugins::DOCUMENT,
    ];

    #[test]
    fn every_generated_file_is_up_to_date() {
        let stale = stale(repository::root()).unwrap();
        let paths: Vec<_> = stale
            .iter()
            .map(|file| file.path.display().to_string())
            .collect();
        assert!(
            paths.is_empty(),
            "out of date, run `{COMMAND}`: {}",
            paths.join(", ")
        );
    }

    #[test]
    fn what_was_written_is_up_to_date_and_an_edit_is_found() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["functions", "docs", "plugins"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        for file in GENERATED_IN_PART {
            fs::copy(repository::root().join(file), root.path().join(file)).unwrap();
        }
        let all = stale(root.path()).unwrap();
        assert!(all.len() > 2 * Stage::ALL.len());
        for file in &all {
            let first = file.text.lines().next().unwrap();
            let is_json = file
                .path
                .extension()
                .is_some_and(|extension| extension == "json");
            let in_part = GENERATED_IN_PART.map(Path::new).contains(&&*file.path);
            assert!(
                is_json || in_part || first.contains(COMMAND),
                "{}",
                file.path.display()
            );
            write(root.path(), file).unwrap();
        }
        assert!(stale(root.path()).unwrap().is_empty());
        fs::write(
            root.path().join("functions/escalation/main.rs"),
            "fn main() {}",
        )
        .unwrap();
        fs::remove_file(root.path().join("events/escalation.json")).unwrap();
        let mut paths: Vec<_> = stale(root.path())
            .unwrap()
            .into_iter()
            .map(|file| file.path)
            .collect();
        paths.sort();
        assert_eq!(
            paths,
            ["events/escalation.json", "functions/escalation/main.rs"].map(PathBuf::from)
        );
    }
}
