//! Forking a child and holding on to it by descriptor.

use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};

use rustix::io::Errno;

/// On which side of a fork the caller is.
pub(crate) enum Fork {
    /// In the parent, with the child's pidfd.
    Parent(OwnedFd),
    /// In the child.
    Child,
}

/// Forks this process, which must have one thread only.
///
/// The kernel makes the pidfd together with the child (`CLONE_PIDFD`), so that there is no moment in which the child is known
/// by a number alone.
pub(crate) fn fork() -> Result<Fork, Errno> {
    let mut pidfd: RawFd = -1;
    let arguments = libc::clone_args {
        flags: libc::CLONE_PIDFD as u64,
        pidfd: std::ptr::from_mut(&mut pidfd) as u64,
        child_tid: 0,
        parent_tid: 0,
        exit_signal: libc::SIGCHLD as u64,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
        cgroup: 0,
    };
    // SAFETY: without CLONE_VM the child gets a copy of everything, and the zygote has one thread, so no lock is held by
    // a thread that does not exist in the child. The arguments outlive the call. The child never returns into code
    // that could mistake itself for the zygote.
    let process = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            std::ptr::from_ref(&arguments),
            size_of::<libc::clone_args>(),
        )
    };
    match process {
        0 => Ok(Fork::Child),
        process if process > 0 => {
            // SAFETY: the kernel has just put a new descriptor there, and nobody else knows of it.
            Ok(Fork::Parent(unsafe { OwnedFd::from_raw_fd(pidfd) }))
        }
        _ => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)),
    }
}
