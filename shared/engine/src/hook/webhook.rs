//! Webhook hooks: the event is posted to an endpoint, whose JSON answer is the response.

use serde::{Deserialize, Serialize};

use crate::template::Template;

/// An endpoint and the headers it wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookHook {
    /// Where the event is posted; may contain references to secrets and variables.
    pub url: Template,
    /// Headers sent beside those of the contract; values may contain references to secrets and variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Template)>,
}
