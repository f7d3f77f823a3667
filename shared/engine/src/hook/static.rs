//! Static hooks: a fixed JSON response, for prototypes, tests and constants.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Answers the same response to every event. There are no placeholders.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StaticHook {
    /// The response, checked like that of any other hook.
    pub response: Map<String, Value>,
}
