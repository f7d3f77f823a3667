//! Development tasks: generating, testing, measuring, packaging, and AWS on a laptop.
//!
//! `cargo xtask --help` lists the commands. The integration tests use this crate too: [`python`] and [`node`] for the pinned tools,
//! [`suite`] for the command line, and [`lambda_local`] for an emulated AWS with the stage functions behind it.
#![expect(
    clippy::format_push_string,
    reason = "texts are short and built once; the result of `write!` would have to be ignored"
)]

pub mod app;
pub mod bench;
mod binaries;
mod compiler;
mod fuzz;
pub mod generate;
pub mod lambda_local;
mod macos;
mod markdown;
pub mod node;
mod package;
pub mod packages;
pub mod process;
pub mod python;
mod release;
pub mod repository;
mod sandbox;
mod scale;
pub mod size;
pub mod suite;
mod toolchain;
