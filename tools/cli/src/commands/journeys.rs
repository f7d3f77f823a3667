//! `hookpoint journeys`: shows a journey with the hooks that are bound on it and how their last runs ended.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use hookpoint_engine::{
    application::binding::Target,
    identifier::ApplicationId,
    ports::RunStore,
    publish::{DesiredApplication, DesiredBinding},
    record::{RunFilter, RunRecord, RunResultKind},
};
use hookpoint_stages::{JOURNEYS, Journey, Lead, ModeRule, Point};
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};

use super::journey::{check_application, parser};
use crate::{
    context::Context,
    exit::Exit,
    output::{self, BAD, BOLD, Cell, DIM, GOOD, Table, WARNING, paint, printable, width},
    store::{Store, StoreArguments},
};

/// How many of a hook's last runs are shown.
const LAST: usize = 20;
/// Maximum width without a terminal.
const WIDTH: usize = 80;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Journeys {
    /// Show one journey with its hooks and their last runs, or list all
    Show(Show),
}

/// The journey.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// login, registration, self-service or conversation
    #[arg(value_parser = parser())]
    name: Option<&'static Journey>,

    /// The application whose hooks are shown [default: the first one of the journey's kind]
    #[arg(long, value_name = "ID", requires = "name")]
    application: Option<ApplicationId>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

/// A hook at a stage, with its last runs, the newest first.
struct Bound<'a> {
    binding: &'a DesiredBinding,
    runs: Vec<RunRecord>,
}

impl Journeys {
    pub(crate) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let Self::Show(show) = self;
        show.run(context).await
    }
}

impl Show {
    async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let Some(journey) = self.name else {
            if self.json {
                output::print_json(&JOURNEYS.iter().map(to_json).collect())?;
            } else {
                output::print(&list())?;
            }
            return Ok(Exit::Done);
        };
        let workspace = if context.is_without_workspace()? {
            if self.application.is_some() {
                bail!(
                    "there is no hookpoint.yaml in this folder; name one with `--workspace FILE`"
                );
            }
            None
        } else {
            Some(context.workspace().await?)
        };
        let application = match &workspace {
            Some(workspace) => self.application(workspace, journey)?,
            None => None,
        };
        let runs = self.runs(context).await?;
        let mut points = Vec::new();
        for (step, point) in journey.points() {
            let mut hooks = Vec::new();
            if let (Some(workspace), Some(application)) = (&workspace, application) {
                for binding in bindings(workspace, application, point) {
                    hooks.push(Bound {
                        binding,
                        runs: last(runs.as_deref(), &application.id, binding).await?,
                    });
                }
            }
            points.push((step, point, hooks));
        }
        if self.json {
            let mut value = to_json(journey);
            value["application"] = json!(application.map(|application| &application.id));
            let described = points.iter().map(|(step, point, hooks)| {
                let mut value = point_to_json(step.name, point);
                value["hooks"] = hooks.iter().map(Bound::to_json).collect();
                value
            });
            value["points"] = described.collect();
            output::print_json(&value)?;
            return Ok(Exit::Done);
        }
        let limit = width::of_terminal().unwrap_or(WIDTH);
        let mut lines = vec![paint(BOLD, journey.title)];
        lines.extend(width::wrapped(journey.summary, limit));
        if let Some(application) = application {
            lines.push(paint(DIM, &format!("hooks of {}", application.id)));
        }
        let mut shown = "";
        for (step, point, hooks) in &points {
            if shown != step.name {
                shown = step.name;
                let when = step.when.map(|when| format!(", when {when}"));
                lines.push(format!(
                    "\n{}{}",
                    paint(BOLD, step.title),
                    paint(DIM, &when.unwrap_or_default())
                ));
            }
            lines.extend(describe(point, hooks));
        }
        output::print(&lines.join("\n"))?;
        Ok(Exit::Done)
    }

    fn application<'a>(
        &self,
        workspace: &'a Workspace,
        journey: &Journey,
    ) -> anyhow::Result<Option<&'a DesiredApplication>> {
        let applications = &workspace.desired().applications;
        let Some(id) = &self.application else {
            return Ok(applications
                .iter()
                .find(|application| application.kind.family() == journey.family));
        };
        check_application(workspace, id, journey)?;
        Ok(applications.iter().find(|known| known.id == *id))
    }

    /// The run records, if anything was published.
    async fn runs(&self, context: &Context) -> anyhow::Result<Option<Arc<dyn RunStore>>> {
        let directory = context.source.state_directory();
        if self.store.is_local() && !directory.join(hookpoint_local::STORE_FILE).exists() {
            return Ok(None);
        }
        let store: Store = self.store.store(&context.source).await?;
        Ok(Some(store.runs()))
    }
}

