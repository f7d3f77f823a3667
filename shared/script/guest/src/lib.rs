//! The guest: QuickJS, the Web APIs and the Node built-ins of script hooks, inside WebAssembly.
//!
//! Compiled to `wasm32-unknown-unknown` and initialised once by `cargo xtask sandbox`; the resulting memory is the
//! image that every run starts from. `exports.rs` has the exported functions, `imports.rs` the host's, and the crate
//! `hookpoint-script-protocol` their messages.

mod code;
mod compile;
#[cfg(target_arch = "wasm32")]
mod copying;
mod cut;
mod effects;
#[cfg(target_arch = "wasm32")]
mod exports;
mod frames;
mod guest;
mod host;
mod imports;
mod interpreter;
mod plain;
mod property;
mod rejections;
mod run;
mod stack;
mod thrown;

pub use self::guest::Guest;
