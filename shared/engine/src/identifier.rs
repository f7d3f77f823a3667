//! Names used in routes, partition keys and files, validated on construction.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// A text that is not a valid identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not a valid {kind}: {rule}")]
pub struct InvalidIdentifier {
    kind: &'static str,
    text: String,
    rule: &'static str,
}

/// Part of the error message.
const SLUG_RULE: &str = "use 1 to 64 letters, digits, `-` or `_`, starting with a letter or digit";

fn check_slug(kind: &'static str, text: &str) -> Result<(), InvalidIdentifier> {
    let starts_well = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    let all_allowed = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if starts_well && all_allowed && text.len() <= 64 {
        Ok(())
    } else {
        // A hostile name may be long, so the message shows its start only.
        Err(InvalidIdentifier {
            kind,
            text: text.chars().take(80).collect(),
            rule: SLUG_RULE,
        })
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidIdentifier;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                check_slug($kind, text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidIdentifier;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                check_slug($kind, &text)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// An application that posts events.
    ApplicationId, "application id"
);
identifier!(
    /// An identity store that applications share.
    StoreId, "identity store id"
);
identifier!(
    /// A binding, unique within its target and stage.
    BindingId, "binding id"
);
identifier!(
    /// A hook, unique in the installation.
    HookName, "hook name"
);
identifier!(
    /// A secret that hooks may use.
    SecretName, "secret name"
);
identifier!(
    /// A variable that hooks may use.
    VariableName, "variable name"
);
identifier!(
    /// A delivery: one asynchronous run across all its attempts. Sent as the `webhook-id`.
    DeliveryId, "delivery id"
);
identifier!(
    /// An ingest key of an application.
    IngestKeyId, "ingest key id"
);

impl From<&HookName> for BindingId {
    /// The id of a binding that does not set one.
    fn from(hook: &HookName) -> Self {
        Self(hook.0.clone())
    }
}

impl DeliveryId {
    /// Creates a random id.
    pub fn unique() -> Self {
        Self(format!("msg_{}", Uuid::new_v4().simple()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_of_partition_keys_are_refused() {
        for text in ["", "a#b", "a:b", "a/b", "-a", "a b", "ä", &"a".repeat(65)] {
            assert!(text.parse::<ApplicationId>().is_err(), "{text}");
        }
        assert_eq!(
            "Shop_1-eu".parse::<ApplicationId>().map(String::from),
            Ok("Shop_1-eu".to_owned())
        );
    }
}
