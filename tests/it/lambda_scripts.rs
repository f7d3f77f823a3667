//! Script hooks in a stage function process: permissions, limits and leftovers.

use std::collections::HashMap;

use serde_json::{Value, json};

use hookpoint_devserver::BundlerProcess;
use hookpoint_workspace::Workspace;

use crate::{
    bundling::programs,
    receiver::Receiver,
    runtime_api::{Moment, RuntimeApi},
    stage_function::{CRM_TOKEN, Deployment, STAGE, body_of, event},
};

/// A workspace with script hooks, all in one wave. JSON is YAML.
#[derive(Default)]
struct Scripts {
    hooks: serde_json::Map<String, Value>,
    bindings: Vec<Value>,
}

impl Scripts {
    /// Binds a script, with additional members for the binding.
    fn with(mut self, name: &str, script: Value, binding: Value) -> Self {
        self.hooks
            .insert(name.to_owned(), json!({"script": script}));
        let mut whole =
            json!({"application": "web-shop", "stage": "beforeRegistration", "hook": name});
        for (key, value) in binding.as_object().unwrap() {
            whole[key] = value.clone();
        }
        self.bindings.push(whole);
        self
    }

    async fn deploy(self) -> Deployment {
        let uses_secret = self
            .hooks
            .values()
            .any(|hook| hook["script"].get("secrets").is_some());
        let mut workspace = json!({
            "version": 1,
            "applications": {"web-shop": {"name": "Shop", "kind": "identity"}},
            "hooks": self.hooks,
            "bindings": self.bindings,
        });
        if uses_secret {
            workspace["secrets"] = json!(["CrmToken"]);
        }
        Deployment::of(&workspace.to_string()).await
    }
}

