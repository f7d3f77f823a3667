//! Paths of the repository and of cargo's target directory.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::Context as _;
use cargo_metadata::MetadataCommand;

/// The root of the repository this program was built from.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .map_or_else(|| PathBuf::from("."), Path::to_owned)
    })
}

/// The target directory, which the user's settings may change.
pub fn target() -> anyhow::Result<PathBuf> {
    static TARGET: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = TARGET.get() {
        return Ok(found.clone());
    }
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("failed to ask cargo for the target directory")?;
    let found = metadata.target_directory.into_std_path_buf();
    Ok(TARGET.get_or_init(|| found).clone())
}

/// A command that runs in the root, as if started from a shell.
///
/// Cargo sets variables about the package for programs it runs; a nested cargo must not see them, or build scripts that
/// read them run again, and everything that depends on them.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_the_running_package) {
            command.env_remove(name);
        }
    }
    command
}

fn is_of_the_running_package(variable: &str) -> bool {
    const PREFIXES: [&str; 3] = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_"];
    const NAMES: [&str; 5] = [
        "CARGO",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
    ];
    NAMES.contains(&variable) || PREFIXES.iter().any(|prefix| variable.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_cargo_keeps_the_users_settings_and_forgets_the_running_package() {
        for forgotten in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"] {
            assert!(is_of_the_running_package(forgotten), "{forgotten}");
        }
        for kept in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_NET_OFFLINE",
            "PATH",
        ] {
            assert!(!is_of_the_running_package(kept), "{kept}");
        }
        let command = command("cargo");
        let removed: Vec<_> = command
            .get_envs()
            .filter(|(_, value)| value.is_none())
            .collect();
        assert!(
            removed
                .iter()
                .any(|(name, _)| *name == "CARGO_MANIFEST_DIR")
        );
        assert!(root().join("shared/stages/src/catalogue.rs").is_file());
    }
}
