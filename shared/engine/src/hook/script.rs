//! Script hooks: JavaScript that runs in the sandbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::CompiledScript;

/// A script and the hosts it may reach.
///
/// Two are equal when source and hosts are equal, whatever their bytecode.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScriptHook {
    /// One module, as an ES module or in `CommonJS` form.
    pub source: String,
    /// Path of the source file relative to the workspace, for messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Hosts that `fetch` may reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The bytecode from the publisher's engine, if any. Not part of the body's JSON or hash, since another engine
    /// compiles the same version differently. Stores keep it beside the body.
    #[serde(skip)]
    pub compiled: Option<Arc<CompiledScript>>,
}

impl PartialEq for ScriptHook {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            source,
            file,
            hosts,
            compiled: _,
        } = self;
        (source, file, hosts) == (&other.source, &other.file, &other.hosts)
    }
}

impl Eq for ScriptHook {}
