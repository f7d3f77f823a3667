//! Hooks: named, versioned and immutable.

mod bundle_files;
pub mod circuit;
mod compiled;
pub mod effects;
pub mod egress;
pub mod exchange;
pub mod outcome;
pub(crate) mod planned;
pub mod replay;
pub(crate) mod run;
mod script;
mod source_map;
mod r#static;
pub mod template;
mod webhook;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::{
    bundle_files::{BUNDLE_FILES_LIMIT, BundleFiles},
    compiled::{COMPILED_LIMIT, CompiledForm, CompiledScript},
    script::ScriptHook,
    source_map::{SOURCE_MAP_LIMIT, SourceMap},
    r#static::StaticHook,
    webhook::WebhookHook,
};
use crate::{
    hook::outcome::FailureClass,
    identifier::{HookName, SecretName},
};

/// One version of a hook. Immutable, so it can be cached indefinitely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hook {
    /// Its name.
    pub name: HookName,
    /// Its version, from 1.
    pub version: u32,
    /// What it does.
    pub body: Arc<HookBody>,
}

impl Hook {
    /// Names this version.
    pub fn reference(&self) -> HookReference {
        HookReference {
            name: self.name.clone(),
            version: self.version,
            sha256: self.body.sha256(),
        }
    }
}

/// The content of a hook version: everything but its name and number. Equal bodies mean the same version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HookBody {
    /// The kind of hook and its settings.
    pub implementation: Implementation,
    /// The secrets it may use; it has access to no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretName>,
}

impl HookBody {
    /// SHA-256 of the body as stored, lower-case hexadecimal.
    ///
    /// # Panics
    /// Never: the body consists of JSON values and strings, which always serialise.
    pub fn sha256(&self) -> String {
        Self::sha256_of(&self.to_json())
    }

    /// SHA-256 of a stored body, including members unknown to this version.
    pub fn sha256_of(json: &str) -> String {
        hex(&Sha256::digest(json.as_bytes()))
    }

    /// The body as stored JSON, without what a script was compiled to.
    pub fn to_json(&self) -> String {
        // Serialising strings, numbers and JSON values into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a hook runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Implementation {
    /// Returns a fixed JSON response.
    Static(StaticHook),
    /// Posts the event to an endpoint.
    Webhook(WebhookHook),
    /// Runs a script in the sandbox.
    Script(ScriptHook),
}

impl HookBody {
    /// What was published with a script: its bytecode or memory.
    pub fn compiled(&self) -> Option<&CompiledScript> {
        self.implementation.as_script()?.compiled.as_deref()
    }

    /// The source map of a bundled script.
    pub fn source_map(&self) -> Option<&SourceMap> {
        self.implementation.as_script()?.source_map.as_ref()
    }

    /// The secrets without which the hook fails.
    pub fn needed_secrets(&self) -> impl Iterator<Item = &SecretName> {
        let optional = self.implementation.as_script();
        let optional = optional.map_or(&[][..], |script| &script.optional_secrets);
        self.secrets
            .iter()
            .filter(move |name| !optional.contains(name))
    }

    /// Adds the text of the source map that a store kept, if it is the one that belongs to the bundle.
    #[must_use]
    pub fn with_source_map_text(mut self, text: Option<&str>) -> Self {
        if let Some(script) = self.implementation.as_script_mut() {
            script.source_map = script.source_map.take().map(|map| map.with_text(text));
        }
        self
    }

    /// The files beside the sources of a bundle, if they were read.
    pub fn bundle_files(&self) -> Option<&BundleFiles> {
        self.source_map().and_then(SourceMap::files)
    }

    /// Adds the files beside the sources that a store kept. Affects bundles only.
    #[must_use]
    pub fn with_bundle_files(mut self, files: Option<BundleFiles>) -> Self {
        if let Implementation::Script(script) = &mut self.implementation {
            script.source_map = script.source_map.take().map(|map| map.with_files(files));
        }
        self
    }

    /// Replaces or removes what a script was compiled to. Affects scripts only.
    #[must_use]
    pub fn with_compiled(mut self, compiled: Option<CompiledScript>) -> Self {
        self.set_compiled(compiled);
        self
    }

    /// Like [`with_compiled`](Self::with_compiled), in place.
    pub fn set_compiled(&mut self, compiled: Option<CompiledScript>) {
        if let Some(script) = self.implementation.as_script_mut() {
            script.compiled = compiled.map(Arc::new);
        }
    }
}

impl Implementation {
    /// The kind of hook, as a word.
    pub fn kind(&self) -> HookKind {
        match self {
            Self::Static(_) => HookKind::Static,
            Self::Webhook(_) => HookKind::Webhook,
            Self::Script(_) => HookKind::Script,
        }
    }

    /// The settings of a script; `None` for other kinds.
    pub fn as_script(&self) -> Option<&ScriptHook> {
        match self {
            Self::Script(script) => Some(script),
            Self::Static(_) | Self::Webhook(_) => None,
        }
    }

    fn as_script_mut(&mut self) -> Option<&mut ScriptHook> {
        match self {
            Self::Script(script) => Some(script),
            Self::Static(_) | Self::Webhook(_) => None,
        }
    }

    /// The settings of a webhook; `None` for other kinds.
    pub fn as_webhook(&self) -> Option<&WebhookHook> {
        match self {
            Self::Webhook(webhook) => Some(webhook),
            Self::Static(_) | Self::Script(_) => None,
        }
    }

    /// Whether its result depends on the event.
    pub(crate) fn reads_event(&self) -> bool {
        match self {
            Self::Static(_) => false,
            Self::Webhook(_) | Self::Script(_) => true,
        }
    }

    /// Whether it gets the event as serialised JSON.
    pub(crate) fn posts_event(&self) -> bool {
        match self {
            Self::Webhook(_) => true,
            Self::Static(_) | Self::Script(_) => false,
        }
    }

    /// The failure class when it exceeds its time.
    pub(crate) fn timeout_class(&self) -> FailureClass {
        match self {
            Self::Script(_) => FailureClass::ScriptTimeout,
            Self::Static(_) | Self::Webhook(_) => FailureClass::Timeout,
        }
    }
}

/// The three kinds of hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookKind {
    /// A fixed JSON response.
    Static,
    /// An HTTP endpoint.
    Webhook,
    /// A sandboxed script.
    Script,
}

impl fmt::Display for HookKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Static => "static",
            Self::Webhook => "webhook",
            Self::Script => "script",
        })
    }
}

/// The hook version that a binding runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HookReference {
    /// The hook.
    pub name: HookName,
    /// The version; publishing resolves `latest` to a number.
    pub version: u32,
    /// SHA-256 of the version's body.
    pub sha256: String,
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
