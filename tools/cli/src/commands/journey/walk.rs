//! Walks a journey by hand: each stage in turn, where the hooks lead.

use std::{path::Path, sync::Arc, time::SystemTime};

use anyhow::{Context as _, bail};
use hookpoint_devserver::{App, Current, DEFAULT_RECEIVER_PORT, Trigger};
use hookpoint_engine::{
    event::{
        ingest::new_correlation_id,
        json::{self as text, JsonError},
    },
    identifier::ApplicationId,
};
use hookpoint_operator::{Host, Turn};
use hookpoint_stages::{Effect, Family, Journey, Lead, ModeRule, Point, Stage, Step};
use serde_json::{Map, Value, json};

use super::{
    asking,
    callback::Callback,
    poster_of,
    record::{Did, Recorder},
    shown,
};
use crate::{
    context::{Context, READING},
    exit::Exit,
    interrupt::{abandonable, interrupted},
    output::{self, BOLD, DIM, WARNING, paint},
};

const HELP: &str = "Enter posts the event, JSON changes it first (a merge patch), s skips the stage, q ends the walk.";

/// Walks until the journey or the input ends.
pub(super) async fn walk(
    journey: &'static Journey,
    application: Option<&ApplicationId>,
    record: Option<(&Path, bool)>,
    context: &Context,
) -> anyhow::Result<Exit> {
    let mut app = context.app(DEFAULT_RECEIVER_PORT).await?;
    let current = output::waiting(READING, app.bring_up_to_date()).await?;
    let application = poster_of(journey, &current.workspace, application)?
        .id
        .clone();
    let recorder = match record {
        Some((path, may_replace)) => {
            let workspace = &current.workspace;
            let new = Recorder::new(path, may_replace, journey, &application, workspace, context);
            Some(new.await?)
        }
        None => None,
    };
    let mut walk = Walk {
        recorder,
        app: &app,
        current: &current,
        application: &application,
        host: Host::new(journey),
        callback: Arc::new(Callback::open().context("failed to open the callback page")?),
        state: new_correlation_id(),
        has_posted: false,
        has_input_ended: false,
    };
    output::note(&paint(BOLD, journey.title))?;
    output::remark(output::PLAIN, journey.summary)?;
    output::remark(DIM, HELP)?;
    let stopped = interrupted();
    let ended = tokio::select! {
        walked = walk.points() => walked.map(|()| Exit::Done),
        () = stopped => {
            // The last line is that of a prompt.
            output::note("")?;
            Ok(Exit::Interrupted)
        }
    };
    if walk.has_input_ended {
        // The last line is that of a prompt.
        output::note("")?;
        if !walk.has_posted && walk.recorder.is_none() {
            bail!(
                "the input ended before a stage was posted; a walk asks on a terminal; `--script FILE` runs without one"
            );
        }
        output::remark(WARNING, "the input ended; the walk stops here")?;
    }
    let Some(recorder) = walk.recorder else {
        return ended;
    };
    // However the walk ended, the stages that are over are kept.
    let stopped = interrupted();
    let finished = tokio::select! {
        finished = recorder.finish(&current.workspace, context) => finished,
        // The script is written before it runs.
        () = stopped => Ok(Exit::Interrupted),
    };
    ended.and(finished)
}

struct Walk<'a> {
    app: &'a App,
    current: &'a Current,
    application: &'a ApplicationId,
    host: Host,
    callback: Arc<Callback>,
    state: String,
    recorder: Option<Recorder>,
    has_posted: bool,
    has_input_ended: bool,
}

