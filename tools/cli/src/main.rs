//! `hookpoint`: the command line.

mod arguments;
mod aws;
mod commands;
mod context;
mod env;
mod exit;
mod interrupt;
mod moment;
mod output;
mod queue;
mod shell;
mod stage;
mod store;

use std::process::ExitCode;

use clap::Parser as _;

use self::{arguments::Arguments, context::Context};

fn main() -> ExitCode {
    run()
}

#[tokio::main]
async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let context = Context::of(&arguments);
    context.start_logging();
    match commands::run(&arguments.command, &context).await {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error),
    }
}
