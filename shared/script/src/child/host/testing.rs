//! What a script that had taken the engine over could do, for tests: raw bytes to the parent, raw system calls, crashes.
//!
//! Compiled only with the feature `testing`, which nothing but this crate's own tests turns on.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the engine hands arguments over by value"
)]

use std::{ffi::CStr, ptr, rc::Rc};

use rquickjs::{Ctx, Function, Object, TypedArray};

use super::{Host, encoding::bytes};

pub(crate) fn install(host: &Rc<Host>, ctx: &Ctx<'_>) -> rquickjs::Result<()> {
    let takeover = Object::new(ctx.clone())?;
    let host = Rc::clone(host);
    takeover.set(
        "write",
        Function::new(ctx.clone(), move |data: TypedArray<'_, u8>| {
            host.connection().send_raw(&bytes(&data));
        })?,
    )?;
    takeover.set("call", Function::new(ctx.clone(), call)?)?;
    takeover.set("crash", Function::new(ctx.clone(), crash)?)?;
    ctx.globals().set("takeover", takeover)
}

/// Makes a system call that must not succeed; answers 0 when it did, and the errno otherwise. Some answer counts instead.
fn call(name: String) -> i32 {
    const FILE: &CStr = c"/etc/passwd";
    let (file, null) = (FILE.as_ptr(), ptr::null::<libc::c_char>());
    // SAFETY: every call gets valid pointers or numbers; those that would change this process are meant to fail, and where
    // they do not, the test that made this process fails.
    let answer = unsafe {
        match name.as_str() {
            "open" => libc::syscall(libc::SYS_openat, libc::AT_FDCWD, file, libc::O_RDONLY),
            "environ" => libc::syscall(
                libc::SYS_openat,
                libc::AT_FDCWD,
                c"/proc/self/environ".as_ptr(),
                libc::O_RDONLY,
            ),
            "socket" => libc::syscall(libc::SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0),
            "exec" => libc::syscall(libc::SYS_execve, file, [null].as_ptr(), [null].as_ptr()),
            "fork" => match libc::fork() {
                0 => libc::_exit(0),
                process => process.into(),
            },
            "thread" => libc::syscall(
                libc::SYS_clone,
                libc::CLONE_VM | libc::CLONE_THREAD,
                0,
                0,
                0,
                0,
            ),
            "ptrace" => libc::syscall(libc::SYS_ptrace, libc::PTRACE_TRACEME, 0, 0, 0),
            "kill-parent" => libc::syscall(libc::SYS_kill, libc::getppid(), 0),
            "kill-any" => libc::syscall(libc::SYS_kill, 1, 0),
            "tgkill-other" => libc::syscall(libc::SYS_tgkill, 1, 1, 0),
            "prctl" => libc::syscall(libc::SYS_prctl, libc::PR_SET_PDEATHSIG, 0, 0, 0, 0),
            "prlimit" => libc::syscall(libc::SYS_prlimit64, 0, libc::RLIMIT_AS, 0, 0),
            "executable-map" => libc::syscall(
                libc::SYS_mmap,
                0,
                4096,
                libc::PROT_READ | libc::PROT_EXEC,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            ),
            "executable-protect" => {
                let page = (&raw const answer_page as usize) & !4095;
                libc::syscall(
                    libc::SYS_mprotect,
                    page,
                    4096,
                    libc::PROT_READ | libc::PROT_EXEC,
                )
            }
            "process-memory" => {
                libc::syscall(libc::SYS_process_vm_readv, libc::getppid(), 0, 0, 0, 0, 0)
            }
            "signal-handler" => libc::syscall(libc::SYS_rt_sigaction, libc::SIGUSR1, 0, 0, 8),
            "seccomp" => libc::syscall(libc::SYS_seccomp, 0, 0, 0),
            "io-uring" => libc::syscall(libc::SYS_io_uring_setup, 1, 0),
            _ => return -1,
        }
    };
    if answer >= 0 {
        return 0;
    }
    std::io::Error::last_os_error().raw_os_error().unwrap_or(-1)
}

#[expect(
    non_upper_case_globals,
    reason = "an address in the program's data, nothing else"
)]
static answer_page: u8 = 0;

/// Counts of what a child must not have, and the ends it must be able to come to.
fn crash(name: String) -> i32 {
    // SAFETY: the first two only look; the rest ends this process on purpose.
    unsafe {
        match name.as_str() {
            "count-descriptors" => (0..64)
                .filter(|descriptor| {
                    let mut entry = libc::pollfd {
                        fd: *descriptor,
                        events: 0,
                        revents: 0,
                    };
                    libc::poll(&raw mut entry, 1, 0);
                    entry.revents & libc::POLLNVAL == 0
                })
                .map(|descriptor| 1_i32 << descriptor.min(30))
                .sum(),
            "count-environment" => i32::try_from(std::env::vars_os().count()).unwrap_or(-1),
            "segmentation-fault" => ptr::null::<i32>().wrapping_add(1).read_volatile(),
            "abort" => libc::abort(),
            "exit" => libc::_exit(9),
            "panic" => std::panic::panic_any("a panic in the sandbox"),
            "allocate" => {
                // Beyond the engine's limit, as a bug in our own code would be: the address space ends it.
                let mut held: Vec<Vec<u8>> = Vec::new();
                loop {
                    held.push(vec![1; 1 << 20]);
                }
            }
            "spin" => loop {
                std::hint::spin_loop();
            },
            _ => -1,
        }
    }
}
