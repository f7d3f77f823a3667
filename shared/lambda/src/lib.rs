#![doc = include_str!("../README.md")]

mod app;
mod authentication;
mod env;
mod flush;
mod function;
mod gateway;
mod init;
mod invocation;
mod log;
mod metrics;
mod trace;
mod worker;

pub use app::{run, run_worker};
