//! Script hooks: JavaScript in a WebAssembly sandbox.
//!
//! ```text
//! hook ──> template (compiled, its top level evaluated) ──> instance ──> one run ──> result
//!                                                              │  ▲
//!                                         requests, timers ────┘  └──── responses
//! ```
//!
//! The interpreter (QuickJS, the crate in `guest/`) is compiled to WebAssembly and, ahead of time, to machine code.
//! It runs in this process, in its own memory, and reaches only what it is given. Every instruction, built-in functions
//! included, can be interrupted: at the deadline the guest is stopped. `docs/sandbox.md` lists the guarantees.

mod diagnostic;
mod failure;
mod fetching;
mod hosts;
mod lines;
mod machine;
mod modules;
mod options;
mod origin;
mod patterns;
mod reply;
mod run_end;
mod sandbox;
mod syntax;
mod templates;
mod threads;
mod trace;

pub use hookpoint_script_protocol::SOURCE_LIMIT;

#[cfg(feature = "testing")]
pub use self::sandbox::testing;
pub use self::{
    diagnostic::ScriptDiagnostic,
    modules::MODULES,
    options::SandboxOptions,
    sandbox::{Ahead, Sandbox},
};

/// Identifies the interpreter that bytecode is for: equal on every platform, different as soon as the guest changes.
pub const INTERPRETER: &str = env!("HOOKPOINT_SCRIPT_INTERPRETER");
