//! `cargo xtask release`: builds what a release publishes, into `target/release-VERSION`.

mod bill;
mod zip;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail, ensure};
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

use crate::{
    package::{self, Architecture},
    repository,
};

const CHANGE_LOG: &str = "CHANGELOG.md";
/// The npm packages inside the script sandbox.
const NPM_LOCK: &str = "shared/script/guest/packages/package-lock.json";
const SUMS: &str = "SHA256SUMS";
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
    /// Only say what would be built, and what stands in the way
    #[arg(long)]
    dry_run: bool,
}

/// Checks that a release can be made, and makes it.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let root = repository::root();
    let metadata = metadata()?;
    let version = version(&metadata)?;
    let target = repository::target()?;
    let folder = target.join(format!("release-{version}"));
    let log = read(&root.join(CHANGE_LOG))?;
    let changed = output("git", &["status", "--porcelain"])?;
    let obstacles = obstacles(&version, &log, &changed, folder.exists());
    let mut out = io::stdout().lock();
    if arguments.dry_run {
        writeln!(
            out,
            "hookpoint {version} would be built into {}:",
            folder.display()
        )?;
        for line in plan(&host()?) {
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
    fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    let template = read(&root.join("template.yaml"))?;
    for architecture in ARCHITECTURES {
        let functions = package::binaries(architecture, &[])?;
        add_functions(&folder, architecture, &functions, &template)?;
    }
    add_programs(&folder, &target)?;
    let lock = read(&root.join("Cargo.lock"))?;
    let npm_lock = read(&root.join(NPM_LOCK))?;
    let bill = bill::cyclonedx(&metadata, &version, &lock, &npm_lock)?;
    write(&folder.join("hookpoint.cdx.json"), &format!("{bill:#}\n"))?;
    write(
        &folder.join("CHANGES.md"),
        section(&log, &version).unwrap_or_default(),
    )?;
    fs::copy(root.join("LICENSE"), folder.join("LICENSE")).context("failed to copy `LICENSE`")?;
    let sums = sums(&folder)?;
    write(&folder.join(SUMS), &sums)?;
    writeln!(
        out,
        "hookpoint {version}: {} files in {}",
        sums.lines().count() + 1,
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

/// What keeps this version from being released.
fn obstacles(version: &str, log: &str, changed: &str, exists: bool) -> Vec<String> {
    let mut obstacles = Vec::new();
    match section(log, version) {
        None => obstacles.push(format!(
            "{CHANGE_LOG} has no section `## {version}`; give `## Unreleased` that name, and the date"
        )),
        Some(section) if section.lines().all(|line| !line.starts_with("- ")) => {
            obstacles.push(format!("the section `## {version}` of {CHANGE_LOG} lists no change"));
        }
        Some(_) => {}
    }
    if let Some(first) = changed.lines().next() {
        let count = changed.lines().count();
        obstacles.push(format!(
            "{count} files are not committed, such as `{}`; commit or stash them",
            first.get(3..).unwrap_or(first)
        ));
    }
    if exists {
        obstacles.push(format!(
            "target/release-{version} exists; remove it to build again"
        ));
    }
    obstacles
}

/// The text below the heading of a version, such as `## 1.2.3 – 2026-12-01`.
fn section<'a>(log: &'a str, version: &str) -> Option<&'a str> {
    let mut sections = log.split("\n## ").skip(1);
    sections.find_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        let name = heading.split(' ').next()?;
        (name.trim_matches(['[', ']']) == version).then_some(text.trim_start())
    })
}

/// What a release has.
fn plan(host: &str) -> Vec<String> {
    let functions = ARCHITECTURES.map(|architecture| {
        let name = architecture.parameter();
        format!("functions-{name}/*.zip and template-{name}.yaml: every function, with a template that deploys them")
    });
    let programs = PROGRAMS.map(|(_, program)| format!("{program}-{host}"));
    let others = [
        "hookpoint.cdx.json: the bill of materials",
        "CHANGES.md, LICENSE",
        SUMS,
    ];
    let others = others.map(str::to_owned);
    functions
        .into_iter()
        .chain(programs)
        .chain(others)
        .collect()
}

/// Adds the zips of one architecture, and a template that deploys them from where they are.
fn add_functions(
    folder: &Path,
    architecture: Architecture,
    functions: &[(String, PathBuf)],
    template: &str,
) -> anyhow::Result<()> {
    let name = architecture.parameter();
    let zips = folder.join(format!("functions-{name}"));
    fs::create_dir_all(&zips).with_context(|| format!("failed to create `{}`", zips.display()))?;
    let mut template = template.to_owned();
    for (function, binary) in functions {
        zip::write(
            &zips.join(format!("{function}.zip")),
            package::BOOTSTRAP,
            binary,
        )?;
        let built = format!("CodeUri: target/lambda/{function}/\n");
        ensure!(
            template.matches(&built).count() == 1,
            "template.yaml does not deploy `{function}` from target/lambda/{function}/"
        );
        template = template.replace(
            &built,
            &format!("CodeUri: functions-{name}/{function}.zip\n"),
        );
    }
    if template.contains("CodeUri: target/") {
        bail!("template.yaml deploys a function that was not built");
    }
    let default = format!(
        "    Default: {}\n    AllowedValues: [arm64, x86_64]\n",
        Architecture::Arm64.parameter()
    );
    ensure!(
        template.matches(&default).count() == 1,
        "template.yaml has no parameter `Architecture` as expected"
    );
    let template = template.replace(
        &default,
        &default.replace("Default: arm64", &format!("Default: {name}")),
    );
    write(&folder.join(format!("template-{name}.yaml")), &template)
}

/// Builds the programs for this machine and adds them.
fn add_programs(folder: &Path, target: &Path) -> anyhow::Result<()> {
    let host = host()?;
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
    for (_, program) in PROGRAMS {
        let built = target.join("release").join(program);
        fs::copy(&built, folder.join(format!("{program}-{host}")))
            .with_context(|| format!("failed to copy `{}`", built.display()))?;
    }
    Ok(())
}

/// The lines of `SHA256SUMS`: every file below the folder, by its path, as `sha256sum --check` reads them.
fn sums(folder: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(current) = left.pop() {
        let entries = fs::read_dir(&current)
            .with_context(|| format!("failed to read `{}`", current.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                left.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut sums = String::new();
    for file in files.iter().filter(|file| **file != folder.join(SUMS)) {
        let name = file.strip_prefix(folder)?.display().to_string();
        sums += &format!("{}  {name}\n", zip::sha256(file)?);
    }
    Ok(sums)
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

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
}

#[cfg(test)]
mod tests;
