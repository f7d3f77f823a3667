//! Everything that needs more than one crate: real processes and real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "a broken expectation must fail the test"
)]

mod bundling;
mod cli_table;
mod endpoints;
mod lambda_process;
mod lambda_scripts;
mod lambda_watch;
mod manuals;
mod node;
mod outage;
mod plugins;
mod queue_contract;
mod receiver;
mod refusals;
mod requests;
#[cfg(target_os = "linux")]
mod runtime_api;
mod signatures;
mod smoke;
mod stack;
mod stage_function;
mod store_contract;
mod template;
mod types;
mod vendors;
mod worker;
