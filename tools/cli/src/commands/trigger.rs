//! `hookpoint trigger`: runs one event and shows what each hook did.

pub(crate) mod body;
mod next;
mod report;
mod suspended;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_devserver::{DEFAULT_RECEIVER_PORT, Receiver, Trigger as Event};
use hookpoint_engine::{event::json, identifier::ApplicationId};
use hookpoint_stages::Stage;
use serde_json::{Map, Value};

use super::poster::poster;
use crate::{
    context::{Context, READING},
    exit::Exit,
    output, stage,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  the event got a response, which may be a denial
  1  it ended with a problem, or differs from --expect; with --strict also if a hook failed or an effect was dropped
  2  wrong usage or configuration";

/// The event and the options.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Trigger {
    /// The stage, such as `conversation-start` or `conversationStart`; see `hookpoint stages`
    #[arg(value_parser = stage::parser(), hide_possible_values = true)]
    stage: Stage,

    /// The event: a body, or an API Gateway event around one; `-` reads standard input [default: the stage's example]
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,

    /// The application [default: the first one of the stage's kind, if possible with a hook there]
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,

    /// The token of a suspended event to resume; unlike a server, `trigger` accepts a token any number of times
    #[arg(long, value_name = "TOKEN")]
    continuation: Option<String>,

    /// Resume the event of this stage that was suspended last
    #[arg(long = "continue", conflicts_with = "continuation")]
    resume: bool,

    /// The customer's answers: `{"stepId":…,"values":{…}}`, or the parameters of a redirect's return
    #[arg(long, value_name = "JSON")]
    continue_context: Option<String>,

    /// Fail unless the response equals the JSON of this file, apart from the token of a suspended event; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,

    /// Fail if a hook failed or an effect was dropped
    #[arg(long)]
    strict: bool,

    /// Print one JSON object with the response, the runs of the hooks and their conflicts
    #[arg(long)]
    json: bool,

    /// The port of the receiver of the sample's webhooks, 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_RECEIVER_PORT)]
    receiver_port: u16,
}

impl Trigger {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let token = self.token(context)?;
        let body = self.body(token.as_deref())?;
        let expected = self.expected()?;
        let mut app = context.app(self.receiver_port).await?;
        let current = output::waiting(READING, app.bring_up_to_date()).await?;
        let (family, needing) = (self.stage.definition().family, format!("`{}`", self.stage));
        let application = poster(
            &current.workspace,
            self.application.as_ref(),
            family,
            Some(self.stage),
            &needing,
        )?;
        let application = application.id.clone();
        let event = Event {
            application: &application,
            stage: self.stage,
            body: &body,
        };
        let mut triggered = app.trigger(&current, event).await;
        for record in triggered
            .attempts
            .iter_mut()
            .flat_map(|attempt| &mut attempt.record)
        {
            if let Some(error) = &mut record.error {
                *error = current.workspace.placed(&record.hook, error).into_owned();
            }
        }
        let shown = report::Shown {
            application: &application,
            stage: self.stage,
            triggered: &triggered,
            workspace: &current.workspace,
        };
        let difference = match (&expected, &triggered.outcome) {
            (Some(expected), Ok(report)) => {
                Some(report::Difference::of(expected, &report.response))
            }
            _ => None,
        };
        let difference = difference.filter(|difference| !difference.is_empty());
        let exit = if triggered.outcome.is_err() {
            Exit::Problem
        } else if difference.is_some() || (self.strict && report::has_failures(&triggered)) {
            Exit::Different
        } else {
            Exit::Done
        };
        if self.json {
            let mut value = shown.to_json();
            value["passed"] = (exit == Exit::Done).into();
            value["differs"] = difference.as_ref().map(report::Difference::unified).into();
            output::print_json(&value)?;
        } else {
            output::print(&shown.render())?;
            if let Ok(report) = &triggered.outcome
                && let Some(command) = next::command(
                    self,
                    context,
                    app.receiver().map(Receiver::port),
                    &report.response,
                )
            {
                let is_piped = self.event.as_deref() == Some(Path::new("-"));
                let again = if is_piped {
                    ", with the same event on standard input"
                } else {
                    ""
                };
                output::print(&format!(
                    "\nThe event is suspended. To resume it{again}:\n{command}"
                ))?;
            }
        }
        if let Ok(report) = &triggered.outcome {
            suspended::keep(context, self.stage, &report.response)?;
        }
        if let Some(difference) = difference.filter(|_| !self.json) {
            output::note(&format!(
                "{} (- expected, + returned)\n{}",
                output::paint(output::BAD, "the response differs"),
                difference.painted()
            ))?;
        }
        Ok(exit)
    }

    /// The token to resume with.
    fn token(&self, context: &Context) -> anyhow::Result<Option<String>> {
        if self.resume {
            return suspended::last(context, self.stage).map(Some);
        }
        if self.continue_context.is_some() && self.continuation.is_none() {
            bail!(
                "`--continue-context` needs the event that it answers: add `--continue`, or `--continuation TOKEN`"
            );
        }
        Ok(self.continuation.clone())
    }

    /// The response of `--expect`.
    fn expected(&self) -> anyhow::Result<Option<Map<String, Value>>> {
        let Some(path) = &self.expect else {
            return Ok(None);
        };
        let shown = path.display();
        let bytes = body::read(path).with_context(|| format!("the response of `{shown}`"))?;
        let members = json::read_object(&bytes)
            .map_err(|error| anyhow::anyhow!("the response of `{shown}` {error}"))?;
        Ok(Some(members))
    }

    fn body(&self, token: Option<&str>) -> anyhow::Result<Vec<u8>> {
        let body = match &self.event {
            Some(path) => {
                body::read(path).with_context(|| format!("the event of `{}`", path.display()))?
            }
            None => self.stage.example().to_string().into_bytes(),
        };
        let Some(token) = token else {
            return Ok(body);
        };
        let answers = self.continue_context.as_deref().unwrap_or("null");
        let answers = json::read(answers.as_bytes())
            .map_err(|error| anyhow::anyhow!("the value of `--continue-context` {error}"))?;
        Ok(body::continued(body, token, answers))
    }
}
