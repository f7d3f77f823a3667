//! `cargo xtask macos`: checks that everything that runs on a laptop compiles for macOS on Apple silicon.
//!
//! The C code of dependencies is compiled too, by the pinned zig, which includes the headers of macOS.

use std::{fs, process::ExitCode};

use anyhow::{Context as _, ensure};

use crate::{compiler, python, repository, toolchain};

const TARGET: &str = "aarch64-apple-darwin";
/// The command line, and with it the engine, the sandbox and the embedded store; the bundler; the functions, which contributors run
/// locally.
const PACKAGES: [&str; 3] = ["hookpoint-cli", "hookpoint-bundler", "hookpoint-lambda"];

/// Checks the packages; needs no Mac.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    toolchain::ensure(TARGET)?;
    let python = python::ensure()?.program("python");
    let folder = repository::target()?.join("macos");
    fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    let (compiler, archiver) = compiler::write(&folder, "aarch64-macos")?;
    let status = repository::command("cargo")
        .args(["check", "--target", TARGET])
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
        .arg("--features=hookpoint-cli/aws")
        .env("HOOKPOINT_PYTHON", python)
        .env("CC_aarch64_apple_darwin", compiler)
        .env("AR_aarch64_apple_darwin", archiver)
        .status()
        .context("failed to start cargo")?;
    ensure!(status.success(), "not everything compiles for {TARGET}");
    Ok(ExitCode::SUCCESS)
}
