//! `hookpoint stages`: shows the catalogue of stages.

use clap::Args;
use hookpoint_engine::hook::effects::describe_form;
use hookpoint_stages::{Effect, FailureDefault, ModeRule, Stage, TargetRule};
use serde_json::{Value, json};

use super::plugins::text::wrapped;
use crate::{
    exit::Exit,
    output::{self, BOLD, Cell, DIM, Table, paint},
    stage,
};

/// The stage and the output format.
#[derive(Debug, Args)]
pub(crate) struct Stages {
    /// One stage, with an example event
    #[arg(value_parser = stage::parser(), hide_possible_values = true)]
    stage: Option<Stage>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Stages {
    pub(crate) fn run(&self) -> anyhow::Result<Exit> {
        match (self.stage, self.json) {
            (None, false) => {
                output::print(&list())?;
                let rest = "`hookpoint stages STAGE` shows a stage with its effects, its fields and an example event";
                output::remark(DIM, rest)?;
            }
            (None, true) => {
                output::print_json(&Stage::ALL.iter().copied().map(to_json).collect())?;
            }
            (Some(stage), false) => output::print(&describe(stage))?,
            (Some(stage), true) => {
                let mut value = to_json(stage);
                value["example"] = stage.example();
                output::print_json(&value)?;
            }
        }
        Ok(Exit::Done)
    }
}

fn list() -> String {
    let mut table = Table::new([
        "stage",
        "family",
        "mode",
        "on failure",
        "bound on",
        "effects",
    ])
    .without(["effects", "bound on", "mode", "on failure"]);
    for stage in Stage::ALL.iter().copied() {
        table.push([
            Cell::text(stage.name()),
            Cell::text(stage.definition().family.as_str()),
            Cell::text(mode(stage)),
            Cell::text(failure(stage).unwrap_or("-")),
            Cell::text(targets(stage).join(", ")),
            Cell::styled(DIM, effects(stage).join(", ") + unused(stage)),
        ]);
    }
    table.render()
}

fn describe(stage: Stage) -> String {
    let definition = stage.definition();
    let mut lines = vec![
        format!("{} ({stage})", paint(BOLD, definition.title)),
        wrapped(definition.summary, "", 0),
        String::new(),
        format!("family      {}", definition.family),
        format!("mode        {}", mode(stage)),
        format!("on failure  {}", failure(stage).unwrap_or("-")),
        format!("bound on    {}", targets(stage).join(", ")),
        String::new(),
    ];
    lines.extend(described_effects(stage));
    let mut table = Table::new(["field", "must be", "holds"]).with_remarks("field");
    for field in stage.fields() {
        table.push([
            Cell::text(field.path),
            Cell::text(field.shape.description()),
            Cell::styled(DIM, field.summary),
        ]);
    }
    lines.push(table.render());
    lines.push(format!("\n{}", output::pretty(&stage.example())));
    lines.join("\n")
}

/// What a hook may return at the stage, each effect with the form of its value.
fn described_effects(stage: Stage) -> Vec<String> {
    let effects: Vec<Effect> = stage.effects().iter().collect();
    if effects.is_empty() {
        return vec!["No effects: what a hook returns is ignored.\n".to_owned()];
    }
    let names = effects.iter().map(|effect| effect.as_str().len());
    let width = names.max().unwrap_or_default() + 2;
    let indent = " ".repeat(width);
    let mut lines = vec![paint(BOLD, "effects") + unused(stage)];
    for effect in effects {
        let definition = effect.definition();
        let name = format!("{:width$}", definition.name);
        lines.push(wrapped(definition.summary, &name, width));
        let form = format!("Must be {}.", describe_form(&definition.form));
        lines.push(paint(DIM, &wrapped(&form, &indent, width)));
    }
    lines.push(String::new());
    lines
}

fn to_json(stage: Stage) -> Value {
    let definition = stage.definition();
    json!({
        "id": stage.id(),
        "name": stage.name(),
        "title": definition.title,
        "summary": definition.summary,
        "family": definition.family.as_str(),
        "mode": mode(stage),
        "onFailure": failure(stage),
        "boundOn": targets(stage),
        "effects": effects(stage),
    })
}

fn mode(stage: Stage) -> &'static str {
    match stage.definition().mode {
        ModeRule::SynchronousByDefault => "either",
        ModeRule::SynchronousOnly => "synchronous",
        ModeRule::AsynchronousOnly => "asynchronous",
    }
}

fn failure(stage: Stage) -> Option<&'static str> {
    match stage.definition().failure {
        FailureDefault::Continue => Some("continue"),
        FailureDefault::Deny => Some("deny"),
        FailureDefault::NotApplicable => None,
    }
}

fn targets(stage: Stage) -> Vec<&'static str> {
    match stage.definition().target {
        TargetRule::ApplicationOrStore => vec!["application", "store"],
        TargetRule::StoreOnly => vec!["store"],
    }
}

/// A remark where the platform ignores what a hook returns.
fn unused(stage: Stage) -> &'static str {
    if stage.definition().effects_unused {
        " (accepted, without effect)"
    } else {
        ""
    }
}

fn effects(stage: Stage) -> Vec<&'static str> {
    stage.effects().iter().map(Effect::as_str).collect()
}
