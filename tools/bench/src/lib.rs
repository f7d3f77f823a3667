//! Measures what the budgets promise, each beside its baseline.
//!
//! Every row takes the measured thing and its baseline in the same run and in turns, so that whatever else the machine does
//! hits both. `docs/benchmarks.md` says what each row means.

pub mod app;
mod bench;
mod burst;
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
