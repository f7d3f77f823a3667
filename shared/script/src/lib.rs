//! Script hooks in a sandbox process that can be killed.
//!
//! ```text
//! parent ── starts once ──> zygote ── forks per run ──> child (one run, one descriptor, filtered)
//!    └───────────────── frames over a socket pair ─────────────┘
//! ```
//!
//! An interrupt handler in the engine is not a timeout: a sort of a sparse array runs for minutes without asking it. So
//! scripts run in a process of their own, and at the deadline the parent kills that process, through a descriptor and not
//! a number. The engine's limits are the polite first line, the process is the boundary. `docs/sandbox.md` says what
//! is promised.
//!
//! Every `main` of a program that runs scripts calls [`run_if_sandbox`] first: the sandbox is this program again.

#![cfg(target_os = "linux")]

mod child;
mod fetching;
pub mod frame;
mod hosts;
mod message;
mod process;
mod sandbox;
mod zygote;

use std::sync::atomic::{AtomicBool, Ordering};

pub use self::{
    message::SOURCE_LIMIT,
    sandbox::{Sandbox, SandboxMode, SandboxOptions, SandboxPolicy, diagnostic::ScriptDiagnostic},
};

/// Whether this program's `main` can become the sandbox.
static CAN_BECOME_SANDBOX: AtomicBool = AtomicBool::new(false);

/// Becomes the sandbox if this process was started as one; returns at once otherwise.
///
/// MUST be the first call of `main`, before threads, descriptors or a runtime exist. A program whose `main` lacks it cannot run
/// scripts: [`Sandbox`] refuses with a sentence that says so, instead of starting the program a second time.
pub fn run_if_sandbox() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == zygote::MARKER)
    {
        let rest: Vec<String> = arguments
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        zygote::main(&rest);
    }
    CAN_BECOME_SANDBOX.store(true, Ordering::Relaxed);
}

pub(crate) fn can_become_sandbox() -> bool {
    CAN_BECOME_SANDBOX.load(Ordering::Relaxed)
}

/// Decodes and judges bytes as if a child had sent them: the fuzz target's way in.
#[cfg(feature = "testing")]
pub fn judge_child(bytes: &[u8]) {
    sandbox::judge(bytes);
}
