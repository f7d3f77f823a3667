//! Sandboxes, hooks and calls with defaults for tests.

pub(crate) mod server;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use hookpoint_engine::{
    confidential::secret::Secret,
    deadline::Deadline,
    hook::{Hook, HookBody, Implementation, ScriptHook, exchange::Exchanges, outcome::HookFailure},
    ports::{Fetch, NoSourceMap, ScriptCall, ScriptReply, ScriptRunner as _, SourceMapReader},
    stages::Stage,
};
use hookpoint_script::{Sandbox, SandboxOptions};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use self::server::HttpFetch;

/// Lists a module's tests, each run on its own runtime.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) fn tests() -> Vec<libtest_mimic::Trial> {
            let module = module_path!().rsplit("::").next().unwrap_or_default();
            vec![$(
                libtest_mimic::Trial::test(format!("{module}::{}", stringify!($name)), || {
                    crate::support::block_on($name());
                    Ok(())
                }),
            )*]
        }
    };
}
pub(crate) use tests;

pub(crate) fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test);
}

/// Returns numbers below a bound, the same in every test run.
pub(crate) fn random_numbers() -> impl FnMut(usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 16).unwrap_or_default() % bound
    }
}

pub(crate) fn sandbox() -> Sandbox {
    sandbox_with(Arc::new(HttpFetch))
}

pub(crate) fn sandbox_with(fetch: Arc<dyn Fetch>) -> Sandbox {
    Sandbox::new(&SandboxOptions::default(), fetch)
}

/// A run with defaults for everything but the source.
pub(crate) struct Run {
    pub(crate) hook: Hook,
    pub(crate) event: Map<String, Value>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) secrets: Vec<(&'static str, &'static str)>,
    pub(crate) limit: Duration,
    pub(crate) stage: Stage,
}

pub(crate) fn script(source: &str) -> Run {
    Run {
        hook: hook("under-test", source, &[]),
        event: object(json!({ "eventType": "conversationStart", "context": {} })),
        variables: Vec::new(),
        secrets: Vec::new(),
        limit: Duration::from_secs(5),
        stage: Stage::BeforeRegistration,
    }
}

pub(crate) fn hook(name: &str, source: &str, hosts: &[&str]) -> Hook {
    Hook {
        name: name.parse().expect("a hook name"),
        version: 3,
        body: Arc::new(HookBody {
            implementation: Implementation::Script(ScriptHook {
                source: source.to_owned(),
                file: Some("hooks/under-test.js".to_owned()),
                hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
                optional_secrets: Vec::new(),
                source_map: None,
                compiled: None,
            }),
            secrets: Vec::new(),
        }),
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("not an object: {other}"),
    }
}

impl Run {
    pub(crate) fn hosts(mut self, source: &str, hosts: &[&str]) -> Self {
        self.hook = hook("under-test", source, hosts);
        self
    }

    pub(crate) fn event(mut self, event: Value) -> Self {
        self.event = object(event);
        self
    }

    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) async fn on(&self, sandbox: &Sandbox) -> Result<ScriptReply, HookFailure> {
        self.on_with(sandbox, &NoSourceMap).await
    }

    pub(crate) async fn on_with(
        &self,
        sandbox: &Sandbox,
        source_map: &dyn SourceMapReader,
    ) -> Result<ScriptReply, HookFailure> {
        let exchanges = Exchanges::new(false);
        sandbox
            .run(ScriptCall {
                hook: &self.hook,
                stage: self.stage,
                event: &self.event,
                variables: self
                    .variables
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str()))
                    .collect(),
                secrets: self
                    .secrets
                    .iter()
                    .map(|(name, value)| (name.parse().expect("a name"), Secret::new(*value)))
                    .collect(),
                correlation_id: "0b6f1f4e-0000-4000-8000-000000000000",
                delivery: None,
                now: SystemTime::now(),
                deadline: Deadline::after(Instant::now(), self.limit),
                source_map,
                exchanges: &exchanges,
            })
            .await
    }

    /// Panics if the run fails.
    pub(crate) async fn response(&self, sandbox: &Sandbox) -> Value {
        match self.on(sandbox).await {
            Ok(reply) => Value::Object(reply.response),
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Panics if the run succeeds.
    pub(crate) async fn failure(&self, sandbox: &Sandbox) -> HookFailure {
        self.failure_with(sandbox, &NoSourceMap).await
    }

    pub(crate) async fn failure_with(
        &self,
        sandbox: &Sandbox,
        source_map: &dyn SourceMapReader,
    ) -> HookFailure {
        match self.on_with(sandbox, source_map).await {
            Err(failure) => failure,
            Ok(reply) => panic!("it succeeded: {:?}", reply.response),
        }
    }
}

/// Number of threads of this process that run scripts or tick.
pub(crate) fn script_threads() -> usize {
    std::fs::read_dir("/proc/self/task")
        .expect("/proc")
        .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("comm")).ok())
        .filter(|name| name.starts_with("hookpoint-"))
        .count()
}

/// Fails after two seconds.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let started = std::time::Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(2), "never: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Allowed growth of resident memory, in bytes, over many runs: allocator and short-lived threads.
pub(crate) const GROWTH_LIMIT: u64 = 8 << 20;

/// Resident memory of this process, in bytes.
pub(crate) fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("/proc");
    let line = text.lines().find(|line| line.starts_with("Rss:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.expect("a size") * 1024
}

/// Makes the allocator give back what is free, if it can.
pub(crate) fn give_back_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        unsafe extern "C" {
            fn malloc_trim(pad: usize) -> i32;
        }
        // SAFETY: glibc's allocator may be trimmed at any time.
        unsafe { malloc_trim(0) };
    }
}
