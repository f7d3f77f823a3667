//! Lists the files of `plugins/`, to be part of the program.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let folder = Path::new(&manifest).join("../../plugins").canonicalize()?;
    let mut found = Vec::new();
    collect(&folder, &mut found)?;
    found.sort();
    let mut text = String::from("&[\n");
    for path in found {
        let name = path.strip_prefix(&folder).unwrap_or(&path);
        let name = name.to_string_lossy().replace('\\', "/");
        // Formatting into memory cannot fail.
        let _ = writeln!(
            text,
            "    ({name:?}, include_str!({:?})),",
            path.display().to_string()
        );
    }
    text.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), text)
}

/// The files below a folder, but not the tests of the helpers. New and removed files start the build again.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "tests" {
            collect(&path, found)?;
        } else if path.is_file() && !name.starts_with('.') {
            found.push(path);
        }
    }
    Ok(())
}
