//! Confidential values that travel in a continuation.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::confidential::secret::Secret;

/// What stands for all values in a token.
const ANYTHING: &str = "anything";

/// Confidential values that hooks put into the effects of a pass. They travel in sealed tokens only, so that they are hidden after the
/// pass is resumed too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarriedValues {
    /// These.
    Values(Vec<Secret>),
    /// More than are looked for one by one.
    Anything,
}

impl Default for CarriedValues {
    fn default() -> Self {
        Self::Values(Vec::new())
    }
}

impl CarriedValues {
    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Values(values) if values.is_empty())
    }
}

impl Serialize for CarriedValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Values(values) => serializer.collect_seq(values.iter().map(Secret::expose)),
            Self::Anything => serializer.serialize_str(ANYTHING),
        }
    }
}

impl<'de> Deserialize<'de> for CarriedValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Array(values) => Ok(Self::Values(
                values
                    .iter()
                    .filter_map(Value::as_str)
                    .map(Secret::new)
                    .collect(),
            )),
            // Whatever a newer version writes here, hiding more is safe.
            _ => Ok(Self::Anything),
        }
    }
}
