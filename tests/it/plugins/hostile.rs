//! What customers type, in every place of every event: it stays where it belongs.

use std::sync::Arc;

use hookpoint_plugins::Plugin;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    bench::Bench,
    library::{runtime, with_every_plugin, workspace},
    successes::first_successes,
    vendor::Lenient,
};

/// Errors that show a defect of a hook. No vendor and no customer may cause one.
const DEFECTS: [&str; 5] = [
    "TypeError",
    "ReferenceError",
    "RangeError",
    "SyntaxError",
    "URIError",
];

/// A text that a customer types.
struct Hostile {
    value: Value,
    /// Whether it stands only where customers type, whatever the host.
    is_in_few: bool,
}

fn hostile() -> Vec<Hostile> {
    let long = |part: &str| part.repeat(65_536 / part.len());
    let everywhere = [
        "o'neill\"\\`${x}@example.com",
        "😀\u{202e}ü*%_?#&=/../;<script>@example.com",
        "a\r\nX-Injected: 1\r\n\r\n@example.com",
        "x' OR 1=1 -- ^ORemailISNOTEMPTY^NQ javascript:1@example.com",
        "<!channel> @everyone [a](https://evil.example) *b*",
        "",
        "*",
        "../../admin",
    ];
    let everywhere = everywhere.map(|text| (json!(text), false));
    let long = [long("'"), long("a@example.com,"), long("😀")].map(|text| (json!(text), true));
    let all = everywhere.into_iter().chain(long);
    all.map(|(value, is_in_few)| Hostile { value, is_in_few })
        .collect()
}

/// Members that customers fill in, whatever the host.
const TYPED: [&str; 6] = [
    "email",
    "primaryEmail",
    "userName",
    "identifier",
    "text",
    "lastUtterance",
];

/// The event with a value in place of each text that a customer or host chooses.
fn with_value(value: &Value, hostile: &Hostile, key: &str) -> Value {
    let of_host = ["eventType", "type", "timestamp"].contains(&key);
    match value {
        Value::String(_) if !of_host && (!hostile.is_in_few || TYPED.contains(&key)) => {
            hostile.value.clone()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| with_value(item, hostile, key))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), with_value(member, hostile, name)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[test]
fn nothing_that_a_customer_types_leaves_its_place_in_a_request() {
    let runtime = runtime();
    with_every_plugin(|plugin| {
        let workspace = workspace(plugin);
        runtime.block_on(async { problems(plugin, &Bench::of(workspace).await).await })
    });
}

async fn problems(plugin: &Plugin, bench: &Bench) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, case) in &first_successes(plugin) {
        let event = Value::Object(case.event_at(bench.stage(case)));
        for hostile in hostile() {
            let Value::Object(event) = with_value(&event, &hostile, "") else {
                unreachable!("an object stays one")
            };
            let vendor = Arc::new(Lenient::new(&case.requests));
            let outcome = bench.post(case, &event, vendor.clone()).await;
            let failure = outcome.failure.unwrap_or_default();
            let shown: String = hostile.value.to_string().chars().take(30).collect();
            if DEFECTS.iter().any(|defect| failure.contains(defect))
                || failure.contains("script-timeout")
            {
                problems.push(format!("{path}, {shown}: {failure}"));
            }
            for (made, headers) in vendor.made.lock().unwrap().iter() {
                let mut known = case.requests.iter();
                let is_known = known.any(|known| parts(&known.url) == parts(made));
                let is_split = headers
                    .iter()
                    .any(|(_, value)| value.contains(['\r', '\n']));
                if !is_known || is_split || made.contains(['\r', '\n', '\'', '"', '<']) {
                    problems.push(format!("{path}, {shown}: requested {made}"));
                }
            }
        }
    }
    problems
}

/// Host, number of steps of the path, and names of the query of a URL.
fn parts(url: &str) -> (Option<String>, usize, Vec<String>) {
    let url = Url::parse(url).unwrap();
    let names = url.query_pairs().map(|(name, _)| name.into_owned());
    (
        url.host_str().map(str::to_owned),
        url.path().matches('/').count(),
        names.collect(),
    )
}
