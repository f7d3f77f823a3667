//! Development tasks: generating, testing, measuring, packaging, and AWS on a laptop.
//!
//! `cargo xtask --help` lists the commands. The integration tests use this crate too: [`python`] for the pinned tools, and
//! [`lambda_local`] for the stage functions with an emulated AWS.
#![expect(
    clippy::format_push_string,
    reason = "texts are short and built once; the result of `write!` would have to be ignored"
)]

pub mod app;
pub mod bench;
mod fuzz;
pub mod generate;
pub mod lambda_local;
mod package;
pub mod process;
pub mod python;
pub mod repository;
mod sandbox;
pub mod size;
mod suite;
mod toolchain;
