//! `cargo xtask fuzz`: builds and runs fuzz targets.
//!
//! It needs a nightly compiler and cargo-fuzz. Tests do not: they replay earlier findings, see `fuzz/README.md`.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, bail, ensure};

use crate::repository;

/// The options of `cargo xtask fuzz`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// Seconds for each target
    #[arg(default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,
    /// The targets [default: all of them]
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
}

/// Builds the targets and runs each of them, even after a finding.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = repository::root().join("fuzz");
    let all = targets(&folder)?;
    for name in &arguments.targets {
        ensure!(
            all.contains(name),
            "there is no fuzz target `{name}`; the targets are {}",
            all.join(", ")
        );
    }
    let chosen = if arguments.targets.is_empty() {
        &all
    } else {
        &arguments.targets
    };
    check_tools()?;
    let mut failed = Vec::new();
    for name in chosen {
        eprintln!("fuzz: {name}, {} s", arguments.seconds);
        let corpus = folder.join("corpus").join(name);
        fs::create_dir_all(&corpus)
            .with_context(|| format!("failed to create `{}`", corpus.display()))?;
        let mut command = cargo_fuzz();
        command.args(["run", name]).arg(&corpus);
        // Read only: new inputs go into the first folder.
        let regressions = folder.join("regressions").join(name);
        if regressions.is_dir() {
            command.arg(regressions);
        }
        command.arg("--").args([
            &format!("-max_total_time={}", arguments.seconds),
            "-timeout=20",
            "-print_final_stats=1",
        ]);
        let status = command.status().context("failed to run cargo-fuzz")?;
        if !status.success() {
            failed.push(name.as_str());
        }
    }
    if failed.is_empty() {
        eprintln!("fuzz: {} targets found nothing", chosen.len());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "fuzz: {} failed; the inputs are in `fuzz/artifacts/<target>/`. Fix the bug, and copy each file into `fuzz/regressions/<target>/` under a descriptive name",
        failed.join(", ")
    );
    Ok(ExitCode::FAILURE)
}

/// The names of all targets, in order.
fn targets(folder: &Path) -> anyhow::Result<Vec<String>> {
    let folder = folder.join("targets");
    let files =
        fs::read_dir(&folder).with_context(|| format!("failed to read `{}`", folder.display()))?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(
                path.file_stem()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
    }
    names.sort();
    Ok(names)
}

/// `cargo fuzz` with a nightly compiler, regardless of this program's.
fn cargo_fuzz() -> Command {
    let mut command = repository::command("cargo");
    command.env("RUSTUP_TOOLCHAIN", "nightly").arg("fuzz");
    command
}

fn check_tools() -> anyhow::Result<()> {
    let version = cargo_fuzz().arg("--version").output();
    match version {
        Ok(output) if output.status.success() => Ok(()),
        _ => bail!(
            "fuzzing needs a nightly compiler and cargo-fuzz: `rustup toolchain install nightly`, `cargo install cargo-fuzz`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_a_program_of_the_fuzz_package() {
        let folder = repository::root().join("fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let names = targets(&folder).unwrap();
        assert!(names.len() > 5, "{names:?}");
        for name in &names {
            let path = format!("name = \"{name}\"\npath = \"targets/{name}.rs\"");
            assert!(manifest.contains(&path), "{name} is not in fuzz/Cargo.toml");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), names.len());
        for folder in fs::read_dir(folder.join("regressions")).unwrap() {
            let name = folder.unwrap().file_name().into_string().unwrap();
            assert!(names.contains(&name), "`{name}` is not a target");
        }
    }
}
