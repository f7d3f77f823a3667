#![doc = include_str!("../README.md")]

mod app;
mod env;
mod flush;
mod function;
mod gateway;
mod init;
mod log;
mod route;
mod worker;

pub use app::{run, run_worker};
