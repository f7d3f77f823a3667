//! `cargo xtask packages`: bundles the npm packages that are part of the script sandbox, or checks that they are up to date.
//!
//! Which packages, at which versions, is in `shared/script/guest/packages`. Each becomes one ES module that the guest compiles in.

use std::{
    fs, io,
    io::Write as _,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, ensure};

use crate::{node::Node, python, repository};

/// What is bundled, and how.
const SOURCE: &str = "shared/script/guest/packages";
/// Where the bundles are.
const BUNDLES: &str = "shared/script/guest/src/packages";

/// Writes the bundles, or says which differ.
pub(crate) fn run(check: bool) -> anyhow::Result<ExitCode> {
    let stale = stale()?;
    let mut out = io::stdout().lock();
    for (name, text) in &stale {
        if check {
            writeln!(out, "out of date: {BUNDLES}/{name}")?;
            continue;
        }
        let path = repository::root().join(BUNDLES).join(name);
        let failed = || format!("failed to change `{}`", path.display());
        match text {
            Some(text) => {
                fs::create_dir_all(path.parent().unwrap_or(&path)).with_context(failed)?;
                fs::write(&path, text).with_context(failed)?;
            }
            None => fs::remove_file(&path).with_context(failed)?,
        }
        writeln!(out, "wrote {BUNDLES}/{name}")?;
    }
    if stale.is_empty() {
        writeln!(out, "every bundle is up to date")?;
    } else if check {
        writeln!(out, "write them with `cargo xtask packages`")?;
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The bundles that differ from those in the repository, by name; without a text when there must be none.
pub fn stale() -> anyhow::Result<Vec<(String, Option<Vec<u8>>)>> {
    let root = repository::root();
    let node = Node::of(&python::ensure()?)?;
    let names = [
        ".npmrc",
        "package.json",
        "package-lock.json",
        "bundle.js",
        "curves.js",
    ];
    let folder = node.install(&root.join(SOURCE), &names, "script-packages")?;
    let made = folder.join("made");
    if made.exists() {
        fs::remove_dir_all(&made).context("failed to remove earlier bundles")?;
    }
    let output = Command::new(node.program())
        .arg("--no-deprecation")
        .arg(folder.join("bundle.js"))
        .arg(&made)
        .output()
        .context("failed to start Node.js")?;
    ensure!(
        output.status.success(),
        "the packages cannot be bundled: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let committed = root.join(BUNDLES);
    let mut stale = Vec::new();
    for name in names_in(&made)? {
        let text = fs::read(made.join(&name))?;
        if fs::read(committed.join(&name)).ok().as_ref() != Some(&text) {
            stale.push((name, Some(text)));
        }
    }
    for name in names_in(&committed)? {
        if !made.join(&name).exists() {
            stale.push((name, None));
        }
    }
    Ok(stale)
}

/// The files below a folder, by their paths in it.
fn names_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    if !folder.exists() {
        return Ok(names);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let inner = names_in(&entry.path())?;
            names.extend(inner.into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
