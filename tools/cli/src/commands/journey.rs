//! `hookpoint journey`: walks a journey of an application, step by step or by a script.

mod asking;
mod callback;
mod record;
pub(crate) mod script;
mod shown;
mod walk;

use std::{path::PathBuf, time::Instant};

use anyhow::bail;
use clap::{
    Args,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use hookpoint_engine::{identifier::ApplicationId, publish::DesiredApplication};
use hookpoint_stages::Journey as Definition;
use hookpoint_workspace::{JourneyScript, Workspace};
use serde_json::json;

use crate::{
    commands::poster::poster,
    context::Context,
    exit::Exit,
    output::{self, BAD, GOOD, milliseconds, paint},
    shell,
};

pub(crate) const EXIT_CODES: &str = "\
Without a script, it plays your platform: posts the event of each stage in turn, asks the questions of your hooks, and serves the page \
to which a redirected browser returns, on 127.0.0.1. Hooks run for real, with the secrets of this machine, and are recorded.

A script is a file `NAME.journey.yaml`; docs/journeys.md says what it holds. `hookpoint test` runs every script below the workspace. \
Its requests are served from it, and nothing of it is stored.

`--record` writes such a script while you walk: what you typed, what your hooks requested and got, and what came of it. Ctrl-C ends \
the walk like `q`: the stages that are over are written. Every step has the same time. Passwords are not in the script, and secrets \
have placeholders.

Exit codes:
  0  the journey went as the script says, or the walk ended; with --record, the script passes
  1  a result differed
  2  wrong usage or configuration
  130  Ctrl-C during the walk, without --record";

/// The journey and the script.
#[derive(Debug, Args)]
pub(crate) struct Journey {
    /// The journey: login, registration, self-service or conversation
    #[arg(value_parser = parser())]
    name: &'static Definition,

    /// The application [default: the script's, or the first one of the journey's kind]
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// Run a script instead of walking: nothing is asked, and requests are served from it
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,

    /// Write the walk as a script, whose name ends in `.journey.yaml`, and run that
    #[arg(long, value_name = "FILE", conflicts_with = "script")]
    record: Option<PathBuf>,

    /// Replace a script of this name
    #[arg(long, requires = "record")]
    force: bool,

    /// Print one JSON object
    #[arg(long, requires = "script")]
    json: bool,
}

/// Parses the name of a journey, with suggestions and completions.
pub(crate) fn parser() -> impl TypedValueParser<Value = &'static Definition> {
    let names = Definition::names().map(PossibleValue::new);
    PossibleValuesParser::new(names)
        .try_map(|name| Definition::from_name(&name).ok_or("there is no such journey"))
}

impl Journey {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let Some(path) = &self.script else {
            let record = self.record.as_deref().map(|path| (path, self.force));
            return walk::walk(self.name, self.application.as_ref(), record, context).await;
        };
        let mut script = JourneyScript::load(path)?;
        if script.journey.name != self.name.name {
            bail!(
                "`{}` is a script of the journey `{}`; run `{}`",
                path.display(),
                script.journey.name,
                shell::command(
                    [
                        "journey",
                        script.journey.name,
                        "--script",
                        &path.display().to_string()
                    ],
                    context
                )
            );
        }
        if let Some(application) = &self.application {
            script.application = application.clone();
        }
        let workspace = context.workspace().await?;
        let started = Instant::now();
        let walked = script::walk(&script, &workspace, context).await?;
        if self.json {
            output::print_json(&json!({
                "journey": self.name.name,
                "application": script.application,
                "passed": walked.problems.is_empty(),
                "problems": walked.problems,
                "steps": walked.steps,
            }))?;
        } else {
            for text in &walked.lines {
                output::print(text)?;
            }
            for problem in &walked.problems {
                output::print(&paint(BAD, &output::printable_lines(problem)))?;
            }
            let (style, word) = if walked.problems.is_empty() {
                (GOOD, "the journey went as the script says")
            } else {
                (BAD, "the journey did not go as scripted")
            };
            output::say(&format!(
                "\n{} ({})",
                paint(style, word),
                milliseconds(started.elapsed())
            ))?;
        }
        Ok(if walked.problems.is_empty() {
            Exit::Done
        } else {
            Exit::Different
        })
    }
}

/// The application with this id, or the first one that posts the journey.
pub(crate) fn poster_of<'a>(
    journey: &Definition,
    workspace: &'a Workspace,
    id: Option<&ApplicationId>,
) -> anyhow::Result<&'a DesiredApplication> {
    let needing = format!("the journey `{}`", journey.name);
    poster(workspace, id, journey.family, None, &needing)
}
