//! The command line of `cargo xtask`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{
    bench, fuzz, generate, lambda_local, macos, package, packages, release, sandbox, scale, size,
    suite,
};

/// Development tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write every generated file
    Gen {
        /// Only check; fail if a file is out of date
        #[arg(long)]
        check: bool,
    },
    /// Bundle the npm packages that are part of the script sandbox
    Packages {
        /// Write nothing; fail when a bundle is out of date
        #[arg(long)]
        check: bool,
    },
    /// Make the images that scripts run from; needs the pinned compilers, which it installs below `target/`
    Sandbox {
        /// Only check; fail if an image does not match its sources
        #[arg(long)]
        check: bool,
    },
    /// Run every test on this machine; installs what it needs below `target/`
    Test {
        /// Only formatting, lints, rules, unit tests and golden cases
        #[arg(long)]
        quick: bool,
    },
    /// Show the size of each function's release build, and check the budget
    Size,
    /// Build all functions for deployment and show their sizes
    Package(package::Arguments),
    /// Build a release: functions for both architectures, programs, sums and bill of materials
    Release(release::Arguments),
    /// Simulate an installation under load, and print the tables of docs/scale.md
    Scale(scale::Arguments),
    /// Measure against baselines and goals; builds in the release profile first
    Bench(bench::Arguments),
    /// Build and run all fuzz targets, or the named ones; needs a nightly compiler and cargo-fuzz
    Fuzz(fuzz::Arguments),
    /// Check that everything that runs on a laptop compiles for macOS on Apple silicon
    Macos,
    /// Run the stage functions against an emulated AWS until Ctrl-C
    LambdaLocal(lambda_local::Arguments),
}

/// Parses the arguments and runs the command.
pub fn run() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Gen { check } => generate::run(check),
        Command::Packages { check } => packages::run(check),
        Command::Sandbox { check } => sandbox::run(check),
        Command::Test { quick } => suite::run(quick),
        Command::Size => size::run(),
        Command::Package(arguments) => package::run(&arguments),
        Command::Release(arguments) => release::run(&arguments),
        Command::Scale(arguments) => scale::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Macos => macos::run(),
        Command::LambdaLocal(arguments) => lambda_local::run(&arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
