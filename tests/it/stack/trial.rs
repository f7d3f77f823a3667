//! `hookpoint smoke` at every stage of a stack.

use std::collections::BTreeMap;

use hookpoint_engine::stages::{Effect, ModeRule, Stage};
use serde_json::{Value, json};

use super::{
    account::{Account, Stack},
    gateway::Gateway,
    operator::Operator,
};

/// All is well at each stage, and the stack is as it was.
pub(super) fn every_stage_is_tried_out_and_nothing_is_left(
    stack: &Stack,
    account: &Account,
    operator: &Operator<'_>,
    gateway: &Gateway,
) {
    let before = contents(stack, account);
    // The webhook posts to the installation itself. Two stages at once are as many as the emulator serves.
    let url = &gateway.url;
    let found = operator.on_stack(&format!(
        "smoke --json --url {url} --echo self --parallel 2 --wait 2m"
    ));
    assert_eq!(found["ok"], true, "{found:#}");
    let stages = found["stages"].as_array().unwrap();
    let passed: BTreeMap<_, _> = stages
        .iter()
        .map(|stage| (stage["stage"].clone().to_string(), &stage["passed"]))
        .collect();
    assert_eq!(passed.len(), Stage::ALL.len());
    for stage in Stage::ALL {
        let id = Value::from(stage.id()).to_string();
        assert_eq!(*passed[&id], json!(expected(*stage)), "{id}");
    }
    assert_eq!(contents(stack, account), before);
}

/// The checks that a stage passes.
fn expected(stage: Stage) -> Vec<&'static str> {
    let definition = stage.definition();
    let mut checks = vec!["responds"];
    let refusals = ["wrong-key", "too-large", "malformed"];
    if definition.mode == ModeRule::AsynchronousOnly {
        checks.extend(refusals);
        checks.extend(["delivers", "delivers"]);
        return checks;
    }
    checks.extend(["static", "webhook", "script"]);
    checks.extend(refusals);
    if stage.effects().contains(Effect::Redirect) {
        checks.extend(["suspends", "resumes"]);
    }
    if definition.mode == ModeRule::SynchronousByDefault {
        checks.push("delivers");
    }
    checks.push("records");
    checks
}

/// Table, queues, secrets and logs, without what the table forgets of a trial.
fn contents(stack: &Stack, account: &Account) -> Value {
    let request = json!({
        "table": stack.outputs["TableName"],
        "queues": [stack.outputs["QueueUrl"], stack.outputs["DeadLetterQueueUrl"]],
    });
    let found = account.python("contents.py", &request).unwrap();
    serde_json::from_slice(&found).unwrap()
}
