//! Runs a snippet as a hook, with the guarded client that deployments have.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    deadline::Deadline,
    hook::{
        Hook, HookBody, Implementation, ScriptHook, egress::EgressPolicy, exchange::Exchanges,
        outcome::HookFailure,
    },
    ports::{NoSourceMap, ScriptCall, ScriptRunner as _},
    stages::Stage,
};
use hookpoint_script::{Sandbox, SandboxOptions};
use hookpoint_webhook::GuardedClient;
use serde_json::Value;

/// Long enough for a machine that is busy with other tests.
const LIMIT: Duration = Duration::from_secs(20);

/// The lines that a snippet logs.
pub(crate) async fn printed(snippet: &Path, event: &Value) -> Result<Vec<String>, HookFailure> {
    let client = GuardedClient::new(EgressPolicy {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        http_hosts: vec!["127.0.0.1".to_owned()],
        ..EgressPolicy::default()
    });
    let sandbox = Sandbox::new(&SandboxOptions::default(), Arc::new(client));
    let hook = Hook {
        name: "snippet".parse().unwrap(),
        version: 1,
        body: Arc::new(HookBody {
            implementation: Implementation::Script(ScriptHook {
                source: fs::read_to_string(snippet).unwrap(),
                file: Some(snippet.file_name().unwrap().to_string_lossy().into_owned()),
                hosts: vec!["127.0.0.1".to_owned()],
                optional_secrets: Vec::new(),
                source_map: None,
                compiled: None,
            }),
            secrets: Vec::new(),
        }),
    };
    let exchanges = Exchanges::new(false);
    let reply = sandbox
        .run(ScriptCall {
            hook: &hook,
            stage: Stage::ConversationStart,
            event: event.as_object().unwrap(),
            variables: BTreeMap::new(),
            secrets: Vec::new(),
            correlation_id: "0b6f1f4e-0000-4000-8000-000000000000",
            delivery: None,
            now: SystemTime::now(),
            deadline: Deadline::after(tokio::time::Instant::now(), LIMIT),
            source_map: &NoSourceMap,
            exchanges: &exchanges,
        })
        .await?;
    Ok(reply.log)
}
