//! Pages of memory and the files they are mapped from.

use std::{fs::File, io};

/// A page of memory as templates count. Where the system's are larger (16 KB on some ARM machines), mapping fails and all is copied.
pub(super) const PAGE: usize = 4096;

/// How memory is put in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placing {
    /// Mapped copy-on-write.
    Mapped,
    /// Copied.
    Copied,
}

/// An anonymous file with these bytes.
#[cfg(target_os = "linux")]
pub(super) fn anonymous_file(bytes: &[u8]) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    let mut file = File::from(memfd_create("hookpoint-script", MemfdFlags::CLOEXEC)?);
    io::Write::write_all(&mut file, bytes)?;
    Ok(file)
}

/// Only Linux has them; elsewhere memory is copied.
#[cfg(not(target_os = "linux"))]
pub(super) fn anonymous_file(_bytes: &[u8]) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