/// The outcome and milliseconds of each hook, from `Server-Timing`.
fn outcomes(answer: &Value) -> HashMap<String, (String, f64)> {
    let header = answer["headers"]["server-timing"].as_str().unwrap();
    let entry = |entry: &str| {
        let (name, rest) = entry.split_once(";dur=")?;
        let (duration, outcome) = rest.split_once(";desc=")?;
        let outcome = outcome.trim_matches('"').to_owned();
        Some((name.to_owned(), (outcome, duration.parse().ok()?)))
    };
    header
        .split(", ")
        .map(|text| entry(text).unwrap_or_else(|| panic!("{header}")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_fetches_with_its_secret_and_nothing_else_sees_it() {
    let reply = serde_json::from_value(json!({"json": {"tier": "gold"}})).unwrap();
    let receiver = Receiver::start([("crm".to_owned(), vec![reply])].into()).await;
    let port = receiver.port;
    let crm = format!(
        "export default async function (event, hook) {{
            const response = await fetch('http://127.0.0.1:{port}/crm', {{
                method: 'POST',
                headers: {{ authorization: `Bearer ${{hook.secrets.CrmToken}}` }},
                body: JSON.stringify({{ stage: event.eventType }}),
            }});
            console.log('asked with', hook.secrets.CrmToken);
            const {{ tier }} = await response.json();
            return {{ context: {{ tier, status: response.status }} }};
        }}"
    );
    let elsewhere = format!(
        "export default async (event, hook) => {{
            await fetch('http://127.0.0.1:{port}/elsewhere?' + hook.secrets.CrmToken, {{ method: 'POST', body: '{{}}' }});
        }}"
    );
    let talkative =
        "export default (event, hook) => { throw new Error('refused: ' + hook.secrets.CrmToken) }";
    let undeclared = "export default (event, hook) => ({ context: { known: Object.keys(hook.secrets).length } })";
    let continues = json!({"failure": "continue"});
    let deployment = Scripts::default()
        .with(
            "crm",
            json!({"source": crm, "hosts": ["127.0.0.1"], "secrets": ["CrmToken"]}),
            json!({}),
        )
        .with(
            "elsewhere",
            json!({"source": elsewhere, "hosts": ["crm.example.com"], "secrets": ["CrmToken"]}),
            continues.clone(),
        )
        .with(
            "talkative",
            json!({"source": talkative, "secrets": ["CrmToken"]}),
            continues,
        )
        .with("undeclared", json!({"source": undeclared}), json!({}))
        .deploy()
        .await;
    let api = RuntimeApi::start().await;
    let function = deployment.start(&api);

    let answer = api.invoke(event()).await;
    assert_eq!(
        body_of(&answer),
        json!({"context": {"tier": "gold", "status": 200, "known": 0}}),
        "{answer}"
    );
    let outcomes = outcomes(&answer);
    let outcome = |name: &str| outcomes[name].0.as_str();
    assert_eq!(outcome("crm"), "ok");
    assert_eq!(outcome("elsewhere"), "egress-refused");
    assert_eq!(outcome("talkative"), "script-error");

    let requests = receiver.received();
    assert_eq!(requests.len(), 1, "the undeclared host got none");
    assert_eq!(
        requests[0].headers["authorization"],
        format!("Bearer {CRM_TOKEN}")
    );
    assert_eq!(requests[0].body, json!({"stage": "beforeRegistration"}));

    let log = function.kill().await;
    assert!(log.contains("refused: "), "the error is logged:\n{log}");
    for (what, text) in [("answer", answer.to_string()), ("log", log)] {
        assert!(!text.contains(CRM_TOKEN), "the {what} holds it: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_authors_line_of_a_bundle_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (
            "hookpoint.yaml",
            "version: 1\napplications: { web-shop: { name: Shop, kind: identity } }\nhooks: { tiers: { script: tiers.ts } }\nbindings: [{ application: web-shop, stage: beforeRegistration, hook: tiers, failure: continue }]\n",
        ),
        (
            "tiers.ts",
            "import { tier } from \"./tier\";\n\nexport default (): unknown => ({ context: { tier: tier(7) } });\n",
        ),
        (
            "tier.ts",
            "export function tier(n: number): string {\n  // A comment.\n  if (n > 1) throw new Error(\"no such tier\");\n  return \"gold\";\n}\n",
        ),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().join("hookpoint.yaml");
    let load = move || {
        let bundler = BundlerProcess::find(Some(programs().1.clone()), None);
        Workspace::load_with(&path, &bundler).unwrap_or_else(|errors| panic!("{errors}"))
    };
    let workspace = tokio::task::spawn_blocking(load).await.unwrap();
    let functions = [STAGE.name()];
    let deployment = Deployment::of_workspace(&workspace, &functions, "bundles").await;
    let api = RuntimeApi::start().await;
    let function = deployment.start(&api);
    let answer = api.invoke(event()).await;
    assert_eq!(outcomes(&answer)["tiers"].0, "script-error", "{answer}");
    let log = function.kill().await;
    assert!(log.contains("hook `tiers` version 1: tier.ts:3:"), "{log}");
    assert!(
        log.contains("throw new Error(\\\"no such tier\\\")"),
        "its line is quoted: {log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_never_ends_is_stopped_in_its_time_and_the_next_event_is_answered() {
    let source = "export default (event) => { while (event.context.endless) {} return { context: { done: true } } }";
    let deployment = Scripts::default()
        .with(
            "endless",
            json!({"source": source}),
            json!({"timeoutMs": 300, "failure": "deny"}),
        )
        .deploy()
        .await;
    let api = RuntimeApi::start().await;
    let _function = deployment.start(&api);
    // The first script starts the sandbox.
    assert_eq!(
        body_of(&api.invoke(event()).await),
        json!({"context": {"done": true}})
    );

    let mut endless = event();
    let mut body: Value = serde_json::from_str(endless["body"].as_str().unwrap()).unwrap();
    body["context"]["endless"] = json!(true);
    endless["body"] = json!(body.to_string());
    let answer = api.invoke(endless).await;
    assert!(body_of(&answer)["deny"].is_object(), "{answer}");
    let (outcome, milliseconds) = &outcomes(&answer)["endless"];
    assert_eq!(outcome, "script-timeout");
    // The engine stops it a little before its deadline. The benchmarks measure how precisely; this machine runs other
    // tests.
    assert!(
        (200.0..1_000.0).contains(milliseconds),
        "{milliseconds} ms of 300 ms"
    );

    assert_eq!(
        body_of(&api.invoke(event()).await),
        json!({"context": {"done": true}})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_scripts_end_as_they_must_and_the_rest_of_their_wave_counts() {
    const CHOSEN: [&str; 9] = [
        "busy-loop",
        "sparse-sort",
        "catastrophic-regexp",
        "string-doubling",
        "deep-recursion",
        "huge-result",
        "cyclic-result",
        "throws-null",
        "prototype-pollution",
    ];
    let corpus: Vec<Value> = include_str!("../corpora/hostile-scripts.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let case = |name: &str| corpus.iter().find(|case| case["name"] == name).unwrap();
    let mut scripts = Scripts::default().with(
        "honest",
        json!({"source": "export default () => ({ context: { honest: true } })"}),
        json!({}),
    );
    for name in CHOSEN {
        let case = case(name);
        // All compete for this machine; only those that cannot end by themselves get a short deadline.
        let timeout = if case["expect"] == "timeout" {
            300
        } else {
            2_500
        };
        scripts = scripts.with(
            name,
            json!({"source": case["code"]}),
            json!({"timeoutMs": timeout, "failure": "continue"}),
        );
    }
    let deployment = scripts.deploy().await;
    let api = RuntimeApi::start().await;
    let _function = deployment.start(&api);

    // The second wave uses the hooks prepared by the first.
    for _ in 0..2 {
        let answer = api.invoke(event()).await;
        assert_eq!(
            body_of(&answer),
            json!({"context": {"honest": true, "ok": true}}),
            "{answer}"
        );
        let outcomes = outcomes(&answer);
        for name in CHOSEN {
            let allowed: &[&str] = match case(name)["expect"].as_str().unwrap() {
                "timeout" => &["script-timeout"],
                "memory" => &["script-memory"],
                "error" => &["script-error", "script-stack", "bad-response", "too-large"],
                "ok-without-deny" => &["ok"],
                other => panic!("{name}: unknown expectation {other}"),
            };
            let outcome = outcomes[name].0.as_str();
            assert!(allowed.contains(&outcome), "{name} ended as {outcome}");
        }
    }
}

/// The processes whose parent is this one.
fn children(parent: u32) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap();
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes
        .filter(|process: &u32| {
            std::fs::read_to_string(format!("/proc/{process}/status")).is_ok_and(|status| {
                status
                    .lines()
                    .any(|line| line == format!("PPid:\t{parent}"))
            })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_run_in_the_function_itself() {
    let source = "export default () => ({ context: { done: true } })";
    let deployment = Scripts::default()
        .with("simple", json!({"source": source}), json!({}))
        .deploy()
        .await;
    let api = RuntimeApi::start().await;
    let function = deployment.start(&api);
    for _ in 0..2 {
        let answer = api.invoke(event()).await;
        assert_eq!(body_of(&answer), json!({"context": {"done": true}}));
        assert_eq!(children(function.id()), [] as [u32; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_extensions_api_the_function_finishes_its_work_before_it_polls_again() {
    let deployment = Scripts::default()
        .with(
            "simple",
            json!({"source": "export default () => ({ context: { done: true } })"}),
            json!({}),
        )
        .deploy()
        .await;
    let api = RuntimeApi::without_extensions().await;
    let function = deployment.start(&api);
    api.frozen().await;
    body_of(&api.invoke(event()).await);
    assert_eq!(
        api.frozen().await,
        [Moment::Polled, Moment::Answered, Moment::Polled]
    );
    let log = function.kill().await;
    assert_eq!(log.matches("no Extensions API found").count(), 1, "{log}");
}
