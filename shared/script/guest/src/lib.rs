//! What runs inside WebAssembly: QuickJS, the Web APIs and the Node built-ins of script hooks.
//!
//! Compiled to `wasm32-unknown-unknown` and initialised once by `cargo xtask sandbox`; the memory as it then is becomes the image that
//! every run starts from. The exported functions are in `exports.rs`, what the guest asks of its host in `imports.rs`, what they say
//! in the crate `hookpoint-script-protocol`.

mod code;
mod compile;
#[cfg(target_arch = "wasm32")]
mod exports;
mod guest;
mod host;
mod imports;
mod interpreter;
mod run;
mod thrown;

pub use self::guest::Guest;
