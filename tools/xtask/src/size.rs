//! `cargo xtask size`: checks the size of deployed functions.

use std::{
    fs::File,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, ensure};
use flate2::{Compression, write::DeflateEncoder};

use crate::{binaries, repository};

/// Maximum size of a function's zip: 6.5 MB.
const BUDGET: u64 = 6_500_000;
/// Overhead of a zip with one file: local header, directory entry, end of the directory, and twice the name
/// `bootstrap`.
const ZIP_FRAME: u64 = 30 + 46 + 22 + 2 * 9;

/// Builds the functions for this machine and shows their sizes.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let status = repository::command("cargo")
        .args(["build", "--release", "--package", "hookpoint-functions"])
        .status()
        .context("failed to start cargo")?;
    ensure!(
        status.success(),
        "the release build of the functions failed"
    );
    let folder = repository::target()?.join("release");
    let functions: Vec<(String, PathBuf)> = binaries::of_functions()?
        .into_iter()
        .map(|name| {
            let binary = folder.join(&name);
            (name, binary)
        })
        .collect();
    report(&functions)
}

/// Shows the sizes of functions, and fails if one exceeds the budget.
pub(crate) fn report(functions: &[(String, PathBuf)]) -> anyhow::Result<ExitCode> {
    let mut over = 0;
    let mut out = io::stdout().lock();
    writeln!(out, "{:<40} {:>10} {:>10}", "function", "binary", "zip")?;
    for (name, binary) in functions {
        let (binary, zip) = sizes(binary)?;
        let note = if zip > BUDGET { "  over budget" } else { "" };
        writeln!(
            out,
            "{name:<40} {:>10} {:>10}{note}",
            megabytes(binary),
            megabytes(zip)
        )?;
        over += usize::from(zip > BUDGET);
    }
    if over == 0 {
        writeln!(out, "every zip is within {}", megabytes(BUDGET))?;
        Ok(ExitCode::SUCCESS)
    } else {
        let all = functions.len();
        writeln!(out, "{over} of {all} zips are over {}", megabytes(BUDGET))?;
        Ok(ExitCode::FAILURE)
    }
}

/// The size of a file, and of a zip with that file.
pub fn sizes(binary: &Path) -> anyhow::Result<(u64, u64)> {
    let context = || format!("failed to read `{}`", binary.display());
    let mut file = File::open(binary).with_context(context)?;
    let mut deflated = DeflateEncoder::new(Count(0), Compression::default());
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).with_context(context)?;
        if read == 0 {
            break;
        }
        deflated.write_all(&buffer[..read])?;
    }
    let length = deflated.total_in();
    Ok((length, deflated.finish()?.0 + ZIP_FRAME))
}

/// A writer that only counts bytes.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn megabytes(bytes: u64) -> String {
    // Rounded up to hundredths, so that a size over budget never appears within it.
    let hundredths = bytes.div_ceil(10_000);
    format!("{}.{:02} MB", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zip_of_a_file_is_as_large_as_its_compressed_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("function");
        std::fs::write(&path, vec![b'a'; 1_000_000]).unwrap();
        let (binary, zip) = sizes(&path).unwrap();
        assert_eq!(binary, 1_000_000);
        assert!((ZIP_FRAME..5_000).contains(&zip), "{zip}");
        assert_eq!(megabytes(4_990_001), "5.00 MB");
        assert_eq!(megabytes(5_000_001), "5.01 MB");
    }
}
