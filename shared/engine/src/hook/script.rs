//! Script hooks: JavaScript that runs in the sandbox.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CompiledScript, SourceMap};
use crate::identifier::SecretName;

/// A script and the hosts it may reach.
///
/// Equality ignores what it was compiled to.
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
    /// Secrets of the body that it can run without: one without a value is absent from `hook.secrets`. If any other has
    /// no value, the run fails.
    #[serde(
        default,
        rename = "optionalSecrets",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub optional_secrets: Vec<SecretName>,
    /// The source map, if the source is a bundle. Absent for a script published as written or by an older version, and
    /// for a bundle whose map is too large.
    #[serde(default, rename = "sourceMap", skip_serializing_if = "Option::is_none")]
    pub source_map: Option<SourceMap>,
    /// The bytecode or memory from the publisher's engine, if any. Not part of the body's JSON or hash, since another engine
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
            optional_secrets,
            source_map,
            compiled: _,
        } = self;
        (source, file, hosts, optional_secrets, source_map)
            == (
                &other.source,
                &other.file,
                &other.hosts,
                &other.optional_secrets,
                &other.source_map,
            )
    }
}

impl Eq for ScriptHook {}
