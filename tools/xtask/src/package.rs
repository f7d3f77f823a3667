//! `cargo xtask package`: builds the functions for `sam deploy`, in `target/lambda/<function>/bootstrap`.

mod elf;

use std::{
    ffi::OsString,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail, ensure};
use clap::ValueEnum;
use hookpoint_stages::Stage;

use crate::{
    binaries::{self, PACKAGE},
    python::{self, Environment},
    repository, size, toolchain,
};

/// The function that delivers asynchronous hooks.
const WORKER: &str = "hook-worker";
/// The stack that samconfig.toml names.
const STACK: &str = "hookpoint";
/// The name of the executable that Lambda expects in a zip.
pub(crate) const BOOTSTRAP: &str = "bootstrap";

/// The options of `cargo xtask package`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// The processor architecture; must equal the stack's parameter `Architecture`
    #[arg(long, value_enum, default_value_t = Architecture::Arm64)]
    arch: Architecture,
    /// Build only these functions [default: all of them]
    #[arg(value_name = "FUNCTION")]
    functions: Vec<String>,
}

/// Lambda's processor architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// Graviton
    #[value(name = "arm64")]
    Arm64,
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86_64,
}

impl Architecture {
    fn flag(self) -> &'static str {
        match self {
            Self::Arm64 => "--arm64",
            Self::X86_64 => "--x86-64",
        }
    }

    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }

    /// Its value for the stack's parameter `Architecture`.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    fn machine(self) -> u16 {
        match self {
            Self::Arm64 => elf::AARCH64,
            Self::X86_64 => elf::X86_64,
        }
    }
}

/// Builds the functions, checks the binaries and shows their sizes.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let packages = binaries(arguments.arch, &arguments.functions)?;
    // A zip over the budget starts more slowly, and deploys.
    size::report(&packages)?;
    // After a partial build, others may be missing or built for another architecture.
    if arguments.functions.is_empty() {
        writeln!(io::stdout().lock(), "\n{}", deployment(arguments.arch))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the named functions, or all, and returns each with its binary, checked.
pub(crate) fn binaries(
    architecture: Architecture,
    functions: &[String],
) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let target = repository::target()?;
    ensure_uploaded_from(&target)?;
    let functions = chosen(functions, &binaries::of_functions()?)?;
    let environment = python::ensure()?;
    toolchain::ensure(architecture.target())?;
    build(&environment, architecture, &functions)?;
    let folder = target.join("lambda");
    let packages: Vec<(String, PathBuf)> = functions
        .into_iter()
        .map(|function| {
            let binary = folder.join(&function).join(BOOTSTRAP);
            (function, binary)
        })
        .collect();
    for (function, binary) in &packages {
        check(function, binary, architecture)?;
    }
    Ok(packages)
}

/// The functions that the template deploys.
pub(crate) fn names() -> Vec<String> {
    let stages = Stage::ALL.iter().map(|stage| stage.name());
    stages.chain([WORKER.to_owned()]).collect()
}

/// The command to deploy the build. It always sets the parameter, because a stack keeps its current value.
fn deployment(architecture: Architecture) -> String {
    format!(
        "deploy them with the name of your stack:\n  sam deploy --stack-name {STACK} --parameter-overrides Architecture={}",
        architecture.parameter()
    )
}

/// Fails if cargo builds elsewhere: the template has a fixed folder for the functions.
pub(crate) fn ensure_uploaded_from(target: &Path) -> anyhow::Result<()> {
    let expected = repository::root().join("target");
    ensure!(
        target == expected,
        "template.yaml expects the functions in `{}`, but cargo builds into `{}`; unset `CARGO_TARGET_DIR` and `build.target-dir`",
        expected.display(),
        target.display()
    );
    Ok(())
}

