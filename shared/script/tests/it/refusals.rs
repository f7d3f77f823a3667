//! Ways in which scripts refuse. Each ends in a refusal or a failure of its hook, never in consent.

use serde_json::Value;

use crate::support::{sandbox, script, tests};

tests![every_way_to_say_no_is_a_refusal_or_a_failure];

/// Effects that end a pass.
const VETOES: [&str; 4] = ["deny", "showError", "redirect", "profilingSteps"];

async fn every_way_to_say_no_is_a_refusal_or_a_failure() {
    let corpus = include_str!("../../../../tests/corpora/refusals.jsonl");
    let sandbox = sandbox();
    let mut wrong = Vec::new();
    for line in corpus.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let text = |member: &str| case[member].as_str().expect("a text").to_owned();
        let (name, code, expected) = (text("name"), text("code"), text("expect"));
        let result = script(&code).on(&sandbox).await;
        let fits = match (&result, expected.as_str()) {
            (Err(_), "error") => true,
            (Ok(reply), "deny") => reply
                .response
                .get("deny")
                .is_some_and(|deny| deny["error"].is_string()),
            (Ok(reply), "veto") => VETOES.iter().any(|veto| reply.response.contains_key(*veto)),
            // The engine checks shapes: a refused shape is a failure of the hook too.
            (Ok(reply), "error") => reply.response.keys().any(|key| !key.is_empty()),
            _ => false,
        };
        if !fits {
            wrong.push(format!("{name}: expected {expected}, but {result:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
