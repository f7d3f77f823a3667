//! Work on what a script wrote is linear in it.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use super::*;

/// A log as large as it may be, full of places near the end of the script.
fn hostile_log(line: u32) -> String {
    let place = format!("hook.js:{line}:1 ");
    place.repeat(hookpoint_script_protocol::LOG_LIMIT / place.len())
}

fn rewritten(script: Script<'_>, log: &str) -> String {
    let started = Instant::now();
    let shown = script.in_text(log, None);
    // A fraction of a second where nothing is optimised. A scan of the script for each place takes minutes.
    let took = started.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    shown
}

#[test]
fn a_log_full_of_places_reads_the_script_once() {
    let source = "\n".repeat(hookpoint_script_protocol::SOURCE_LIMIT - 1);
    let lines = Lines::of(&source);
    let script = Script {
        file: "hooks/a.js",
        lines: &lines,
        is_bundle: false,
        origins: None,
    };
    let shown = rewritten(script, &hostile_log(1_048_570));
    assert!(shown.starts_with("hooks/a.js:1048570:1 hooks/a.js:1048570:1 "));
    assert!(!shown.contains("hook.js"));
    // Places that the script does not have are looked for as quickly.
    let beyond = hostile_log(1_048_580);
    assert_eq!(rewritten(script, &beyond), beyond);
}

#[test]
fn a_log_full_of_places_reads_neither_the_map_nor_the_authors_file_for_each() {
    // One token for each line of script: the line of one file with as many lines.
    const LINES: usize = 300_000;
    let source = "x\n".repeat(LINES);
    let mut map = String::from(r#"{"version":3,"sources":["a.ts"],"sourcesContent":[""#);
    map.push_str(&"\\n".repeat(LINES));
    let _ = write!(
        map,
        r#""],"names":[],"mappings":"AAAA{}"}}"#,
        ";AACA".repeat(LINES - 1)
    );
    let origins = Origins::read(&map).unwrap();
    let lines = Lines::of(&source);
    let script = Script {
        file: "a.js",
        lines: &lines,
        is_bundle: true,
        origins: Some(&origins),
    };
    let shown = rewritten(script, &hostile_log(299_990));
    assert!(shown.starts_with("a.ts:299990:1 a.ts:299990:1 "));
    assert!(!shown.contains("hook.js"));
}
