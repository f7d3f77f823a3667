//! Posts events to endpoints.

use std::{fmt, time::SystemTime};

use async_trait::async_trait;

use crate::{
    confidential::secret::Secret, deadline::Deadline, hook::outcome::HookFailure,
    identifier::SecretName,
};

/// One webhook call, rendered and ready to go.
pub struct WebhookCall<'a> {
    /// Where to post, with references replaced and the policy checked; may contain secrets.
    pub url: &'a Secret,
    /// The URL as the hook's author wrote it, safe to show in messages.
    pub display_url: String,
    /// The hook's own headers, with references replaced.
    pub headers: Vec<(String, Secret)>,
    /// The keys to sign with, each as `whsec_<base64>`, with the names to use for them in messages. Unsigned when
    /// empty.
    pub signing_secrets: Vec<(SecretName, Secret)>,
    /// The event.
    pub body: Vec<u8>,
    /// Identifies the event in every system it passes through.
    pub correlation_id: &'a str,
    /// Identifies the delivery; the same on each attempt.
    pub webhook_id: &'a str,
    /// Forwarded when the event came with one (W3C Trace Context).
    pub traceparent: Option<&'a str>,
    /// When this attempt starts.
    pub now: SystemTime,
    /// When the complete response must have arrived.
    pub deadline: Deadline,
}

impl fmt::Debug for WebhookCall<'_> {
    /// The event may have a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("WebhookCall");
        shown
            .field("url", &self.display_url)
            .field("webhook_id", &self.webhook_id)
            .finish_non_exhaustive()
    }
}

/// Posts events to endpoints.
#[async_trait]
pub trait WebhookRunner: Send + Sync {
    /// Makes one attempt; the event may be sent twice under its `webhook-id`. MUST end by the deadline, MUST apply the
    /// egress policy to the address dialled, MUST NOT follow redirects or use a proxy, MUST sign with every signing
    /// secret or send nothing, and MUST NOT put any part of the rendered URL, headers or signing secrets into the
    /// failure. Returns the endpoint's response, whatever its status, with at most [`RESPONSE_LIMIT`](super::RESPONSE_LIMIT) bytes of body.
    async fn post(&self, call: WebhookCall<'_>) -> Result<WebhookReply, HookFailure>;
}

/// An endpoint's response.
#[derive(Clone, Default)]
pub struct WebhookReply {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Retry-After`, when there is one.
    pub retry_after: Option<String>,
    /// The value of `Content-Type`, when there is one.
    pub content_type: Option<String>,
    /// The value of `Content-Encoding`, when there is one. The body is not decoded.
    pub content_encoding: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl fmt::Debug for WebhookReply {
    /// An endpoint may repeat what it was sent.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("WebhookReply");
        shown.field("status", &self.status).finish_non_exhaustive()
    }
}

impl WebhookReply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The content coding of the body, or `None` when there is none or it is `identity`.
    pub fn coding(&self) -> Option<&str> {
        let coding = self.content_encoding.as_deref()?.trim();
        (!coding.is_empty() && !coding.eq_ignore_ascii_case("identity")).then_some(coding)
    }
}
