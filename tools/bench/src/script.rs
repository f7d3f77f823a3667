//! The measured scripts, in the sandbox and in this process.

mod bundle;
mod in_process;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use async_trait::async_trait;
use hookpoint_engine::{
    deadline::Deadline,
    hook::{
        Hook, HookBody, Implementation, ScriptHook,
        exchange::Exchanges,
        outcome::{FailureClass, HookFailure},
    },
    ports::{
        Fetch, FetchReply, FetchRequest, NoSourceMap, ScriptCall, ScriptReply, ScriptRunner as _,
    },
};
use hookpoint_script::{Ahead, Sandbox, SandboxOptions};
use serde_json::{Map, Value};
use tokio::time::Instant;

pub(crate) use self::in_process::run as run_in_process;
use crate::sample::{self, STAGE};

/// A deadline longer than any measured script takes, under any quota.
pub(crate) const AMPLE: Duration = Duration::from_secs(5);
/// Memory for eight runs at once.
pub(crate) const ROOMY_MB: u64 = 512;

/// A constant correlation id, on which no measurement depends.
pub(crate) const CORRELATION_ID: &str = "0b6f1f4e-0000-4000-8000-000000000000";
const THREE_LINES: &str = r#"export default async function (event, hook) {
  return { context: { tier: event.eventType === "conversationStart" ? "gold" : hook.correlationId } };
}
"#;

/// A script that is measured.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// Its name in the table.
    pub(crate) name: &'static str,
    source: String,
}

/// From a small script to the maximum size.
pub(crate) fn scripts() -> [Script; 4] {
    let bundle = |name, size| Script {
        name,
        source: bundle::of_size(size),
    };
    [
        Script {
            name: "3 lines",
            source: THREE_LINES.to_owned(),
        },
        bundle("20 KB", 20_000),
        bundle("200 KB", 200_000),
        bundle("1 MiB", 1_040_000),
    ]
}

impl Script {
    /// The source of the module.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// A version of the hook with this script.
    pub(crate) fn hook(&self, version: u32) -> anyhow::Result<Hook> {
        hook(&self.source, version)
    }

    /// A version of the hook as it is published, with its bytecode or memory.
    pub(crate) async fn published(&self, sandbox: &Sandbox, version: u32) -> anyhow::Result<Hook> {
        let hook = self.hook(version)?;
        let compiled = sandbox
            .compile_source("measured", None, &self.source, false, Ahead::Memory)
            .await;
        let compiled = compiled
            .context("no sandbox")?
            .map_err(|diagnostic| anyhow::anyhow!("{diagnostic}"))?
            .context("it is too large to be stored")?;
        let body = HookBody::clone(&hook.body).with_compiled(Some(compiled));
        Ok(Hook {
            body: Arc::new(body),
            ..hook
        })
    }

    /// Runs it in a fresh engine in this process; returns the microseconds.
    pub(crate) fn run_in_process(&self, event: &Map<String, Value>) -> anyhow::Result<f64> {
        let begin = Instant::now();
        let response = run_in_process(&self.source, event, CORRELATION_ID)?;
        let took = begin.elapsed();
        ensure_answered(response)?;
        Ok(took.as_secs_f64() * 1_000_000.0)
    }
}

/// A hook with a script.
pub(crate) fn hook(source: &str, version: u32) -> anyhow::Result<Hook> {
    Ok(Hook {
        name: "measured".parse()?,
        version,
        body: Arc::new(HookBody {
            implementation: Implementation::Script(ScriptHook {
                source: source.to_owned(),
                file: None,
                hosts: Vec::new(),
                optional_secrets: Vec::new(),
                source_map: None,
                compiled: None,
            }),
            secrets: Vec::new(),
        }),
    })
}

/// A sandbox with this much memory.
pub(crate) fn sandbox(memory_mb: u64) -> Sandbox {
    let options = SandboxOptions {
        memory_mb,
        ..SandboxOptions::default()
    };
    Sandbox::new(&options, Arc::new(NoFetch))
}

/// The event of each script.
pub(crate) fn event() -> anyhow::Result<Map<String, Value>> {
    match serde_json::to_value(STAGE.example())? {
        Value::Object(event) => Ok(event),
        other => anyhow::bail!("the example event is not an object: {other}"),
    }
}

/// Runs it in the sandbox and checks the result; returns the microseconds.
pub(crate) async fn run(
    sandbox: &Sandbox,
    hook: &Hook,
    event: &Map<String, Value>,
) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let reply = call(sandbox, hook, event, AMPLE).await;
    let took = begin.elapsed();
    let reply = reply.context("a script failed unexpectedly")?;
    ensure_answered(reply.response)?;
    Ok(took.as_secs_f64() * 1_000_000.0)
}

/// Runs it in the sandbox, whatever the result.
pub(crate) async fn call(
    sandbox: &Sandbox,
    hook: &Hook,
    event: &Map<String, Value>,
    limit: Duration,
) -> Result<ScriptReply, HookFailure> {
    let exchanges = Exchanges::new(false);
    sandbox
        .run(ScriptCall {
            hook,
            stage: STAGE,
            event,
            variables: BTreeMap::new(),
            secrets: Vec::new(),
            correlation_id: CORRELATION_ID,
            delivery: None,
            now: SystemTime::now(),
            deadline: Deadline::after(Instant::now(), limit),
            source_map: &NoSourceMap,
            exchanges: &exchanges,
        })
        .await
}

fn ensure_answered(response: Map<String, Value>) -> anyhow::Result<()> {
    sample::ensure_answered(&serde_json::to_vec(&Value::Object(response))?)
}

/// Refuses all requests.
#[derive(Debug)]
struct NoFetch;

#[async_trait]
impl Fetch for NoFetch {
    async fn fetch(&self, _request: FetchRequest) -> Result<FetchReply, HookFailure> {
        Err(HookFailure::new(
            FailureClass::EgressRefused,
            "nothing is fetched while scripts are measured",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_as_large_as_its_name_says_and_answers_what_every_hook_here_answers() {
        let sizes: Vec<_> = scripts().iter().map(|script| script.source.len()).collect();
        assert_eq!(sizes[0], THREE_LINES.len());
        assert!((19_500..=20_500).contains(&sizes[1]), "{sizes:?}");
        assert!((199_500..=200_500).contains(&sizes[2]), "{sizes:?}");
        for script in scripts() {
            script.run_in_process(&event().unwrap()).unwrap();
        }
    }
}