impl Walk<'_> {
    async fn points(&mut self) -> anyhow::Result<()> {
        let journey = self.host.journey();
        let points: Vec<_> = journey.points().collect();
        let place = |name: &str| points.iter().position(|(step, _)| step.name == name);
        let mut next = 0;
        while let Some((step, point)) = points.get(next) {
            next += 1;
            let changes = match choice(step, point).await? {
                Some(Choice::Post(changes)) => changes,
                Some(Choice::Skip) => continue,
                Some(Choice::End) => return Ok(()),
                None => {
                    self.has_input_ended = true;
                    return Ok(());
                }
            };
            match self.stage(point.stage, changes).await? {
                None => return Ok(()),
                Some(Turn::Denied(_)) if self.host.is_over() => return Ok(()),
                Some(Turn::Denied(_)) => {
                    let rest = &points[next..];
                    let same = rest.iter().take_while(|(other, _)| other.name == step.name);
                    next += same.count();
                }
                Some(Turn::Retried { step, .. }) => next = place(step).unwrap_or(next),
                Some(Turn::Chosen(chosen)) if chosen == "reidentify" => {
                    next = place("identify").map_or(next, |first| first + 1);
                }
                Some(Turn::Chosen(chosen)) if chosen == "register" => {
                    output::say("\nTo continue: hookpoint journey registration")?;
                    return Ok(());
                }
                Some(_) => {}
            }
        }
        output::say("\nThe journey is complete.")?;
        Ok(())
    }

    /// Posts a stage until nothing waits any more; `None` if the walk ends.
    async fn stage(
        &mut self,
        stage: Stage,
        mut changes: Map<String, Value>,
    ) -> anyhow::Result<Option<Turn>> {
        let definition = stage.definition();
        if definition.family == Family::Identity && definition.mode != ModeRule::AsynchronousOnly {
            let url = self.callback.url()?;
            let parameters = json!({ "callbackUrl": url, "state": self.state });
            changes
                .entry("continueRequestParameters")
                .or_insert(parameters);
        }
        let mut event = match self.host.reach(stage, &changes) {
            Ok(event) => event,
            Err(reason) => {
                output::remark(WARNING, &reason)?;
                return Ok(None);
            }
        };
        let now = self.recorder.as_ref().map(|recorder| recorder.time);
        let mut did = Did::Reached(stage, &changes);
        loop {
            let bytes = Value::Object(event.clone()).to_string().into_bytes();
            let trigger = Trigger {
                application: self.application,
                stage,
                body: &bytes,
            };
            let triggered = self
                .app
                .trigger_at(self.current, trigger, now.unwrap_or_else(SystemTime::now))
                .await;
            let report = match &triggered.outcome {
                Ok(report) => report,
                Err(problem) => {
                    let text = format!("`{stage}` was refused: {}", problem.detail);
                    output::remark(WARNING, &output::printable(&text))?;
                    return Ok(None);
                }
            };
            self.has_posted = true;
            let turn = self.host.take(stage, event, &report.response);
            output::print(&shown::render(&self.host, stage, &triggered, report, &turn))?;
            if let Some(recorder) = &mut self.recorder {
                recorder.steps.add(did, &triggered, report, &turn);
            }
            let quiet = [Effect::Context, Effect::Session];
            for effect in Effect::ALL {
                let is_shown = effect.lead() == Lead::Onwards && !quiet.contains(&effect);
                if is_shown && let Some(value) = report.response.get(effect.as_str()) {
                    let text = format!("    {effect}: {value}");
                    output::print(&paint(DIM, &output::printable(&text)))?;
                }
            }
            let continued = match turn {
                Turn::Asked(step) => {
                    let Some(values) = asking::answers(&step).await? else {
                        self.has_input_ended = true;
                        return Ok(None);
                    };
                    let continued = self.host.answer(&values);
                    did = Did::Answered(step, values);
                    continued
                }
                Turn::Redirected(_) => {
                    let url = self.callback.url()?;
                    output::remark(DIM, &format!("waiting for the browser at {url}"))?;
                    let callback = Arc::clone(&self.callback);
                    let parameters = abandonable(move || callback.wait()).await??;
                    let continued = self.host.returned(&parameters);
                    did = Did::Returned(parameters);
                    continued
                }
                over => {
                    if let Some(recorder) = &mut self.recorder {
                        recorder.steps.close();
                    }
                    return Ok(Some(over));
                }
            };
            (_, event) = continued.map_err(anyhow::Error::msg)?;
        }
    }
}

/// What to do at a stage.
enum Choice {
    /// Post its event with these changes.
    Post(Map<String, Value>),
    Skip,
    End,
}

/// Asks what to do; `None` at the end of the input.
async fn choice(step: &Step, point: &Point) -> anyhow::Result<Option<Choice>> {
    let conditions: Vec<_> = step.when.into_iter().chain(point.when).collect();
    let when = match conditions[..] {
        [] => String::new(),
        _ => paint(DIM, &format!(" (when {})", conditions.join(", and "))),
    };
    loop {
        let prompt = format!(
            "\n{} {}: {}{when} > ",
            point.moment.as_str(),
            step.title,
            paint(BOLD, point.stage.id())
        );
        let Some(line) = asking::line(&prompt).await? else {
            return Ok(None);
        };
        match line.as_str() {
            "" => return Ok(Some(Choice::Post(Map::new()))),
            "s" => return Ok(Some(Choice::Skip)),
            "q" => return Ok(Some(Choice::End)),
            typed => match text::read_object(typed.as_bytes()) {
                Ok(changes) => return Ok(Some(Choice::Post(changes))),
                Err(error) => {
                    let message = match error {
                        JsonError::EndsEarly(_) => "incomplete JSON".to_owned(),
                        error => format!("the input {error}"),
                    };
                    output::remark(WARNING, &message)?;
                    output::remark(DIM, HELP)?;
                }
            },
        }
    }
}
