//! Webhook hooks: the event is posted to an endpoint, which returns the response as JSON.

use serde::{Deserialize, Serialize};

use crate::{hook::template::Template, identifier::SecretName};

/// An endpoint with its headers and signing secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookHook {
    /// Where the event is posted; may contain references to secrets and variables.
    pub url: Template,
    /// Headers in addition to those of the contract; values may contain references to secrets and variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Template)>,
    /// The secrets that sign each request, one signature per secret, in this order; unsigned when empty. Several are
    /// for rotation: an endpoint that knows any of them can verify the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signing_secrets: Vec<SecretName>,
}
