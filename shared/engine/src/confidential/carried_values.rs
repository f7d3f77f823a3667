//! Confidential values carried by a continuation.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::confidential::secret::Secret;

/// Stands for all values in a token.
const ANYTHING: &str = "anything";

/// Confidential values that hooks put into the effects of a pass. They travel in sealed tokens only, so that they are
/// still hidden after the pass is resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarriedValues {
    /// A known list of values.
    Values(Vec<Secret>),
    /// Too many values to list.
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
            // For a value written by a newer version, hiding more is the safe choice.
            _ => Ok(Self::Anything),
        }
    }
}
