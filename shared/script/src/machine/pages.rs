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

/// Asks the system to back memory at once instead of page by page, each with a fault. If that is not supported, nothing changes.
///
/// # Safety
/// The range is mapped for writing, and nothing unmaps it meanwhile.
#[cfg(target_os = "linux")]
pub(super) unsafe fn populate(start: *mut u8, length: usize) {
    use rustix::mm::{Advice, madvise};
    let skipped = start.align_offset(PAGE);
    let whole = length.saturating_sub(skipped) / PAGE * PAGE;
    if whole > 0 {
        // SAFETY: the range lies within the caller's, and its content stays.
        let _ = unsafe { madvise(start.add(skipped).cast(), whole, Advice::LinuxPopulateWrite) };
    }
}

/// Other systems back memory page by page.
///
/// # Safety
/// None: nothing is done.
#[cfg(not(target_os = "linux"))]
pub(super) unsafe fn populate(_start: *mut u8, _length: usize) {}

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
