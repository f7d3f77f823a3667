//! `hookpoint test` with a hundred cases.

use hookpoint_devserver::WORKSPACE_FILE;
use serde_json::json;

use super::{hookpoint, timed, times, workspace, write};
use crate::{bench::Bench, report::Row};

const CASES: usize = 100;
/// Goal in microseconds.
const GOAL: f64 = 3_000_000.0;

const SCRIPT: &str = "\
export default async (event, hook) => {
  const reply = await fetch('https://crm.example.com/tiers', { method: 'POST', body: JSON.stringify({ id: event.eventType }) });
  const { tier } = await reply.json();
  console.log(tier);
  return { context: { tier } };
};
";

pub(super) fn measure(bench: &Bench<'_>) -> anyhow::Result<Vec<Row>> {
    let folder = bench.subfolder("author-cases")?;
    let script = json!({ "file": "tier.js", "hosts": ["crm.example.com"] });
    write(&folder, WORKSPACE_FILE, &workspace(&script)?)?;
    write(&folder, "tier.js", SCRIPT)?;
    for number in 1..=CASES {
        let tier = format!("tier-{number}");
        let case = json!({
            "hook": "measured",
            "requests": [{
                "method": "POST",
                "url": "https://crm.example.com/tiers",
                "response": { "body": { "tier": tier } },
            }],
            "expect": { "response": { "context": { "tier": tier } }, "log": [tier] },
        });
        write(
            &folder,
            &format!("cases/{number}.case.yaml"),
            &format!("{case:#}\n"),
        )?;
    }
    let passed = format!("{CASES} passed");
    let mut all = Vec::new();
    for turn in 0..=bench.times(5, 2) {
        let took = timed(&mut hookpoint(bench, &folder, &["test"])?, &passed)?;
        // The first turn reads the program from the disk.
        if turn > 0 {
            all.push(took);
        }
    }
    let what = format!("`hookpoint test` of {CASES} cases with a request each");
    Ok(vec![times(what, all, Some(GOAL))])
}
