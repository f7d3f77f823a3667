#![doc = include_str!("../README.md")]

mod app;
mod env;
mod flush;
mod function;
mod gateway;
mod init;
mod log;
mod route;

pub use app::run;
