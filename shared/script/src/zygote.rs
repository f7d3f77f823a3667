//! The zygote: a clean, single-threaded process that holds a warm engine and forks a child for every run.
//!
//! It is this program again, started with a marker argument, without environment and without descriptors but one. It
//! reads no script and no secret: those go from the parent straight to a child. What it does is fork, hand the pidfd over,
//! and reap.

use std::{
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd as _, OwnedFd},
    process::exit,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    net::SendFlags,
    process::{
        DumpableBehavior, Pid, Signal, WaitId, WaitIdOptions, getpid, getppid, pidfd_send_signal,
        set_dumpable_behavior, set_parent_process_death_signal, waitid,
    },
};

use crate::{
    child::{self, engine::Engine},
    process::{
        control::{Exit, ForkOrder, Notice},
        filter::Filter,
        fork::{Fork, fork},
        handover, limits,
    },
};

/// The first argument of a zygote. Nobody types it by accident.
pub(crate) const MARKER: &str = "--hookpoint-sandbox-zygote";
/// The second argument: whether children filter their system calls.
pub(crate) const FILTERED: &str = "filtered";
/// As [`FILTERED`]: they do not.
pub(crate) const UNFILTERED: &str = "unfiltered";

/// A child that has not been reaped.
struct Living {
    id: u64,
    pidfd: OwnedFd,
}

/// Runs the zygote; the arguments are what follows the marker.
pub(crate) fn main(arguments: &[String]) -> ! {
    let (Some(filter), Some(parent)) = (arguments.first(), arguments.get(1)) else {
        exit(2);
    };
    // The signal follows the thread that started this process; that thread never ends while its process lives. It is too
    // late for a parent that died before the signal was set, so that is checked after.
    if set_parent_process_death_signal(Some(Signal::KILL)).is_err()
        || getppid()
            .map(Pid::as_raw_pid)
            .map(|pid| pid.to_string())
            .as_ref()
            != Some(parent)
    {
        exit(3);
    }
    // Neither debuggers nor core dumps: children inherit it.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    // A panic is a fault of ours: nothing is printed into streams that may be something else by then, no destructor runs, and
    // no script gets to catch it. Whoever waits for this process says what its status means.
    std::panic::set_hook(Box::new(|_| child::leave(child::PANICKED)));
    forget_signal_handlers();
    pin_time_zone();
    child::host::keep_heap();
    let Some(control) = keep_only_control() else {
        exit(4);
    };
    let Some(engine) = Engine::new() else {
        exit(5);
    };
    let Ok(size) = limits::address_space() else {
        exit(6);
    };
    // Without a filter where one was asked for, nothing may run.
    let filter = match (filter == FILTERED).then(Filter::compile) {
        None => None,
        Some(Ok(filter)) => Some(filter),
        Some(Err(_)) => exit(8),
    };
    let zygote = Zygote {
        control,
        engine,
        size,
        filter,
        living: Vec::new(),
    };
    zygote.serve()
}

struct Zygote {
    control: OwnedFd,
    engine: Engine,
    size: u64,
    filter: Option<Filter>,
    living: Vec<Living>,
}

impl Zygote {
    fn serve(mut self) -> ! {
        self.tell(Notice::Ready, None);
        loop {
            match self.next_order() {
                Some((order, descriptor)) => self.fork(order, &descriptor),
                None => self.end(),
            }
        }
    }

    /// Reaps until an order comes; `None` when the parent is gone.
    fn next_order(&mut self) -> Option<(ForkOrder, OwnedFd)> {
        loop {
            let mut watched = vec![PollFd::new(&self.control, PollFlags::IN)];
            watched.extend(
                self.living
                    .iter()
                    .map(|child| PollFd::new(&child.pidfd, PollFlags::IN)),
            );
            match poll(&mut watched, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return None,
            }
            let ready: Vec<bool> = watched
                .iter()
                .map(|entry| !entry.revents().is_empty())
                .collect();
            self.reap(&ready[1..]);
            if ready[0] {
                let (message, descriptor) = handover::receive(self.control.as_fd()).ok()??;
                return Some((ForkOrder::decode(message)?, descriptor?));
            }
        }
    }

    fn reap(&mut self, ready: &[bool]) {
        let mut ready = ready.iter();
        let (ended, living) = std::mem::take(&mut self.living)
            .into_iter()
            .partition(|_| ready.next().copied().unwrap_or(false));
        self.living = living;
        let ended: Vec<Living> = ended;
        for child in ended {
            let exit = wait(child.pidfd.as_fd());
            self.tell(Notice::Exited(child.id, exit), None);
        }
    }

