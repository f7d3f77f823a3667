//! `hookpoint`: the command line.

#![cfg_attr(
    not(feature = "aws"),
    allow(
        dead_code,
        unused_variables,
        clippy::unused_async,
        reason = "only deployments on AWS use them"
    )
)]

mod arguments;
mod audit;
mod author;
mod aws;
mod commands;
mod context;
mod env;
mod exit;
mod id_part;
mod interrupt;
mod meant;
mod moment;
mod output;
mod prompt;
mod queue;
mod shell;
mod stage;
mod store;
mod tree;
mod watching;

use std::{process::ExitCode, thread};

use clap::{CommandFactory as _, Parser as _};

use self::{arguments::Arguments, context::Context};

fn main() -> ExitCode {
    // Otherwise the runtime would panic.
    match thread::Builder::new().spawn(|| {}) {
        Ok(_) => run(),
        Err(error) => {
            let error = anyhow::Error::new(error);
            exit::report(&error.context("the system refuses to start a thread, which is required"))
        }
    }
}

#[tokio::main]
async fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(mut error) => {
            let given = std::env::args_os().skip(1);
            meant::explain(&mut error, &Arguments::command(), given);
            return exit::usage(&error);
        }
    };
    let context = Context::new(arguments.workspace.as_deref(), arguments.verbose);
    context.start_logging();
    match arguments.command.run(&context).await {
        Ok(exit) => exit.into(),
        Err(error) if env::wants_json() => exit::report_json(&error),
        Err(error) => exit::report(&error),
    }
}
