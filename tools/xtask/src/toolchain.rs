//! The standard library for the functions' target.

use std::{path::Path, process::Command};

use anyhow::{Context as _, ensure};

use crate::repository;

/// Adds the target with rustup if the toolchain lacks it. A toolchain without rustup must include it.
pub(crate) fn ensure(target: &str) -> anyhow::Result<()> {
    ensure_with(target, &is_installed, &mut add)
}

fn ensure_with(
    target: &str,
    is_installed: &dyn Fn(&str) -> anyhow::Result<bool>,
    add: &mut dyn FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if is_installed(target)? {
        return Ok(());
    }
    eprintln!("the toolchain has no {target} yet; adding it with `rustup target add {target}`");
    add(target).with_context(|| {
        format!(
            "the toolchain has no standard library for {target}; add it with `rustup target add {target}`, or install the one of the \
             toolchain's packager"
        )
    })?;
    ensure!(
        is_installed(target)?,
        "`rustup target add {target}` added it to a toolchain other than that of `rustc --print sysroot`; name that with `rustup \
         override set`"
    );
    Ok(())
}

/// Whether cargo's compiler finds the target's standard library.
pub(crate) fn is_installed(target: &str) -> anyhow::Result<bool> {
    let output = repository::command("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .context("failed to start `rustc`")?;
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}

fn add(target: &str) -> anyhow::Result<()> {
    let mut command: Command = repository::command("rustup");
    let status = command
        .args(["target", "add", target])
        .status()
        .context("failed to start `rustup`")?;
    ensure!(status.success(), "`rustup target add` ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use anyhow::bail;

    use super::*;

    #[test]
    fn a_target_is_added_once_and_a_failure_names_the_remedy() {
        let installed = RefCell::new(Vec::new());
        let known = |target: &str| Ok(installed.borrow().contains(&target.to_owned()));
        let mut add = |target: &str| {
            installed.borrow_mut().push(target.to_owned());
            Ok(())
        };
        for _ in 0..2 {
            ensure_with("riscv", &known, &mut add).unwrap();
        }
        assert_eq!(*installed.borrow(), ["riscv"]);
        let mut offline = |_: &str| bail!("there is no network");
        let error = ensure_with("sparc", &known, &mut offline).unwrap_err();
        let message = format!("{error:#}");
        assert!(message.contains("`rustup target add sparc`"), "{message}");
        assert!(message.contains("there is no network"), "{message}");
        let mut elsewhere = |_: &str| Ok(());
        let error = ensure_with("sparc", &known, &mut elsewhere).unwrap_err();
        assert!(error.to_string().contains("a toolchain other"), "{error}");
    }

    #[test]
    fn the_compiler_knows_its_own_target_and_not_any_other() {
        let host = repository::command("rustc")
            .args(["--print", "host-tuple"])
            .output()
            .unwrap();
        let host = String::from_utf8(host.stdout).unwrap();
        assert!(is_installed(host.trim()).unwrap());
        assert!(!is_installed("no-such-target").unwrap());
    }
}
