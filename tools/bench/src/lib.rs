//! Measures goals against baselines.
//!
//! Every row alternates between subject and baseline in the same run, so that other load affects both.
//! `docs/benchmarks.md` explains the rows.

pub mod app;
mod bench;
mod burst;
mod cold;
mod dev;
mod embedded;
mod emulated;
mod function;
mod load;
mod peers;
mod programs;
mod quota;
mod receiver;
mod report;
mod rows;
mod runtime_api;
mod sample;
mod script;
mod series;
