//! Hooks: named, versioned, immutable.

mod script;
mod r#static;
mod webhook;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::{script::ScriptHook, r#static::StaticHook, webhook::WebhookHook};
use crate::identifier::{HookName, SecretName};

/// One version of a hook. Versions are immutable and cached for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hook {
    /// Its name.
    pub name: HookName,
    /// Its version, from 1.
    pub version: u32,
    /// What it does.
    pub body: Arc<HookBody>,
}

/// What a version of a hook does: everything but its name and number. Two versions with the same body are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HookBody {
    /// The implementation.
    pub implementation: Implementation,
    /// The secrets it may use; it gets no other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretName>,
}

impl HookBody {
    /// SHA-256 of the body as stored, lower-case hexadecimal.
    ///
    /// # Panics
    /// Never: the body consists of JSON values and strings, which always serialise.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.to_json().as_bytes()))
    }

    /// The body as JSON, as the stores keep it.
    pub fn to_json(&self) -> String {
        // Serialising strings, numbers and JSON values into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a hook does when it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Implementation {
    /// Answers a fixed JSON response.
    Static(StaticHook),
    /// Posts the event to an endpoint.
    Webhook(WebhookHook),
    /// Runs a script in the sandbox.
    Script(ScriptHook),
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

/// Which version of which hook a binding runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HookReference {
    /// The hook.
    pub name: HookName,
    /// The version; publishing turned `latest` into a number.
    pub version: u32,
    /// SHA-256 of the version's body.
    pub sha256: String,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing into a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_stored_before_they_could_be_signed_keep_their_text_and_hash() {
        let stored = r#"{"implementation":{"webhook":{"url":"https://crm.example.com/{Token:Secret}","headers":[["x-team","crm"]]}},"secrets":["Token"]}"#;
        let body: HookBody = serde_json::from_str(stored).unwrap();
        assert_eq!(body.to_json(), stored);
        assert_eq!(
            body.sha256(),
            "e95a354497896364297d6bb8e83fddeef91c38402792ca455e243cbce4d01756"
        );
        let Implementation::Webhook(mut webhook) = body.implementation.clone() else {
            panic!("{body:?}");
        };
        webhook.signing_secrets = vec!["Token".parse().unwrap()];
        let signed = HookBody {
            implementation: Implementation::Webhook(webhook),
            ..body.clone()
        };
        assert!(
            signed.to_json().contains(r#""signingSecrets":["Token"]"#),
            "{}",
            signed.to_json()
        );
        assert_ne!(signed.sha256(), body.sha256(), "it is another version");
    }
}
