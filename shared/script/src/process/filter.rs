//! The system calls a child may make.
//!
//! Two filters, because one knows only two answers: the first turns probes that libraries make in good faith into `EPERM`,
//! the second kills the process on anything that is not listed at all. The kernel applies the stricter of both answers,
//! so the second has to let the probes through.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};
use thiserror::Error;

/// Why the filter is not on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum FilterError {
    /// The filter cannot be compiled.
    #[error("the system call filter cannot be compiled: {0}")]
    Compile(#[from] BackendError),
    /// The kernel refuses it.
    #[error("the system call filter cannot be installed: {0}")]
    Install(#[from] seccompiler::Error),
}

/// What the engine, the allocator and Rust's runtime need.
const ALLOWED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    libc::SYS_getrandom,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigprocmask,
    libc::SYS_sigaltstack,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// What libraries try in good faith (a time zone file, the number of processors) and survive without.
const REFUSED: &[libc::c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    libc::SYS_openat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    libc::SYS_faccessat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_sched_getaffinity,
    libc::SYS_ioctl,
    libc::SYS_fcntl,
    libc::SYS_lseek,
];

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: TargetArch = TargetArch::aarch64;

/// Stands for the number of a process that is not forked yet. Nothing else in the filters has this value.
const PLACEHOLDER: u32 = 0x5eed_f00d;

/// Both filters, compiled once in the zygote: it takes as long as a fork.
#[derive(Clone)]
pub(crate) struct Filter {
    probes: BpfProgram,
    calls: BpfProgram,
}

impl Filter {
    /// Compiles the filters.
    pub(crate) fn compile() -> Result<Self, FilterError> {
        let everything = |calls: &[libc::c_long]| -> BTreeMap<i64, Vec<SeccompRule>> {
            calls.iter().map(|call| (*call, Vec::new())).collect()
        };
        let probes = SeccompFilter::new(
            everything(REFUSED),
            SeccompAction::Allow,
            SeccompAction::Errno(libc::EPERM.unsigned_abs()),
            ARCHITECTURE,
        )?;

        let mut allowed = everything(ALLOWED);
        allowed.extend(everything(REFUSED));
        // Memory may be mapped and its protection changed, as long as nobody asks for executable pages.
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            let never_executable = SeccompCondition::new(
                2,
                SeccompCmpArgLen::Dword,
                SeccompCmpOp::MaskedEq(u64::from(libc::PROT_EXEC.unsigned_abs())),
                0,
            )?;
            allowed.insert(call, vec![SeccompRule::new(vec![never_executable])?]);
        }
        // It may signal its own threads, so that an abort is an abort.
        let itself = SeccompCondition::new(
            0,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Eq,
            u64::from(PLACEHOLDER),
        )?;
        allowed.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![itself])?]);
        let calls = SeccompFilter::new(
            allowed,
            SeccompAction::KillProcess,
            SeccompAction::Allow,
            ARCHITECTURE,
        )?;
        Ok(Self {
            probes: probes.try_into()?,
            calls: calls.try_into()?,
        })
    }

    /// Puts both filters on this process, which has one thread, for good. Sets `no_new_privs`.
    pub(crate) fn install(mut self, process: u32) -> Result<(), FilterError> {
        for instruction in &mut self.calls {
            if instruction.k == PLACEHOLDER {
                instruction.k = process;
            }
        }
        seccompiler::apply_filter(&self.probes)?;
        seccompiler::apply_filter(&self.calls)?;
        Ok(())
    }
}

/// Whether this kernel, or whoever wraps it, lets a process filter its system calls.
pub(crate) fn is_available() -> bool {
    const SECCOMP_GET_ACTION_AVAIL: libc::c_uint = 2;
    [libc::SECCOMP_RET_KILL_PROCESS, libc::SECCOMP_RET_ERRNO]
        .iter()
        .all(|action: &u32| {
            // SAFETY: the call reads four bytes behind the pointer, which outlives it, and changes nothing.
            let answer = unsafe {
                libc::syscall(
                    libc::SYS_seccomp,
                    SECCOMP_GET_ACTION_AVAIL,
                    0,
                    std::ptr::from_ref(action),
                )
            };
            answer == 0
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_placeholder_stands_for_the_process_and_nothing_else() {
        let filter = Filter::compile().unwrap();
        let places = |program: &BpfProgram| {
            program
                .iter()
                .filter(|instruction| instruction.k == PLACEHOLDER)
                .count()
        };
        assert_eq!((places(&filter.probes), places(&filter.calls)), (0, 1));
    }
}
