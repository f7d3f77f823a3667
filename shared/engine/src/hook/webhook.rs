//! Webhook hooks: the event is posted to an endpoint, whose JSON answer is the response.

use serde::{Deserialize, Serialize};

use crate::{hook::template::Template, identifier::SecretName};

/// An endpoint, the headers it wants, and the keys it knows requests by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookHook {
    /// Where the event is posted; may contain references to secrets and variables.
    pub url: Template,
    /// Headers sent beside those of the contract; values may contain references to secrets and variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Template)>,
    /// The secrets that sign each request, one signature a secret, in this order; unsigned when empty. Several at once are a
    /// rotation: an endpoint that knows any of them can verify the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing_secrets: Vec<SecretName>,
}
