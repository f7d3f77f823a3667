//! `cargo xtask sandbox`: builds the images of the script sandbox, or checks that they match their sources.
//!
//! The guest (`shared/script/guest`) is compiled to WebAssembly, initialised once, and compiled for each platform. Both
//! compilers are pinned, and no local path is included: every machine produces the same bytes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use anyhow::{Context as _, ensure};
use cargo_metadata::MetadataCommand;

use crate::{compiler, python, repository, toolchain};

const TARGET: &str = "wasm32-unknown-unknown";
/// The compiler of the images. Another one would produce working images, but different bytes.
const RUSTC: &str = "1.95.0";
const ZIG: &str = "0.17.1";
/// The package of the program that makes images.
const IMAGER: &str = "hookpoint-imager";
/// What every C source of the guest includes.
const BUILTINS: &str = "shared/script/guest/builtins.h";
/// The folder of the images in the repository.
const IMAGES: &str = "shared/script/image";
/// Memory limit of the guest: `INSTANCE_MEMORY` of the sandbox.
const MEMORY_LIMIT: u32 = 48 << 20;

/// Builds the images, or compares them with those in the repository.
pub(crate) fn run(check: bool) -> anyhow::Result<ExitCode> {
    let found = rustc_version()?;
    if found != RUSTC {
        let advice = format!(
            "the images of the script sandbox need rustc {RUSTC}, but this is {found}: `rustup toolchain install {RUSTC}`, \
             then `cargo +{RUSTC} xtask sandbox`"
        );
        ensure!(check, "{advice}");
        eprintln!("NOT CHECKED: {advice} --check");
        return Ok(ExitCode::SUCCESS);
    }
    let folder = repository::target()?.join("sandbox");
    fs::create_dir_all(&folder)
        .with_context(|| format!("failed to create `{}`", folder.display()))?;
    // Each of them keeps one core busy most of the time, and they build into different folders.
    let guest = thread::scope(|scope| {
        let imager = scope.spawn(build_imager);
        let guest = build_guest(&folder);
        match imager.join() {
            Ok(built) => built.and(guest),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    let committed = repository::root().join(IMAGES);
    if !check {
        make_images(&guest, &committed)?;
        eprintln!("the images in `{IMAGES}` are up to date");
        return Ok(ExitCode::SUCCESS);
    }
    let made = folder.join("image");
    fs::create_dir_all(&made).with_context(|| format!("failed to create `{}`", made.display()))?;
    make_images(&guest, &made)?;
    let differing = differing(&made, &committed)?;
    if differing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "these files in `{IMAGES}` do not match their sources: {}; run `cargo xtask sandbox`",
        differing.join(", ")
    );
    Ok(ExitCode::FAILURE)
}

fn rustc_version() -> anyhow::Result<String> {
    let output = repository::command("rustc")
        .arg("--version")
        .output()
        .context("failed to start `rustc`")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// Builds the guest as a WebAssembly module.
fn build_guest(folder: &Path) -> anyhow::Result<PathBuf> {
    toolchain::ensure(TARGET)?;
    let python = python::ensure()?.program("python");
    let (compiler, archiver) = compiler::write(folder, "wasm32-freestanding")?;
    let cargo_home = cargo_home()?;
    let root = repository::root();
    let places = [
        (cargo_home.as_path(), "/cargo"),
        (folder, "/target"),
        (root, "/hookpoint"),
    ];
    let mapped = |option: &str, separator: &str| -> String {
        places
            .iter()
            .map(|(from, to)| format!("{option}{}={to}", from.display()))
            .collect::<Vec<_>>()
            .join(separator)
    };
    let flags = [
        format!("-Clink-arg=--max-memory={MEMORY_LIMIT}"),
        "-Clink-arg=--export=__stack_pointer".to_owned(),
        mapped("--remap-path-prefix=", "\x1f"),
    ];
    let status = repository::command("cargo")
        .args([
            "build",
            "--quiet",
            "--lib",
            "--package",
            "hookpoint-script-guest",
        ])
        .args(["--profile", "guest", "--target", TARGET, "--target-dir"])
        .arg(folder)
        .env("HOOKPOINT_PYTHON", python)
        .env("CC_wasm32_unknown_unknown", compiler)
        .env("AR_wasm32_unknown_unknown", archiver)
        .env(
            "CFLAGS_wasm32_unknown_unknown",
            [
                mapped("-ffile-prefix-map=", " "),
                format!("-include {}", root.join(BUILTINS).display()),
                // Longer copies are calls of the guest's own `memcpy`.
                "-mno-bulk-memory-opt".to_owned(),
            ]
            .join(" "),
        )
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .status()
        .context("failed to start cargo")?;
    ensure!(status.success(), "the guest does not compile");
    Ok(folder
        .join(TARGET)
        .join("guest/hookpoint_script_guest.wasm"))
}

/// Cargo's home, which has the sources of crates.
fn cargo_home() -> anyhow::Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .current_dir(repository::root())
        .exec()
        .context("failed to read the workspace")?;
    metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "rquickjs-sys")
        // <home>/registry/src/<registry>/rquickjs-sys-<version>/Cargo.toml
        .and_then(|package| package.manifest_path.ancestors().nth(3))
        .map(|path| path.as_std_path().to_owned())
        .context("the sources of crates are not below cargo's home")
}

/// Builds the program that makes images of a guest.
fn build_imager() -> anyhow::Result<()> {
    let status = repository::command("cargo")
        .args(["build", "--quiet", "--package", IMAGER])
        .status()
        .context("failed to start cargo")?;
    ensure!(status.success(), "`{IMAGER}` does not compile");
    Ok(())
}

fn make_images(guest: &Path, folder: &Path) -> anyhow::Result<()> {
    let status = repository::command("cargo")
        .args(["run", "--quiet", "--package", IMAGER, "--"])
        .arg(guest)
        .arg(folder)
        .args([format!("rustc {RUSTC}"), format!("zig {ZIG}")])
        .status()
        .context("failed to start cargo")?;
    ensure!(status.success(), "failed to build the images");
    Ok(())
}

/// The files of the first folder that are missing or different in the second.
fn differing(made: &Path, committed: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in
        fs::read_dir(made).with_context(|| format!("failed to read `{}`", made.display()))?
    {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if fs::read(&path)? != fs::read(committed.join(&name)).unwrap_or_default() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zig_is_pinned_where_it_is_installed_from() {
        let requirements = include_str!("../requirements.txt");
        assert!(requirements.contains(&format!("ziglang=={ZIG}\n")));
    }

    #[test]
    fn files_that_differ_are_named() {
        let [made, committed] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for (name, left, right) in [
            ("a", "1", Some("1")),
            ("b", "1", Some("2")),
            ("c", "1", None),
        ] {
            fs::write(made.path().join(name), left).unwrap();
            if let Some(right) = right {
                fs::write(committed.path().join(name), right).unwrap();
            }
        }
        assert_eq!(
            differing(made.path(), committed.path()).unwrap(),
            ["b", "c"]
        );
    }
}
