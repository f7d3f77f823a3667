//! `hookpoint runs show`: shows one run in full.

use clap::Args;
use hookpoint_engine::{
    ports::RunStore,
    record::{RunId, RunRecord},
};
use serde_json::{Value, json};

use super::shown;
use crate::{
    context::Context,
    exit::Exit,
    output::{self, BOLD, DIM, paint},
    store::StoreArguments,
};

/// The run and the output format.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The run, by its id from the list
    run: RunId,

    /// Print the run as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Show {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let record = find(store.runs().as_ref(), &self.run).await?;
        if self.json {
            let mut value = shown::to_json(&record);
            value["kept"] = json!(record.kept);
            output::print_json(&value)?;
        } else {
            output::print(&render(&record))?;
        }
        Ok(Exit::Done)
    }
}

/// Finds a run, or fails with help.
pub(super) async fn find(runs: &dyn RunStore, id: &RunId) -> anyhow::Result<RunRecord> {
    let found = runs.run(id).await?;
    found.ok_or_else(|| {
        anyhow::anyhow!(
            "there is no record of run `{id}` in this store; records are deleted after some days; see `hookpoint runs list`"
        )
    })
}

fn render(record: &RunRecord) -> String {
    let mut blocks = vec![shown::full(record)];
    if let Some(kept) = &record.kept {
        let block = |title: &str, members| {
            let json = output::pretty(&Value::Object(members));
            format!("{}\n{json}", paint(BOLD, title))
        };
        blocks.push(block("the event", kept.event.clone()));
        blocks.push(block("the effects that counted", kept.response.clone()));
        let again = format!(
            "`hookpoint runs replay {}` runs the hook on it again",
            record.id
        );
        blocks.push(paint(DIM, &again));
    } else {
        let remark = "the event is not kept; to keep future ones, set `keepEvents: true` for the application in the workspace";
        blocks.push(paint(DIM, remark));
    }
    blocks.join("\n\n")
}
