//! Script hooks: JavaScript that runs in the sandbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::CompiledScript;

/// A script and what it may reach.
///
/// Two of them are equal when they run the same source within the same limits, whether or not one has bytecode of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScriptHook {
    /// One module: an ES module or the `CommonJS` form.
    pub source: String,
    /// The file the source was read from, for messages: a path relative to the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Hosts that `fetch` may reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The source as the publisher's engine compiled it, if it did. No part of the body's JSON, and so of its hash: another engine
    /// makes other bytecode of the same version. Stores keep it beside the body.
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
