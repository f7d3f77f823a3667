//! The packages of the peers, installed below the target directory.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use hookpoint_xtask::repository;

use super::Peers;

/// Files in `tools/bench/peers`.
const FILES: [&str; 11] = [
    ".npmrc",
    "package.json",
    "package-lock.json",
    "main.mjs",
    "job.mjs",
    "isolated-vm.mjs",
    "node-vm.mjs",
    "quickjs-emscripten.mjs",
    "workerd.mjs",
    "workerd/config.capnp",
    "workerd/host.mjs",
];
/// Written last: an installation without it is incomplete.
const STAMP_FILE: &str = "hookpoint-stamp";

impl Peers {
    /// Copies the programs, and installs their packages if they or Node.js changed. The only package script that runs
    /// is the native build of isolated-vm; if it fails, using it fails.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let version = output(Command::new("node").arg("--version"))
            .context("Node.js 20 or newer is needed: install `node` and `npm`")?;
        let from = repository::root().join("tools/bench/peers");
        let folder = repository::target()?.join("peers");
        for name in FILES {
            let to = folder.join(name);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)
                    .with_context(|| format!("failed to create `{}`", parent.display()))?;
            }
            fs::copy(from.join(name), &to)
                .with_context(|| format!("failed to copy to `{}`", to.display()))?;
        }
        let stamp = version + &fs::read_to_string(from.join("package-lock.json"))?;
        let stamp_file = folder.join(STAMP_FILE);
        if fs::read_to_string(&stamp_file).ok().as_ref() != Some(&stamp) {
            eprintln!("  installing npm packages into `{}`", folder.display());
            output(Command::new("npm").arg("ci").current_dir(&folder))?;
            fs::write(&stamp_file, stamp)?;
        }
        let built = folder.join("node_modules/isolated-vm/out/isolated_vm.node");
        if !built.is_file() {
            eprintln!("  building isolated-vm, which takes minutes");
            if let Err(error) = build_isolated_vm(&folder) {
                eprintln!("  isolated-vm cannot be built here: {error:#}");
            }
        }
        Ok(Self { folder })
    }
}

/// Compiles it, with the headers installed beside Node.js if there are any, so that nothing is fetched.
fn build_isolated_vm(folder: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("npm");
    command
        .args(["rebuild", "isolated-vm", "--ignore-scripts=false"])
        .current_dir(folder);
    let node = PathBuf::from(output(
        Command::new("node").args(["--print", "process.execPath"]),
    )?);
    let headers = node.ancestors().nth(2);
    if let Some(headers) = headers.filter(|folder| folder.join("include/node/node.h").is_file()) {
        command.env("npm_config_nodedir", headers);
    }
    output(&mut command)?;
    Ok(())
}

/// The output of a command. An error includes its last lines.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("failed to start `{name}`"))?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last: Vec<_> = complaint.trim().lines().rev().take(5).collect();
    ensure!(
        output.status.success(),
        "`{name}` ended with {}: {}",
        output.status,
        last.into_iter().rev().collect::<Vec<_>>().join("\n")
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(folder: &Path, prefix: &str) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        entries
            .flat_map(|entry| {
                let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
                if entry.path().is_dir() {
                    names_in(&entry.path(), &format!("{name}/"))
                } else {
                    vec![name]
                }
            })
            .collect()
    }

    #[test]
    fn every_file_of_the_programs_is_copied() {
        let mut found = names_in(&repository::root().join("tools/bench/peers"), "");
        let mut copied = FILES.map(str::to_owned).to_vec();
        found.sort();
        copied.sort();
        assert_eq!(found, copied);
    }
}
