//! Parses the command line, measures and prints.

use std::{fs, io::Write as _, process::ExitCode, thread};

use anyhow::Context as _;
use clap::Parser;
use hookpoint_xtask::bench::{Arguments, Choice};

use crate::{
    bench::Bench,
    programs::Programs,
    report::{self, Row},
    rows,
};

/// Measures goals against baselines.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", max_term_width = 100)]
struct Program {
    #[command(flatten)]
    arguments: Arguments,
}

/// Measures and prints. A missed goal is not a failure: on a busy machine it proves nothing.
pub fn run() -> ExitCode {
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("failed to start the asynchronous runtime")
        .and_then(|runtime| runtime.block_on(measure(&Program::parse().arguments)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        eprintln!("this is a debug build; its figures mean nothing");
    }
    let folder = tempfile::tempdir().context("failed to create a temporary folder")?;
    let bench = Bench {
        programs: &Programs::beside_this_one()?,
        quick: arguments.quick,
        folder: folder.path(),
    };
    let chosen = match &*arguments.rows {
        [] => Choice::by_default(),
        rows => rows.to_vec(),
    };
    let before = load_average();
    let mut measured: Vec<Row> = Vec::new();
    for choice in chosen {
        eprintln!("measuring `{}`", choice.name());
        let rows = rows::measure(choice, &bench)
            .await
            .with_context(|| format!("row `{}`", choice.name()))?;
        measured.extend(rows);
    }
    let text = if arguments.json {
        format!("{:#}\n", report::to_json(&measured))
    } else {
        let cores = thread::available_parallelism().map_or(0, usize::from);
        format!(
            "{}\n{cores} cores; load average {before} before, {} after. Noise: the spread of the medians of the baseline's turns \
             lie apart.\n",
            report::render(&measured),
            load_average()
        )
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(())
}

/// The load average of the last minute, including this program.
fn load_average() -> String {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split(' ').next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}
