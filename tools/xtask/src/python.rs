//! The pinned Python environment: an emulated AWS (`moto`), `cargo lambda`, and the linker it cross-compiles with.
//!
//! It is installed once below the target directory, and again if `requirements.txt` changes or the folder was moved. A
//! file lock lets one of several test processes install it while the others wait.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, bail, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::repository;

/// Path of the list of packages in the repository.
pub const REQUIREMENTS_FILE: &str = "tools/xtask/requirements.txt";
const REQUIREMENTS: &str = include_str!("../requirements.txt");
/// Written last: an environment without it is incomplete.
const STAMP_FILE: &str = "hookpoint-stamp";

/// A Python environment with everything that [`REQUIREMENTS_FILE`] lists.
#[derive(Debug, Clone)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// A program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs().join(name)
    }

    /// The folder of its programs, for `PATH`.
    pub fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }
}

/// Returns the environment, installing it if it is absent or out of date. Otherwise takes a few milliseconds.
pub fn ensure() -> anyhow::Result<Environment> {
    ensure_in(
        &repository::target()?.join("python"),
        REQUIREMENTS,
        &install,
    )
}

/// Like [`ensure`](Environment::ensure), for any folder and installer.
fn ensure_in(
    folder: &Path,
    requirements: &str,
    install: &dyn Fn(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<Environment> {
    let parent = folder
        .parent()
        .context("an environment needs a folder around it")?;
    fs::create_dir_all(parent)
        .with_context(|| format!("failed to create `{}`", parent.display()))?;
    let lock = folder.with_extension("lock");
    let lock_file =
        File::create(&lock).with_context(|| format!("failed to create `{}`", lock.display()))?;
    lock_file
        .lock()
        .with_context(|| format!("failed to lock `{}`", lock.display()))?;
    let stamp = stamp_of(folder, requirements);
    let stamp_file = folder.join(STAMP_FILE);
    let complete = fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp);
    // The environment's Python may link to one that a system upgrade has removed.
    if complete && folder.join("bin/python").exists() {
        return Ok(Environment {
            folder: folder.to_owned(),
        });
    }
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("failed to remove `{}`", folder.display()))?;
    }
    eprintln!(
        "installing `{}` from {REQUIREMENTS_FILE}; this happens once",
        folder.display()
    );
    install(folder)?;
    fs::write(&stamp_file, stamp)
        .with_context(|| format!("failed to write `{}`", stamp_file.display()))?;
    Ok(Environment {
        folder: folder.to_owned(),
    })
}

/// Identifies an environment. It includes the folder: scripts contain the absolute path of their interpreter, so a
/// moved environment does not work.
fn stamp_of(folder: &Path, requirements: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!(
        "{}\n{requirements}",
        folder.display()
    )))
}

/// Creates a virtual environment and installs the requirements.
fn install(folder: &Path) -> anyhow::Result<()> {
    let version =
        run(Command::new("python3")
            .args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]))
        .context("Python 3.10 or newer is needed: install `python3`")?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let supported = version
        .split_once('.')
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)))
        .is_some_and(|version| version >= (3, 10));
    ensure!(
        supported,
        "`python3` is Python {version}, but 3.10 or newer is needed"
    );
    run(Command::new("python3").args(["-m", "venv"]).arg(folder)).context(
        "failed to create a Python environment; on Debian and Ubuntu, install `python3-venv`",
    )?;
    run(Command::new(folder.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            // Most of it is never imported, and the rest is compiled when it is.
            "--no-compile",
            "--requirement",
        ])
        .arg(repository::root().join(REQUIREMENTS_FILE)))
    .context("failed to install the pinned tools; a network connection is needed the first time")?;
    Ok(())
}

/// Runs a command to its end; an error includes its output.
fn run(command: &mut Command) -> anyhow::Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("failed to start `{program}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{program}` ended with {}: {}", output.status, said.trim());
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_environment_is_made_once_and_again_when_it_is_half_made_or_out_of_date() {
        let target = tempfile::tempdir().unwrap();
        let folder = target.path().join("deeper/python");
        let made = Cell::new(0);
        let install = |folder: &Path| {
            assert!(!folder.exists(), "left-overs are removed first");
            made.set(made.get() + 1);
            fs::create_dir_all(folder.join("bin"))?;
            fs::write(folder.join("bin/python"), "")?;
            ensure!(made.get() != 2, "the network is down");
            Ok(())
        };
        let ensure = |requirements| ensure_in(&folder, requirements, &install);
        let environment = ensure("moto==1").unwrap();
        assert_eq!(
            environment.program("moto_server"),
            folder.join("bin/moto_server")
        );
        ensure("moto==1").unwrap();
        assert_eq!(made.get(), 1);
        let failure = ensure("moto==2").unwrap_err();
        assert_eq!(failure.to_string(), "the network is down");
        ensure("moto==2").unwrap();
        ensure("moto==2").unwrap();
        assert_eq!(made.get(), 3);
        // As after an upgrade of the system's Python.
        fs::remove_file(folder.join("bin/python")).unwrap();
        ensure("moto==2").unwrap();
        assert_eq!(made.get(), 4);
    }

    #[test]
    fn every_requirement_is_pinned_to_one_version() {
        let lines = REQUIREMENTS.lines().map(str::trim);
        let requirements: Vec<_> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        for name in [
            "moto",
            "cargo-lambda",
            "ziglang",
            "cfn-lint",
            "aws-sam-cli",
            "aws-sam-translator",
        ] {
            assert!(
                requirements.iter().any(|line| line.starts_with(name)),
                "{name}"
            );
        }
        for requirement in requirements {
            assert!(requirement.contains("=="), "{requirement}");
        }
    }
}
