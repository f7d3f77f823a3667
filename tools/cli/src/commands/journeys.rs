//! `hookpoint journeys`: shows a journey with the hooks that are bound on it and how their last runs ended.

mod published;

use anyhow::bail;
use clap::{Args, Subcommand};
use hookpoint_engine::{
    application::binding::Target,
    identifier::ApplicationId,
    publish::{DesiredApplication, DesiredBinding},
};
use hookpoint_stages::{JOURNEYS, Journey, Lead, ModeRule, Point};
use hookpoint_workspace::Workspace;
use serde_json::{Value, json};

use self::published::{Bound, Published};
use super::journey::{parser, poster_of};
use crate::{
    context::Context,
    exit::Exit,
    output::{self, BOLD, Cell, DIM, Table, paint, width},
    store::StoreArguments,
};

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
        let mut published = match application {
            Some(application) => self.published(application, context).await?,
            None => Published::default(),
        };
        let mut points = Vec::new();
        for (step, point) in journey.points() {
            let mut hooks = Vec::new();
            if let (Some(workspace), Some(application)) = (&workspace, application) {
                for binding in bindings(workspace, application, point) {
                    hooks.push(published.of(workspace, binding).await?);
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
        if let Some(id) = &self.application {
            return poster_of(journey, workspace, Some(id)).map(Some);
        }
        // Without one, the journey is shown without hooks.
        Ok(poster_of(journey, workspace, None).ok())
    }

    /// What is published of an application, if anything was published here.
    async fn published(
        &self,
        application: &DesiredApplication,
        context: &Context,
    ) -> anyhow::Result<Published> {
        let directory = context.source.state_directory();
        if self.store.is_local() && !directory.join(hookpoint_local::STORE_FILE).exists() {
            return Ok(Published::default());
        }
        let store = self.store.store(&context.source).await?;
        Published::read(&store, application).await
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
        .map(|effect| match effect.lead() {
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
        let owner = match &hook.binding.target {
            Target::Application(_) => String::new(),
            Target::Store(store) => format!(" of store {store}"),
        };
        let (name, id) = (&hook.binding.hook, &hook.binding.id);
        let bound = if id.as_str() == name.as_str() {
            String::new()
        } else {
            format!(" as {id}")
        };
        lines.push(format!(
            "         ● {name}{bound}{owner}: {}",
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
        .map(|effect| json!({ "effect": effect.as_str(), "leads": effect.lead().as_str() }));
    json!({
        "step": step,
        "moment": point.moment.as_str(),
        "stage": point.stage.id(),
        "when": point.when,
        "retry": point.retry,
        "branches": branches.collect::<Value>(),
    })
}
