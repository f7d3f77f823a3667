//! Programs written by hand for that job, in the languages that most functions are written in.
//!
//! Each has a client of the Runtime API of a few lines, which starts faster than Lambda's own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use hookpoint_xtask::{node::Node, python, repository};

/// Files in `tools/bench/cold` that Node.js needs.
const FILES: [&str; 7] = [
    ".npmrc",
    "package.json",
    "package-lock.json",
    "plain.mjs",
    "tuned.mjs",
    "reads.mjs",
    "runtime.mjs",
];

/// A language, or a way to use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Node,
    /// Reads everything while its module loads, and uses what loads fastest.
    NodeTuned,
    Python,
}

pub(crate) const HANDWRITTEN: [Language; 3] =
    [Language::Node, Language::NodeTuned, Language::Python];

impl Language {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Node => "Node.js",
            Self::NodeTuned => "Node.js, tuned",
            Self::Python => "Python",
        }
    }
}

/// An installed program.
#[derive(Debug)]
pub(crate) struct Handwritten {
    interpreter: PathBuf,
    program: PathBuf,
}

impl Handwritten {
    /// Installs what a language needs below the target directory.
    ///
    /// # Errors
    /// It cannot be installed; the program is then left out.
    pub(crate) fn install(language: Language) -> anyhow::Result<Self> {
        let source = repository::root().join("tools/bench/cold");
        let environment = python::ensure()?;
        let entry = match language {
            Language::Node => "plain",
            Language::NodeTuned => "tuned",
            Language::Python => {
                return Ok(Self {
                    interpreter: environment.program("python"),
                    program: source.join("peer.py"),
                });
            }
        };
        let node = Node::of(&environment)?;
        let folder = node.install(&source, &FILES, "cold")?;
        Ok(Self {
            program: bundle(&node, &folder, entry)?,
            interpreter: node.program().to_owned(),
        })
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.interpreter);
        command.arg(&self.program);
        command
    }
}

/// Bundles a program with its packages, as for deployment.
fn bundle(node: &Node, folder: &Path, entry: &str) -> anyhow::Result<PathBuf> {
    let bundle = folder.join(format!("{entry}.cjs"));
    let output = Command::new(node.program())
        .current_dir(folder)
        .arg("node_modules/esbuild/bin/esbuild")
        .arg(format!("{entry}.mjs"))
        .args(["--bundle", "--minify", "--platform=node", "--target=node22"])
        .args([
            "--format=cjs",
            "--main-fields=module,main",
            "--log-level=warning",
        ])
        .arg(format!("--outfile={}", bundle.display()))
        .output()
        .context("failed to start esbuild")?;
    ensure!(
        output.status.success(),
        "esbuild: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(bundle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_programs_is_copied() {
        let folder = repository::root().join("tools/bench/cold");
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut found: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .filter(|name| name != "peer.py")
            .collect();
        let mut copied = FILES.map(str::to_owned).to_vec();
        found.sort();
        copied.sort();
        assert_eq!(found, copied);
    }
}
