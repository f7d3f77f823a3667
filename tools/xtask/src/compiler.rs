//! The pinned C compiler, zig, behind the names that cargo expects.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// Compiles C. The crate `cc` passes a target that zig does not know, so this one replaces it.
const COMPILER: &str = r#"#!/bin/sh
for argument do
  shift
  case "$argument" in
    --target=*) ;;
    *) set -- "$@" "$argument" ;;
  esac
done
exec "$HOOKPOINT_PYTHON" -m ziglang cc -target TARGET "$@"
"#;
const ARCHIVER: &str = r#"#!/bin/sh
exec "$HOOKPOINT_PYTHON" -m ziglang ar "$@"
"#;

/// Writes a compiler for a target of zig, and an archiver, into a folder; returns their paths. Both expect the Python
/// of the pinned tools in `HOOKPOINT_PYTHON`.
pub(crate) fn write(folder: &Path, target: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
    let compiler = script(folder, "cc", &COMPILER.replace("TARGET", target))?;
    Ok((compiler, script(folder, "ar", ARCHIVER)?))
}

fn script(folder: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    let failed = || format!("failed to write `{}`", path.display());
    fs::write(&path, text).with_context(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).with_context(failed)?;
    }
    Ok(path)
}
