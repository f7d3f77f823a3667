//! Webhook hooks: posts the event to an endpoint.

use std::sync::Arc;

use async_trait::async_trait;
use hookpoint_engine::{
    hook::outcome::{FailureClass, HookFailure},
    ports::{WebhookCall, WebhookReply, WebhookRunner},
};
use http::{HeaderName, Method, header};
use url::Url;

use crate::{
    client::{GuardedClient, Limits},
    exchange::{Outgoing, Oversize},
    headers,
};

/// Runs webhook hooks through the guarded client.
#[derive(Debug, Clone)]
pub struct WebhookHooks {
    client: Arc<GuardedClient>,
}

impl WebhookHooks {
    /// Hooks that post through this client.
    pub fn new(client: Arc<GuardedClient>) -> Self {
        Self { client }
    }
}

#[async_trait]
impl WebhookRunner for WebhookHooks {
    async fn post(&self, call: WebhookCall<'_>) -> Result<WebhookReply, HookFailure> {
        let url = Url::parse(call.url.expose()).map_err(|reason| {
            HookFailure::new(
                FailureClass::BadRequest,
                format!(
                    "`{}` is not a URL once its references are replaced: {reason}",
                    call.display_url
                ),
            )
        })?;
        let outgoing = Outgoing {
            method: Method::POST,
            url,
            headers: headers::webhook(&call)?,
            body: call.body.into(),
            // A receiver that gets it twice recognises it by `webhook-id`.
            repeatable: true,
        };
        let limits = Limits {
            now: call.now,
            deadline: call.deadline,
            oversize: Oversize::CutErrorPages,
        };
        let response = self
            .client
            .exchange(outgoing, &call.display_url, limits)
            .await?;
        let header = |name: HeaderName| {
            let value = response.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Ok(WebhookReply {
            status: response.status.as_u16(),
            retry_after: header(header::RETRY_AFTER),
            content_type: header(header::CONTENT_TYPE),
            content_encoding: header(header::CONTENT_ENCODING),
            body: response.body,
        })
    }
}
