//! The thread that starts the zygote, listens to it, and starts another one when it dies.
//!
//! It lives as long as the sandbox does: the kernel sends the parent-death signal when the *thread* that started a process
//! ends, so a zygote started from a worker thread of a runtime would die with that worker.

use std::{
    collections::HashMap,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt as _},
    },
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, socketpair};
use tokio::sync::Notify;

use super::child::{Child, Record};
use crate::{
    process::{
        control::{Exit, ForkOrder, Notice},
        handover,
    },
    zygote,
};

/// How long a zygote may take from its start to its first word.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long a zygote may take to leave after its socket was closed.
const LEAVE_LIMIT: Duration = Duration::from_millis(500);

/// Starts, watches and ends the zygote.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    state: Mutex<State>,
    /// Wakes the thread.
    wanted: Condvar,
    /// Wakes whoever waits for a zygote.
    changed: Notify,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// Somebody needs a zygote.
    wanted: bool,
    closing: bool,
    last_id: u64,
    children: HashMap<u64, Arc<Record>>,
}

#[derive(Default)]
enum Phase {
    #[default]
    Down,
    Up(Arc<OwnedFd>),
    /// It could not be started, for this reason; the next one who wants it tries again.
    Failed(String),
}

impl Keeper {
    /// A keeper for zygotes that are this program; nothing is started yet but its thread.
    pub(crate) fn new(program: PathBuf, filtered: bool) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            wanted: Condvar::new(),
            changed: Notify::new(),
        });
        let thread = std::thread::Builder::new()
            .name("sandbox-keeper".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.keep(&program, filtered)
            })?;
        Ok(Self {
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Asks for a zygote without waiting for it.
    pub(crate) fn want(&self) {
        let mut state = self.shared.lock();
        if matches!(state.phase, Phase::Up(_)) || state.closing {
            return;
        }
        state.phase = Phase::Down;
        state.wanted = true;
        self.shared.wanted.notify_all();
    }

    /// Waits until there is a zygote; an error says why there is none.
    pub(crate) async fn ready(&self) -> Result<(), String> {
        self.want();
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let state = self.shared.lock();
                match &state.phase {
                    Phase::Up(_) => return Ok(()),
                    Phase::Failed(message) => return Err(message.clone()),
                    Phase::Down if state.closing => return Err("it was shut down".to_owned()),
                    Phase::Down => {}
                }
            }
            changed.await;
        }
    }

    /// Orders a child. It can be written to at once; its pidfd follows. `None` when there is no zygote.
    pub(crate) fn fork(&self) -> std::io::Result<Option<Child>> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut state = self.shared.lock();
        let Phase::Up(control) = &state.phase else {
            return Ok(None);
        };
        let control = Arc::clone(control);
        state.last_id += 1;
        let id = state.last_id;
        let record = Arc::new(Record::new());
        handover::send(
            control.as_fd(),
            ForkOrder { id }.encode(),
            Some(theirs.as_fd()),
            SendFlags::DONTWAIT,
        )?;
        state.children.insert(id, Arc::clone(&record));
        Ok(Some(Child::new(ours, record)))
    }

    /// Ends the zygote and with it every child; returns when all are gone.
    pub(crate) fn close(&self) {
        {
            let mut state = self.shared.lock();
            state.closing = true;
            if let Phase::Up(control) = &state.phase {
                // The thread wakes up, and the zygote reads the end of the stream.
                let _ = rustix::net::shutdown(control.as_fd(), rustix::net::Shutdown::Both);
            }
            self.shared.wanted.notify_all();
        }
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; and if it did, the state would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: one zygote after the other, each on demand.
    fn keep(&self, program: &PathBuf, filtered: bool) {
        loop {
            {
                let mut state = self.lock();
                while !state.wanted && !state.closing {
                    state = self
                        .wanted
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                if state.closing {
                    break;
                }
                state.wanted = false;
            }
            let ended = self.keep_one(program, filtered);
            let mut state = self.lock();
            for (_, record) in state.children.drain() {
                record.exited(Exit::Unknown);
            }
            state.phase = match ended {
                Ok(()) => Phase::Down,
                Err(message) => Phase::Failed(message),
            };
            if state.wanted {
                state.phase = Phase::Down;
            }
            drop(state);
            self.changed.notify_waiters();
        }
        self.changed.notify_waiters();
    }

    /// From the start of a zygote to its end; an error when it never became ready.
    fn keep_one(&self, program: &PathBuf, filtered: bool) -> Result<(), String> {
        let readable = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
        let (control, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )
        .map_err(|error| readable("no socket pair", &error))?;
        let mut process = Command::new(program)
            .arg0("hookpoint-sandbox")
            .args([
                zygote::MARKER,
                if filtered {
                    zygote::FILTERED
                } else {
                    zygote::UNFILTERED
                },
                &std::process::id().to_string(),
            ])
            .env_clear()
            // Ctrl-C in a terminal is for this program, which ends its scripts in its own order.
            .process_group(0)
            .current_dir("/")
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| {
                readable(&format!("`{}` does not start", program.display()), &error)
            })?;
        let control = Arc::new(control);
        let result = self.listen(&control);
        // Whatever ended the conversation, this zygote is of no more use.
        let _ = rustix::net::shutdown(control.as_fd(), rustix::net::Shutdown::Both);
        let started = std::time::Instant::now();
        while started.elapsed() < LEAVE_LIMIT && matches!(process.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        // The number cannot be reused: this is the parent, and it has not waited yet.
        let _ = process.kill();
        let status = process.wait();
        result.map_err(|message| match status {
            Ok(status) => format!("{message} ({status})"),
            Err(_) => message,
        })
    }

    /// Takes the zygote's word until it has none left.
    fn listen(&self, control: &Arc<OwnedFd>) -> Result<(), String> {
        let _ = rustix::net::sockopt::set_socket_timeout(
            control.as_fd(),
            rustix::net::sockopt::Timeout::Recv,
            Some(START_LIMIT),
        );
        match handover::receive(control.as_fd()) {
            Ok(Some((message, _))) if Notice::decode(message) == Some(Notice::Ready) => {}
            Ok(_) => {
                return Err(
                    "the sandbox process ended before it was ready; does `main` call `run_if_sandbox` first?"
                        .to_owned(),
                );
            }
            Err(error) => return Err(format!("the sandbox process does not answer: {error}")),
        }
        let _ = rustix::net::sockopt::set_socket_timeout(
            control.as_fd(),
            rustix::net::sockopt::Timeout::Recv,
            None,
        );
        {
            let mut state = self.lock();
            if state.closing {
                return Ok(());
            }
            state.phase = Phase::Up(Arc::clone(control));
        }
        self.changed.notify_waiters();
        while let Ok(Some((message, descriptor))) = handover::receive(control.as_fd()) {
            self.take_note(Notice::decode(message), descriptor);
        }
        Ok(())
    }

    fn take_note(&self, notice: Option<Notice>, descriptor: Option<OwnedFd>) {
        let mut state = self.lock();
        match notice {
            Some(Notice::Forked(id)) => {
                if let (Some(record), Some(pidfd)) = (state.children.get(&id), descriptor) {
                    record.forked(pidfd);
                }
            }
            Some(Notice::NotForked(id, errno)) => {
                if let Some(record) = state.children.remove(&id) {
                    tracing::error!(errno, "the sandbox cannot fork");
                    record.exited(Exit::Unknown);
                }
            }
            Some(Notice::Exited(id, exit)) => {
                if let Some(record) = state.children.remove(&id) {
                    record.exited(exit);
                }
            }
            Some(Notice::Ready) | None => {}
        }
    }
}