/// The bindings that run at a stage, in order.
fn bindings<'a>(
    workspace: &'a Workspace,
    application: &DesiredApplication,
    point: &Point,
) -> Vec<&'a DesiredBinding> {
    let targets: Vec<Target> = application.targets().collect();
    let all = workspace.desired().bindings.iter();
    let mut here: Vec<_> = all
        .filter(|binding| binding.stage == point.stage && targets.contains(&binding.target))
        .collect();
    here.sort_by_key(|binding| binding.order);
    here
}

async fn last(
    runs: Option<&dyn RunStore>,
    application: &ApplicationId,
    binding: &DesiredBinding,
) -> anyhow::Result<Vec<RunRecord>> {
    let Some(runs) = runs else {
        return Ok(Vec::new());
    };
    let filter = RunFilter {
        application: Some(application.clone()),
        stage: Some(binding.stage),
        hook: Some(binding.hook.clone()),
        ..RunFilter::default()
    };
    let mut found = runs
        .runs(&filter, LAST)
        .await
        .context("failed to read the last runs")?;
    found.retain(|run| run.binding == binding.id && run.result != RunResultKind::Skipped);
    Ok(found)
}

impl Bound<'_> {
    fn failed(&self) -> usize {
        let runs = self.runs.iter();
        runs.filter(|run| run.result == RunResultKind::Failed)
            .count()
    }

    fn health(&self) -> String {
        let (failed, count) = (self.failed(), self.runs.len());
        match (self.runs.first(), failed) {
            (None, _) => paint(DIM, "not run yet"),
            (Some(_), 0) => paint(GOOD, &format!("ok, {}", output::count(count, "run"))),
            (Some(newest), _) => {
                let style = if newest.result == RunResultKind::Failed {
                    BAD
                } else {
                    WARNING
                };
                let text = format!(
                    "{failed} of {} failed; the last ended {}",
                    output::count(count, "run"),
                    printable(&newest.outcome)
                );
                paint(style, &text)
            }
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "hook": self.binding.hook,
            "binding": self.binding.id,
            "boundOn": self.binding.target.to_string(),
            "order": self.binding.order,
            "runs": self.runs.len(),
            "failed": self.failed(),
            "lastOutcome": self.runs.first().map(|run| &run.outcome),
        })
    }
}

fn describe(point: &Point, hooks: &[Bound<'_>]) -> Vec<String> {
    let limit = width::of_terminal().unwrap_or(WIDTH);
    let mut lines = vec![format!(
        "  {:6} {}",
        point.moment.as_str(),
        paint(BOLD, point.stage.id())
    )];
    let indented = |text: &str| {
        let lines = width::wrapped(text, limit.saturating_sub(9).max(20));
        let lines = lines
            .iter()
            .map(|line| format!("         {}", paint(DIM, line)));
        lines.collect::<Vec<_>>()
    };
    if let Some(when) = point.when {
        lines.extend(indented(&format!("when {when}")));
    }
    let branches: Vec<_> = point
        .branches()
        .map(|(effect, _)| match effect.lead() {
            Lead::Retried => format!("{effect} → {}", point.retry),
            _ => effect.to_string(),
        })
        .collect();
    if point.stage.definition().mode == ModeRule::AsynchronousOnly {
        lines.extend(indented("runs afterwards"));
    } else if !branches.is_empty() {
        lines.extend(indented(&format!("can lead away: {}", branches.join(", "))));
    }
    for hook in hooks {
        lines.push(format!(
            "         ● {}: {}",
            hook.binding.hook,
            hook.health()
        ));
    }
    lines
}

fn list() -> String {
    let mut table =
        Table::new(["journey", "posted by", "stages", "what it is"]).with_remarks("journey");
    for journey in JOURNEYS {
        table.push([
            Cell::text(journey.name),
            Cell::text(journey.family.as_str()),
            Cell::number(journey.points().count().to_string()),
            Cell::styled(DIM, journey.summary),
        ]);
    }
    table.render()
}

fn to_json(journey: &'static Journey) -> Value {
    let points = journey.points();
    json!({
        "name": journey.name,
        "title": journey.title,
        "summary": journey.summary,
        "family": journey.family.as_str(),
        "points": points.map(|(step, point)| point_to_json(step.name, point)).collect::<Value>(),
    })
}

fn point_to_json(step: &str, point: &Point) -> Value {
    let branches = point
        .branches()
        .map(|(effect, _)| json!({ "effect": effect.as_str(), "leads": effect.lead().as_str() }));
    json!({
        "step": step,
        "moment": point.moment.as_str(),
        "stage": point.stage.id(),
        "when": point.when,
        "retry": point.retry,
        "branches": branches.collect::<Value>(),
    })
}
