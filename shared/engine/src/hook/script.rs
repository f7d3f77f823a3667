//! Script hooks: JavaScript that runs in the sandbox.

use serde::{Deserialize, Serialize};

/// A script and what it may reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptHook {
    /// One module: an ES module or the `CommonJS` form.
    pub source: String,
    /// The file the source was read from, for messages: a path relative to the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Hosts that `fetch` may reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}
