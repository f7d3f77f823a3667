//! What keeps a version from being released.

use std::path::Path;

use super::{
    ARCHITECTURES, CHANGE_LOG,
    contents::{Contents, section},
    output,
};
use crate::{package, repository, toolchain};

/// The repository and the machine before a release.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) version: String,
    pub(super) log: String,
    /// Files that are not committed, as `git status --porcelain` shows them.
    pub(super) changed: String,
    /// Whether the folder of the release exists.
    pub(super) exists: bool,
    /// Whether another commit has the version's tag.
    pub(super) is_tagged: bool,
    /// What the machine lacks, each with what to do.
    pub(super) lacking: Vec<String>,
}

impl State {
    pub(super) fn find(contents: &Contents, folder: &Path) -> anyhow::Result<Self> {
        let tag = format!("v{}", contents.version);
        let is_named = |tags: String| tags.lines().any(|line| line == tag);
        Ok(Self {
            version: contents.version.clone(),
            log: contents.log.clone(),
            changed: output("git", &["status", "--porcelain"])?,
            exists: folder.exists(),
            // Machines for other systems build the commit when it has the tag already.
            is_tagged: is_named(output("git", &["tag", "--list", &tag])?)
                && !is_named(output("git", &["tag", "--points-at", "HEAD"])?),
            lacking: lacking()?,
        })
    }

    pub(super) fn obstacles(&self) -> Vec<String> {
        let version = &self.version;
        let mut obstacles = Vec::new();
        match section(&self.log, version) {
            None => obstacles.push(format!(
                "{CHANGE_LOG} has no section `## {version}`; give `## Unreleased` that name, and the date"
            )),
            Some(section) if section.lines().all(|line| !line.starts_with("- ")) => {
                obstacles.push(format!("the section `## {version}` of {CHANGE_LOG} lists no change"));
            }
            Some(_) => {}
        }
        if let Some(first) = self.changed.lines().next() {
            let count = self.changed.lines().count();
            obstacles.push(format!(
                "{count} files are not committed, such as `{}`; commit or stash them",
                first.get(3..).unwrap_or(first)
            ));
        }
        if self.exists {
            obstacles.push(format!(
                "target/release-{version} exists; remove it to build again"
            ));
        }
        if self.is_tagged {
            obstacles.push(format!(
                "another commit has the tag `v{version}`; raise `version` in Cargo.toml"
            ));
        }
        obstacles.extend(self.lacking.iter().cloned());
        obstacles
    }
}

/// What the builds need and this machine lacks. Installs nothing.
fn lacking() -> anyhow::Result<Vec<String>> {
    let mut lacking = Vec::new();
    for (program, remedy) in [
        ("python3", "install Python 3.10 or newer"),
        ("cc", "install a C compiler"),
    ] {
        if let Err(error) = output(program, &["--version"]) {
            lacking.push(format!("{error:#}; {remedy}"));
        }
    }
    for target in ARCHITECTURES.map(package::Architecture::target) {
        if !toolchain::is_installed(target)? && output("rustup", &["--version"]).is_err() {
            lacking.push(format!(
                "the toolchain has no standard library for {target}, and there is no rustup to add it"
            ));
        }
    }
    if let Err(error) = package::ensure_uploaded_from(&repository::target()?) {
        lacking.push(error.to_string());
    }
    Ok(lacking)
}
