//! What a binding says ahead about its hook, so that the body need not be read first.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{
    hook::{HookBody, HookKind},
    identifier::SecretName,
};

/// The kind of the bound version and the secrets it declares, derived from its body by the publication.
///
/// It only decides what is read early. What runs, and with which secrets, is what the body says. A hint that is absent,
/// as in bindings that an older version published, or wrong costs time and nothing else. It therefore takes no part in
/// comparisons: bindings are equal if they run the same hook in the same way.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookHint {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<HookKind>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<SecretName>,
}

impl HookHint {
    /// The hint for bindings of a hook version.
    pub fn of(body: &HookBody) -> Self {
        Self {
            kind: Some(body.implementation.kind()),
            secrets: body.secrets.clone(),
        }
    }

    /// Whether nothing is known.
    pub fn is_absent(&self) -> bool {
        self.kind.is_none() && self.secrets.is_empty()
    }

    /// Whether the hook is probably a script.
    pub(crate) fn is_script(&self) -> bool {
        self.kind == Some(HookKind::Script)
    }

    /// The secrets that the hook probably declares, by the names it uses.
    pub(crate) fn secrets(&self) -> &[SecretName] {
        &self.secrets
    }
}

impl PartialEq for HookHint {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for HookHint {}

impl<'de> Deserialize<'de> for HookHint {
    /// Ignores what it does not understand: an invalid hint must not make a binding unreadable.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let kind = value.get("kind").cloned();
        let secrets = value.get("secrets").and_then(Value::as_array);
        Ok(Self {
            kind: kind.and_then(|kind| serde_json::from_value(kind).ok()),
            secrets: secrets
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str()?.parse().ok())
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_hint_is_read_as_far_as_it_is_understood() {
        let read = |value: Value| serde_json::from_value::<HookHint>(value).unwrap();
        let hint = read(json!({"kind": "webhook", "secrets": ["ApiToken", "Key"]}));
        assert_eq!(hint.kind, Some(HookKind::Webhook));
        assert_eq!(
            serde_json::to_value(&hint).unwrap(),
            json!({"kind": "webhook", "secrets": ["ApiToken", "Key"]})
        );
        let newer = read(json!({"kind": "wasm", "secrets": ["ApiToken", 3, "not a name"], "x": 1}));
        assert_eq!((newer.kind, newer.secrets.len()), (None, 1));
        for nothing in [json!(null), json!("x"), json!({"secrets": "ApiToken"})] {
            assert!(read(nothing).is_absent());
        }
    }
}
