//! `hookpoint stages`.

use serde_json::Value;

use crate::{folder::Folder, terminal::Terminal};

#[test]
fn a_terminal_of_80_columns_shows_whole_words_and_says_where_the_rest_is() {
    let folder = Folder::new();
    let terminal = Terminal::start(&folder, 80, &["stages"]);
    terminal.wait_for("example event", 1);
    let text = terminal.text();
    assert!(!text.contains('…'), "{text}");
    assert!(text.contains("`hookpoint stages STAGE` shows"), "{text}");
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{text}");
    terminal.end();
    let whole = folder.ok(&["stages"]);
    assert!(whole.contains("redirect, profilingSteps"), "{whole}");
}

#[test]
fn a_stage_shows_its_effects_with_what_each_must_be() {
    let folder = Folder::new();
    let Value::Array(stages) = folder.json(&["stages", "--json"]) else {
        panic!("no list");
    };
    for stage in &stages {
        let shown = folder.ok(&["stages", stage["name"].as_str().unwrap()]);
        for effect in stage["effects"].as_array().unwrap() {
            let name = format!("\n{} ", effect.as_str().unwrap());
            assert!(shown.contains(&name), "{name}: {shown}");
        }
        assert!(!shown.contains('…'), "{shown}");
    }
    let shown = folder.ok(&["stages", "before-registration"]);
    let words: Vec<&str> = shown.split_whitespace().collect();
    let shown = words.join(" ");
    for sentence in [
        "deny Stops the journey. Must be an object with `error`, optionally `description`.",
        "each with `id`, `fields`, optionally `title`.",
    ] {
        assert!(shown.contains(sentence), "{shown}");
    }
    for stage in ["conversation-end", "state-modification"] {
        let shown = folder.ok(&["stages", stage]);
        let remark = "effects (accepted, without effect)\ncontext ";
        assert!(shown.contains(remark), "{shown}");
    }
    let shown = folder.ok(&["stages", "after-account-update"]);
    assert!(shown.contains("No effects"), "{shown}");
}
