//! Bundles a hook: several files, TypeScript, packages from npm become one script.
//!
#![doc = include_str!("../README.md")]

mod apart;
mod builds;
mod built_ins;
mod bundle;
mod diagnosis;
mod early;
mod folder;
mod guard;
mod import;
mod lock;
mod lock_files;
mod map;
#[cfg(target_os = "linux")]
mod memory;
mod options;
mod output;
mod package;
mod refusals;
mod rounds;
mod serve;
mod settings;

#[cfg(target_os = "linux")]
pub use self::memory::limit_memory;
pub use self::{bundle::bundle, serve::serve};
