//! Memory pages, and the files that they are mapped from.

use std::{fs::File, io};

/// Page size of templates. If the system's is larger (16 KB on some ARM machines), mapping fails and all is copied.
pub(super) const PAGE: usize = 4096;

/// How templates are placed in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placing {
    /// Copy-on-write.
    Mapped,
    Copied,
}

#[cfg(target_os = "linux")]
pub(super) fn anonymous_file<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    let mut file = File::from(memfd_create("hookpoint-script", MemfdFlags::CLOEXEC)?);
    for part in parts {
        io::Write::write_all(&mut file, part)?;
    }
    Ok(file)
}

/// Only Linux has anonymous files.
#[cfg(not(target_os = "linux"))]
pub(super) fn anonymous_file<'a>(_: impl IntoIterator<Item = &'a [u8]>) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
