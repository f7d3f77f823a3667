//! `cargo xtask release`: builds what a release publishes, into `target/release-VERSION`.

mod bill;
mod contents;
mod obstacles;
mod zip;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

use self::{
    contents::{Contents, add_programs, plan},
    obstacles::State,
};
use crate::{
    package::{self, Architecture},
    repository,
};

const CHANGE_LOG: &str = "CHANGELOG.md";
/// The npm packages inside the script sandbox.
const NPM_LOCK: &str = "shared/script/guest/packages/package-lock.json";
/// The programs for the machine that builds: package and binary.
const PROGRAMS: [(&str, &str); 2] = [
    ("hookpoint-cli", "hookpoint"),
    ("hookpoint-bundler", "hookpoint-bundler"),
];
/// The released command line works on AWS.
const AWS: &str = "hookpoint-cli/aws";
const ARCHITECTURES: [Architecture; 2] = [Architecture::Arm64, Architecture::X86_64];

/// The options of `cargo xtask release`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Arguments {
    /// Only say what would be built, and what is in the way: nothing is built or written
    #[arg(long)]
    dry_run: bool,
}

/// Checks that a release can be made, and makes it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let host = host()?;
    let contents = Contents::read()?;
    let target = repository::target()?;
    let folder = target.join(format!("release-{}", contents.version));
    let obstacles = State::find(&contents, &folder)?.obstacles();
    let mut out = io::stdout().lock();
    if arguments.dry_run {
        writeln!(
            out,
            "hookpoint {} would be built into {}:",
            contents.version,
            folder.display()
        )?;
        for line in plan(&host) {
            writeln!(out, "  {line}")?;
        }
    }
    if !obstacles.is_empty() {
        for obstacle in &obstacles {
            writeln!(out, "cannot be released: {obstacle}")?;
        }
        return Ok(ExitCode::FAILURE);
    }
    if arguments.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    for architecture in ARCHITECTURES {
        // The next build replaces what this one leaves.
        let functions = package::binaries(architecture, &[])?;
        contents.add_functions(&folder, architecture, &functions)?;
    }
    add_programs(&folder, &programs(&target)?, &host)?;
    let count = contents.finish(&folder)?;
    writeln!(
        out,
        "hookpoint {}: {count} files in {}",
        contents.version,
        folder.display()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The workspace with the dependencies of the machines that a release is for.
fn metadata() -> anyhow::Result<Metadata> {
    let mut targets: Vec<String> = ARCHITECTURES.map(|one| one.target().to_owned()).into();
    let host = host()?;
    if !targets.contains(&host) {
        targets.push(host);
    }
    let filters = targets.into_iter();
    let options = filters.flat_map(|target| ["--filter-platform".to_owned(), target]);
    MetadataCommand::new()
        .manifest_path(repository::root().join("Cargo.toml"))
        .features(CargoOpt::SomeFeatures(vec![AWS.to_owned()]))
        .other_options(options.chain(["--locked".to_owned()]).collect::<Vec<_>>())
        .exec()
        .context("failed to ask cargo for the dependencies")
}

/// The version of the workspace: that of the command line.
fn version(metadata: &Metadata) -> anyhow::Result<String> {
    let mut packages = metadata.workspace_packages().into_iter();
    let package = packages.find(|package| package.name.as_str() == PROGRAMS[0].0);
    let package = package.context("the workspace has no package `hookpoint-cli`")?;
    Ok(package.version.to_string())
}

/// Builds the programs for this machine.
fn programs(target: &Path) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut command = repository::command("cargo");
    command.args(["build", "--release", "--locked", "--features", AWS]);
    for (package, program) in PROGRAMS {
        command.args(["-p", package, "--bin", program]);
    }
    let status = command.status().context("failed to start cargo")?;
    ensure!(
        status.success(),
        "failed to build the programs; see cargo's output above"
    );
    let built = |(_, program): (&str, &str)| {
        let path = target.join("release").join(program);
        (program.to_owned(), path)
    };
    Ok(PROGRAMS.map(built).into())
}

/// The target triple of this machine.
fn host() -> anyhow::Result<String> {
    let about = output("rustc", &["--version", "--verbose"])?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host
        .context("`rustc --version --verbose` names no host")?
        .to_owned())
}

fn output(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = repository::command(program)
        .args(arguments)
        .output()
        .with_context(|| format!("failed to start `{program}`"))?;
    ensure!(
        output.status.success(),
        "`{program} {}` failed",
        arguments.join(" ")
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("failed to read `{}`", path.display()))
}

#[cfg(test)]
mod tests;
