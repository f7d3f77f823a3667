//! What is in the folder of a release.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};

use super::{
    ARCHITECTURES, Architecture, CHANGE_LOG, NPM_LOCK, PROGRAMS, bill, metadata, read, version, zip,
};
use crate::{package, repository};

pub(super) const SUMS: &str = "SHA256SUMS";
const BILL: &str = "hookpoint.cdx.json";
const CHANGES: &str = "CHANGES.md";
const LICENSE: &str = "LICENSE";

/// What a release has besides its builds.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) version: String,
    pub(super) log: String,
    bill: String,
    license: String,
    template: String,
}

impl Contents {
    /// Reads it from the repository.
    pub(super) fn read() -> anyhow::Result<Self> {
        let root = repository::root();
        let metadata = metadata()?;
        let version = version(&metadata)?;
        let lock = read(&root.join("Cargo.lock"))?;
        let npm_lock = read(&root.join(NPM_LOCK))?;
        let bill = bill::cyclonedx(&metadata, &version, &lock, &npm_lock)?;
        let template = read(&root.join("template.yaml"))?;
        let names = package::names();
        // Before anything is built.
        for architecture in ARCHITECTURES {
            template_for(architecture, &names, &template)?;
        }
        Ok(Self {
            version,
            log: read(&root.join(CHANGE_LOG))?,
            bill: format!("{bill:#}\n"),
            license: read(&root.join(LICENSE))?,
            template,
        })
    }

    /// Adds the zips of one architecture, and a template that deploys them from where they are.
    pub(super) fn add_functions(
        &self,
        folder: &Path,
        architecture: Architecture,
        functions: &[(String, PathBuf)],
    ) -> anyhow::Result<()> {
        let name = architecture.parameter();
        let zips = folder.join(format!("functions-{name}"));
        fs::create_dir_all(&zips)
            .with_context(|| format!("failed to create `{}`", zips.display()))?;
        for (function, binary) in functions {
            let zip = zips.join(format!("{function}.zip"));
            zip::write(&zip, package::BOOTSTRAP, binary)?;
        }
        let names: Vec<_> = functions.iter().map(|(name, _)| name.clone()).collect();
        let template = template_for(architecture, &names, &self.template)?;
        write(&folder.join(format!("template-{name}.yaml")), &template)
    }

    /// Adds everything else, with the sums of all files last. Returns how many files there are.
    pub(super) fn finish(&self, folder: &Path) -> anyhow::Result<usize> {
        write(&folder.join(BILL), &self.bill)?;
        let changes = section(&self.log, &self.version).unwrap_or_default();
        write(&folder.join(CHANGES), changes)?;
        write(&folder.join(LICENSE), &self.license)?;
        let sums = sums(folder)?;
        write(&folder.join(SUMS), &sums)?;
        Ok(sums.lines().count() + 1)
    }
}

/// Copies programs into a release, under the name of the platform that they were built for.
pub(super) fn add_programs(
    folder: &Path,
    programs: &[(String, PathBuf)],
    host: &str,
) -> anyhow::Result<()> {
    for (program, built) in programs {
        fs::copy(built, folder.join(format!("{program}-{host}")))
            .with_context(|| format!("failed to copy `{}`", built.display()))?;
    }
    Ok(())
}

/// What a release has.
pub(super) fn plan(host: &str) -> Vec<String> {
    let functions = ARCHITECTURES.map(|architecture| {
        let name = architecture.parameter();
        format!("functions-{name}/*.zip and template-{name}.yaml: every function, with a template that deploys them")
    });
    let programs = PROGRAMS.map(|(_, program)| format!("{program}-{host}"));
    let others = [
        format!("{BILL}: the bill of materials"),
        format!("{CHANGES}, {LICENSE}"),
        SUMS.to_owned(),
    ];
    functions
        .into_iter()
        .chain(programs)
        .chain(others)
        .collect()
}

/// The template that deploys these functions from their zips beside it.
pub(super) fn template_for(
    architecture: Architecture,
    functions: &[String],
    template: &str,
) -> anyhow::Result<String> {
    let name = architecture.parameter();
    let mut template = template.to_owned();
    for function in functions {
        let built = format!("CodeUri: target/lambda/{function}/\n");
        ensure!(
            template.matches(&built).count() == 1,
            "template.yaml does not deploy `{function}` from target/lambda/{function}/"
        );
        let zip = format!("CodeUri: functions-{name}/{function}.zip\n");
        template = template.replace(&built, &zip);
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
    let own = default.replace("Default: arm64", &format!("Default: {name}"));
    Ok(template.replace(&default, &own))
}

/// The lines of `SHA256SUMS`: every file below the folder, by its path, as `sha256sum --check` reads them.
pub(super) fn sums(folder: &Path) -> anyhow::Result<String> {
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

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
}

/// The text below the heading of a version, such as `## 1.2.3 – 2026-12-01`.
pub(super) fn section<'a>(log: &'a str, version: &str) -> Option<&'a str> {
    let mut sections = log.split("\n## ").skip(1);
    sections.find_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        let name = heading.split(' ').next()?;
        (name.trim_matches(['[', ']']) == version).then_some(text.trim_start())
    })
}
