//! Runs scripts.

use std::{collections::BTreeMap, fmt, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use hookpoint_stages::Stage;
use serde_json::{Map, Value};

use crate::{
    confidential::secret::Secret,
    deadline::Deadline,
    hook::{Hook, exchange::Exchanges, outcome::HookFailure},
    identifier::{DeliveryId, SecretName},
};

/// One run of a script.
pub struct ScriptCall<'a> {
    /// The hook.
    pub hook: &'a Hook,
    /// The stage.
    pub stage: Stage,
    /// The event at this point of the chain.
    pub event: &'a Map<String, Value>,
    /// The application's variables, overridden by the binding's.
    pub variables: BTreeMap<&'a str, &'a str>,
    /// The secrets the hook declares.
    pub secrets: Vec<(SecretName, Secret)>,
    /// Identifies the event in every system it passes through.
    pub correlation_id: &'a str,
    /// The delivery that this run is an attempt at.
    pub delivery: Option<&'a DeliveryId>,
    /// The wall clock.
    pub now: SystemTime,
    /// When the run must be over.
    pub deadline: Deadline,
    /// Reads the source map of the hook, when it is a bundle and has failed.
    pub source_map: &'a dyn SourceMapReader,
    /// Records the requests of the run, and whether it waited for other runs.
    pub exchanges: &'a Exchanges,
}

impl fmt::Debug for ScriptCall<'_> {
    /// The event may have a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ScriptCall");
        shown
            .field("hook", &self.hook.name)
            .field("stage", &self.stage)
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}

/// Reads one source map, if it can be read in time.
#[async_trait]
pub trait SourceMapReader: fmt::Debug + Send + Sync {
    /// The map as JSON. MUST return within 50 ms.
    async fn source_map(&self) -> Option<Arc<str>>;
}

/// Has no source map.
#[derive(Debug, Clone, Copy)]
pub struct NoSourceMap;

#[async_trait]
impl SourceMapReader for NoSourceMap {
    async fn source_map(&self) -> Option<Arc<str>> {
        None
    }
}

/// The result of a script run.
#[derive(Debug, Clone, Default)]
pub struct ScriptReply {
    /// Its response.
    pub response: Map<String, Value>,
    /// Its `console` lines, redacted and capped.
    pub log: Vec<String>,
}

/// Runs scripts in the sandbox.
#[async_trait]
pub trait ScriptRunner: Send + Sync {
    /// Runs a script once. MUST end by the deadline; the failure of a bundle MAY be reported later by the time that its source map
    /// takes to read. MUST NOT share anything with another run.
    async fn run(&self, call: ScriptCall<'_>) -> Result<ScriptReply, HookFailure>;

    /// Begins to load what the first run needs, because a script is probably about to run. MUST return at once.
    fn expect_run(&self) {}

    /// Begins to prepare a hook that is probably about to run, by the deadline of that run. MUST return at once, and MUST NOT
    /// change what the run returns.
    fn expect_run_of(&self, hook: &Hook, deadline: Deadline) {
        let _ = (hook, deadline);
    }

    /// How the memory of scripts is placed on this machine: `mapped` or `copied`. `None` until a script has run.
    fn placing(&self) -> Option<&'static str> {
        None
    }
}