    fn fork(&mut self, order: ForkOrder, descriptor: &OwnedFd) {
        let parent = getpid();
        match fork() {
            Ok(Fork::Child) => {
                let socket = become_child(descriptor, parent, self.size, self.filter.as_ref());
                child::serve(&self.engine, socket)
            }
            Ok(Fork::Parent(pidfd)) => {
                self.tell(Notice::Forked(order.id), Some(pidfd.as_fd()));
                self.living.push(Living {
                    id: order.id,
                    pidfd,
                });
            }
            Err(errno) => self.tell(Notice::NotForked(order.id, errno.raw_os_error()), None),
        }
    }

    /// A parent that is gone is noticed by the next `poll`, so failures to tell it something are not.
    fn tell(&self, notice: Notice, descriptor: Option<BorrowedFd<'_>>) {
        let _ = handover::send(
            self.control.as_fd(),
            notice.encode(),
            descriptor,
            SendFlags::empty(),
        );
    }

    /// Ends every child, then itself.
    fn end(&mut self) -> ! {
        for child in &self.living {
            let _ = pidfd_send_signal(&child.pidfd, Signal::KILL);
        }
        for child in self.living.drain(..) {
            wait(child.pidfd.as_fd());
        }
        exit(0)
    }
}

/// Waits for a child and says how it ended.
fn wait(pidfd: BorrowedFd<'_>) -> Exit {
    match waitid(WaitId::PidFd(pidfd), WaitIdOptions::EXITED) {
        Ok(Some(status)) => match (status.exit_status(), status.terminating_signal()) {
            (Some(status), _) => Exit::Status(status),
            (_, Some(signal)) => Exit::Signal(signal),
            _ => Exit::Unknown,
        },
        _ => Exit::Unknown,
    }
}

/// Turns the forked copy into a child: bound to the zygote's life, one descriptor, limits, filter. A child that cannot be
/// confined must not run: it leaves.
fn become_child(socket: &OwnedFd, zygote: Pid, size: u64, filter: Option<&Filter>) -> OwnedFd {
    let confined = || -> Option<OwnedFd> {
        set_parent_process_death_signal(Some(Signal::KILL)).ok()?;
        if getppid() != Some(zygote) {
            return None;
        }
        let socket = keep_only(socket)?;
        limits::apply(size).ok()?;
        if let Some(filter) = filter {
            filter.clone().install(std::process::id()).ok()?;
        }
        Some(socket)
    };
    confined().unwrap_or_else(|| child::leave(child::UNCONFINED))
}

/// Moves the control socket, which came as standard input, out of the way and closes everything that was inherited.
fn keep_only_control() -> Option<OwnedFd> {
    const CONTROL: i32 = 3;
    // SAFETY: plain descriptor calls on numbers. Nothing in this process owns a descriptor yet, so nothing is closed
    // behind anybody's back, and the new one is owned by the value returned here alone.
    unsafe {
        if libc::dup3(libc::STDIN_FILENO, CONTROL, libc::O_CLOEXEC) < 0
            || libc::dup2(libc::STDOUT_FILENO, libc::STDIN_FILENO) < 0
            || close_from(CONTROL + 1) < 0
        {
            return None;
        }
        Some(OwnedFd::from_raw_fd(CONTROL))
    }
}

/// Leaves this process one descriptor, and no other.
fn keep_only(socket: &OwnedFd) -> Option<OwnedFd> {
    // SAFETY: plain descriptor calls on numbers. The values of the zygote that own the closed numbers are never used nor
    // dropped in the child, which leaves through `_exit`.
    unsafe {
        let kept = limits::CHILD_DESCRIPTOR;
        if socket.as_raw_fd() != kept && libc::dup2(socket.as_raw_fd(), kept) < 0 {
            return None;
        }
        for standard in 0..kept {
            libc::close(standard);
        }
        if close_from(kept + 1) < 0 {
            return None;
        }
        Some(OwnedFd::from_raw_fd(kept))
    }
}

/// Closes every descriptor from this one on.
///
/// # Safety
/// Nothing may use them afterwards.
unsafe fn close_from(first: i32) -> libc::c_long {
    // SAFETY: the caller vouches for the descriptors; the call takes numbers only.
    unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) }
}

/// Rust's handler for bad memory accesses wants system calls that children do not have; without it the signal itself says
/// what happened.
fn forget_signal_handlers() {
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: the default action needs no handler to be valid.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Local time is UTC, everywhere: a hook must not depend on the machine it runs on, and no child may look for a zone file.
fn pin_time_zone() {
    unsafe extern "C" {
        fn tzset();
    }
    // SAFETY: this process has one thread, so nobody reads the environment meanwhile. `tzset` keeps what it read.
    unsafe {
        std::env::set_var("TZ", "UTC0");
        tzset();
        std::env::remove_var("TZ");
    }
}
