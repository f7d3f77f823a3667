//! Reads the processor architecture from an ELF header.

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, ensure};

/// `EM_AARCH64`.
pub(super) const AARCH64: u16 = 183;
/// `EM_X86_64`.
pub(super) const X86_64: u16 = 62;

/// Identification (16 bytes), type (2), machine (2).
const HEADER: usize = 20;
const MAGIC: &[u8] = b"\x7fELF";

/// The field `e_machine` of a little-endian file.
pub(super) fn machine(path: &Path) -> anyhow::Result<u16> {
    let mut header = [0; HEADER];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .with_context(|| format!("failed to read `{}`", path.display()))?;
    ensure!(
        header.starts_with(MAGIC),
        "`{}` is not an ELF file",
        path.display()
    );
    Ok(u16::from_le_bytes([header[18], header[19]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_program_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bootstrap");
        assert!(machine(&path).is_err());
        std::fs::write(&path, "short").unwrap();
        assert!(machine(&path).is_err());
        std::fs::write(&path, "#!/bin/sh\nexit 0 # long enough").unwrap();
        let error = machine(&path).unwrap_err().to_string();
        assert!(error.contains("not an ELF file"), "{error}");
    }
}
