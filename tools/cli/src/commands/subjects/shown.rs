//! The output about a person.

use hookpoint_engine::{identifier::ApplicationId, publish::Erasure, record::RunRecord};
use serde_json::{Value, json};

use super::Found;
use crate::{
    commands::{dead_letters, deliveries, runs},
    output,
};

/// A table of runs, and how many deliveries.
pub(super) fn render(found: &Found) -> String {
    let records: Vec<RunRecord> = found
        .data
        .runs
        .iter()
        .filter_map(|run| run.record.clone())
        .collect();
    let mut blocks = Vec::new();
    if !records.is_empty() {
        blocks.push(runs::table(&records));
    }
    blocks.push(summary(&found.amount()));
    blocks.join("\n")
}

/// `2 runs, 1 waiting delivery, 3 dead letters`.
pub(crate) fn summary(erasure: &Erasure) -> String {
    [
        output::count(erasure.runs, "run"),
        output::plural(erasure.deliveries, "waiting delivery", "waiting deliveries"),
        output::count(erasure.dead_letters, "dead letter"),
    ]
    .join(", ")
}

/// Everything, the events included.
pub(super) fn to_json(id: &str, application: &ApplicationId, found: &Found) -> Value {
    let runs = found.data.runs.iter().map(|run| {
        let mut value = match &run.record {
            Some(record) => runs::to_json(record),
            None => json!({ "id": run.id, "application": run.id.application, "stage": run.id.stage.id() }),
        };
        value["kept"] = json!(run.kept);
        value
    });
    let letters = found.data.dead_letters.iter();
    let waiting = found.deliveries.iter();
    json!({
        "subject": id,
        "application": application,
        "runs": runs.collect::<Vec<_>>(),
        "deliveries": waiting.map(deliveries::to_full_json).collect::<Vec<_>>(),
        "deadLetters": letters.map(dead_letters::to_full_json).collect::<Vec<_>>(),
        "damaged": found.data.damaged,
        "notSearched": found.out_of_reach(),
    })
}

/// How much was erased.
pub(super) fn erased(erasure: &Erasure, found: &Found) -> Value {
    json!({ "erased": erasure, "damaged": found.data.damaged, "notSearched": found.out_of_reach() })
}
