//! `hookpoint runs save`: makes a case of a run, which `hookpoint test` repeats.

mod case;

pub(crate) use self::case::served_requests;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use hookpoint_engine::{
    hook::HookBody,
    record::{RunRecord, RunResultKind},
};
use hookpoint_workspace::{CASE_SUFFIX, Case};
use serde_json::json;

use super::name::Named;
use crate::{
    commands::{
        init::{CASE_SCHEMA, CASE_SCHEMA_NAME},
        test::run::run_case,
    },
    context::Context,
    exit::Exit,
    output::{self, GOOD, WARNING, paint, printable_lines},
    store::StoreArguments,
    tree,
};

pub(super) const EXIT_CODES: &str = "\
The run must have kept its event: `dev` and `trigger` always keep it, elsewhere `keepEvents: true` of the application does. Secrets \
are not in the case: it gives each of them the value `[redacted]`.

Exit codes:
  0  the case is written and passes
  1  the case is written and does not pass yet
  2  wrong usage or configuration, or the run cannot be saved";

/// The run and the name of its case.
#[derive(Debug, Args)]
pub(crate) struct Save {
    #[command(flatten)]
    run: Named,

    /// The name of the case, beside the hook's file; or its path, ending in `.case.yaml`
    #[arg(long = "case", value_name = "NAME")]
    case: String,

    /// Replace a case of this name
    #[arg(long)]
    force: bool,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Save {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let record = self.run.find(store.runs().as_ref()).await?;
        let workspace = context.workspace().await?;
        let Some(body) = workspace.desired().hooks.get(&record.hook) else {
            bail!(
                "the workspace has no hook `{}`, whose run this is; save it from the workspace that publishes the hook",
                record.hook
            );
        };
        let written = case::of(&record, body)?;
        let path = self.path(context, body)?;
        if path.exists() && !self.force {
            bail!(
                "`{}` exists; choose another name, or replace it with `--force`",
                path.display()
            );
        }
        let folder = context.source.path().parent().unwrap_or(Path::new(""));
        let schema = with_schema(&path, folder)?;
        let text = match &schema {
            Some(place) => format!("# yaml-language-server: $schema={place}\n{}", written.text),
            None => written.text,
        };
        tree::replace(&path, &text)
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        let case = Case::load(&path)?;
        let problems = match run_case(&case, &workspace).await {
            Ok(ran) => ran.problems(&case.expect),
            Err(error) => vec![format!("{error:#}")],
        };
        self.report(&path, &written.remarks, &problems)?;
        Ok(if problems.is_empty() {
            Exit::Done
        } else {
            Exit::Different
        })
    }

    /// Where the case goes.
    fn path(&self, context: &Context, body: &HookBody) -> anyhow::Result<PathBuf> {
        if self.case.ends_with(CASE_SUFFIX) {
            return Ok(PathBuf::from(&self.case));
        }
        if self.case.contains(['/', '\\']) || self.case.is_empty() || self.case.starts_with('.') {
            bail!(
                "`{}` is not the name of a case; write a name, or a path that ends in `{CASE_SUFFIX}`",
                output::printable(&self.case)
            );
        }
        let folder = context.source.path().parent().unwrap_or(Path::new(""));
        let script = body.implementation.as_script();
        let file = script.and_then(|script| script.file.as_deref());
        let beside = file.and_then(|file| folder.join(file).parent().map(Path::to_owned));
        let folder = beside
            .filter(|folder| folder.is_dir())
            .unwrap_or(folder.to_owned());
        Ok(folder.join(format!("{}{CASE_SUFFIX}", self.case)))
    }

    fn report(&self, path: &Path, remarks: &[String], problems: &[String]) -> anyhow::Result<()> {
        let passes = problems.is_empty();
        if self.json {
            output::print_json(&json!({
                "case": path.display().to_string(),
                "passes": passes,
                "problems": problems,
                "remarks": remarks,
            }))?;
            return Ok(());
        }
        let state = if passes {
            paint(GOOD, "it passes")
        } else {
            paint(WARNING, "it does not pass yet")
        };
        output::say(&format!("{}: {state}", path.display()))?;
        for problem in problems {
            for line in printable_lines(problem).lines() {
                output::say(&format!("  {line}"))?;
            }
        }
        for remark in remarks {
            output::remark(WARNING, remark)?;
        }
        Ok(())
    }
}

/// Puts the schema of cases beside the workspace, unless it is there, and returns how the case names it; `None` for a case outside the
/// workspace.
fn with_schema(case: &Path, folder: &Path) -> anyhow::Result<Option<String>> {
    let absolute = |path: &Path| {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        path.canonicalize()
            .with_context(|| format!("`{}` is not a folder", path.display()))
    };
    let beside = absolute(case.parent().unwrap_or(Path::new("")))?;
    let Ok(below) = beside.strip_prefix(absolute(folder)?).map(Path::to_owned) else {
        return Ok(None);
    };
    let schema = folder.join(CASE_SCHEMA_NAME);
    if !schema.exists() {
        tree::replace(&schema, CASE_SCHEMA)
            .with_context(|| format!("failed to write `{}`", schema.display()))?;
    }
    let up = "../".repeat(below.components().count());
    Ok(Some(format!("{up}{CASE_SCHEMA_NAME}")))
}

/// Refuses a run of which no case can be made.
fn check(record: &RunRecord) -> anyhow::Result<()> {
    if record.result == RunResultKind::Skipped {
        bail!(
            "the hook did not run (`{}`), so there is no run to save; choose another from `hookpoint runs list`",
            record.outcome
        );
    }
    if record.kept.is_none() {
        bail!(
            "run `{}` kept no event; set `keepEvents: true` for application `{}` in the workspace and publish it to save later runs",
            record.id,
            record.id.application
        );
    }
    Ok(())
}