/// The functions that were asked for, or all that the template has. Every one of them needs a binary.
fn chosen(asked: &[String], binaries: &[String]) -> anyhow::Result<Vec<String>> {
    let deployed = names();
    if let Some(unknown) = asked.iter().find(|name| !deployed.contains(name)) {
        bail!("`{unknown}` is not a function of template.yaml");
    }
    let chosen = if asked.is_empty() {
        deployed
    } else {
        asked.to_vec()
    };
    let missing: Vec<_> = chosen
        .iter()
        .filter(|name| !binaries.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    ensure!(
        missing.is_empty(),
        "functions/Cargo.toml has no binary {}, which template.yaml deploys",
        missing.join(", ")
    );
    Ok(chosen)
}

/// Builds all functions at once: they differ in a constant, and link in seconds once the libraries are built.
fn build(
    environment: &Environment,
    architecture: Architecture,
    functions: &[String],
) -> anyhow::Result<()> {
    let mut command = repository::command(environment.program("cargo-lambda"));
    command
        .args(["lambda", "build", "--release", architecture.flag()])
        .args(["--package", PACKAGE])
        .args(functions.iter().flat_map(|name| ["--bin", name]))
        .env("PATH", path_with(&environment.programs())?);
    let status = command.status().context("failed to start `cargo lambda`")?;
    ensure!(
        status.success(),
        "failed to build the functions for {}; see cargo's output above",
        architecture.target()
    );
    Ok(())
}

/// `PATH` with the pinned programs first: `cargo lambda` finds its linker there.
fn path_with(folder: &Path) -> anyhow::Result<OsString> {
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&inherited));
    std::env::join_paths(folders).context("`PATH` cannot be extended")
}

/// Checks the architecture: a leftover of an earlier build would only fail after deployment.
fn check(function: &str, binary: &Path, architecture: Architecture) -> anyhow::Result<()> {
    let machine =
        elf::machine(binary).with_context(|| format!("`{function}` was not built properly"))?;
    ensure!(
        machine == architecture.machine(),
        "`{}` is for another architecture (ELF machine {machine}); remove it and package again",
        binary.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_function_without_a_binary_is_named_before_anything_is_built() {
        let stages: Vec<String> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        let error = chosen(&[], &stages).unwrap_err().to_string();
        assert!(
            error.contains("`hook-worker`") && !error.contains("escalation"),
            "{error}"
        );
        let error = chosen(&names(&["escalation"]), &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains("`escalation`"), "{error}");
        let error = chosen(&names(&["escalate"]), &stages)
            .unwrap_err()
            .to_string();
        assert!(error.contains("not a function of template.yaml"), "{error}");
    }

    #[test]
    fn all_is_every_stage_and_the_worker() {
        let mut all: Vec<String> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        all.push(WORKER.to_owned());
        assert_eq!(chosen(&[], &all).unwrap(), all);
        assert_eq!(
            chosen(&names(&["escalation"]), &all).unwrap(),
            ["escalation"]
        );
    }

    #[test]
    fn what_is_deployed_is_for_the_processors_that_it_was_built_for() {
        assert_eq!(
            deployment(Architecture::X86_64),
            "deploy them with the name of your stack:\n  sam deploy --stack-name hookpoint --parameter-overrides Architecture=x86_64"
        );
        let settings = std::fs::read_to_string(repository::root().join("samconfig.toml")).unwrap();
        assert!(settings.contains(&format!("stack_name = \"{STACK}\"")));
        let template = std::fs::read_to_string(repository::root().join("template.yaml")).unwrap();
        let [arm, intel] = [Architecture::Arm64, Architecture::X86_64].map(Architecture::parameter);
        assert!(template.contains(&format!("AllowedValues: [{arm}, {intel}]")));
    }

    #[test]
    fn a_build_in_another_folder_is_refused() {
        ensure_uploaded_from(&repository::root().join("target")).unwrap();
        let error = ensure_uploaded_from(Path::new("/elsewhere")).unwrap_err();
        assert!(error.to_string().contains("`/elsewhere`"), "{error}");
    }

    #[test]
    fn a_left_over_of_the_other_architecture_is_refused() {
        let this = std::env::current_exe().unwrap();
        let (same, other) = if cfg!(target_arch = "aarch64") {
            (Architecture::Arm64, Architecture::X86_64)
        } else {
            (Architecture::X86_64, Architecture::Arm64)
        };
        check("this", &this, same).unwrap();
        let error = check("this", &this, other).unwrap_err().to_string();
        assert!(error.contains("another architecture"), "{error}");
    }
}
