//! `hookpoint runs show`: shows one run in full.

use clap::Args;
use hookpoint_engine::record::RunRecord;
use serde_json::{Value, json};

use super::{id::short, name::Named, shown};
use crate::{
    context::Context,
    exit::Exit,
    output::{self, BOLD, DIM, paint, width},
    shell,
    store::StoreArguments,
};

/// The run and the output format.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    run: Named,

    /// Print the run as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    store: StoreArguments,
}

impl Show {
    pub(super) async fn run(&self, context: &Context) -> anyhow::Result<Exit> {
        let store = self.store.store(&context.source).await?;
        let record = self.run.find(store.runs().as_ref()).await?;
        if self.json {
            let mut value = shown::to_json(&record);
            value["kept"] = json!(record.kept);
            output::print_json(&value)?;
        } else {
            let id = short(&record.id);
            let again = shell::command_on(["runs", "replay", &id], &self.store, context);
            output::print(&render(&record, &again))?;
        }
        Ok(Exit::Done)
    }
}

/// `again` is the command that replays it.
fn render(record: &RunRecord, again: &str) -> String {
    let mut blocks = vec![shown::full(record)];
    if let Some(kept) = &record.kept {
        let block = |title: &str, members| {
            let json = output::pretty(&Value::Object(members));
            format!("{}\n{json}", paint(BOLD, title))
        };
        blocks.push(block("the event", kept.event.clone()));
        let requests = shown::requests(record);
        if !requests.is_empty() {
            let title = paint(BOLD, "the requests");
            let lines = requests.iter().map(|(style, line)| paint(*style, line));
            let lines: Vec<_> = lines.collect();
            blocks.push(format!("{title}\n{}", lines.join("\n")));
        }
        blocks.push(block("the effects that counted", kept.response.clone()));
        blocks.push(dimmed(&format!("`{again}` runs the hook on it again")));
    } else {
        let remark = "the event is not kept; to keep future ones, set `keepEvents: true` for the application in the workspace";
        blocks.push(dimmed(remark));
    }
    blocks.join("\n\n")
}

fn dimmed(prose: &str) -> String {
    paint(DIM, &width::fitted(prose, width::of_terminal()))
}
