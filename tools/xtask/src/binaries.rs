//! The programs that the workspace builds.

use anyhow::Context as _;
use cargo_metadata::MetadataCommand;

use crate::repository;

/// The package of the functions.
pub(crate) const PACKAGE: &str = "hookpoint-functions";

/// The binaries of the functions' package.
pub(crate) fn of_functions() -> anyhow::Result<Vec<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(repository::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("failed to ask cargo for the functions")?;
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == PACKAGE)
        .with_context(|| format!("the workspace has no package `{PACKAGE}`"))?;
    let binaries = package.targets.iter().filter(|target| target.is_bin());
    Ok(binaries.map(|target| target.name.clone()).collect())
}
