//! Static hooks: a fixed JSON response, for prototypes, tests and constants.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Returns the same response for every event. There are no placeholders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StaticHook {
    /// The response, checked like any other hook's.
    pub response: Map<String, Value>,
}
