//! Script hooks: JavaScript in a WebAssembly sandbox.
//!
//! ```text
//! hook ──> template (compiled, its top level evaluated) ──> instance ──> one run ──> result
//!                                                              │  ▲
//!                                         requests, timers ────┘  └──── responses
//! ```
//!
//! The interpreter (QuickJS, the crate in `guest/`) is compiled to WebAssembly and that to machine code, ahead of time. It runs in this process,
//! in memory of its own, and can reach nothing that it was not given. Every instruction of it, those of its built-in
//! functions included, is interruptible: at the deadline it is stopped, whatever it does. `docs/sandbox.md` says what is promised.

mod diagnostic;
mod failure;
mod fetching;
mod hosts;
mod machine;
mod modules;
mod options;
mod origin;
mod reply;
mod run_end;
mod sandbox;
mod templates;
mod threads;

pub use hookpoint_script_protocol::SOURCE_LIMIT;

#[cfg(feature = "testing")]
pub use self::sandbox::testing;
pub use self::{
    diagnostic::ScriptDiagnostic, modules::MODULES, options::SandboxOptions, sandbox::Sandbox,
};

/// Identifies the script engine: the same on every platform, another one as soon as the guest changes. Bytecode is for one engine.
pub const ENGINE: &str = env!("HOOKPOINT_SCRIPT_ENGINE");
