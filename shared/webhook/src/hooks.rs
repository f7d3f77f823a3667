//! Webhook hooks: the event, posted.

use std::sync::Arc;

use async_trait::async_trait;
use hookpoint_engine::{
    outcome::{FailureClass, HookFailure},
    ports::{WebhookCall, WebhookReply, WebhookRunner},
};
use http::{Method, header};
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
            body: call.body,
        };
        let limits = Limits {
            now: call.now,
            deadline: call.deadline,
            oversize: Oversize::CutErrorPages,
        };
        let answer = self
            .client
            .exchange(outgoing, &call.display_url, limits)
            .await?;
        Ok(WebhookReply {
            status: answer.status.as_u16(),
            retry_after: answer
                .headers
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            body: answer.body,
        })
    }
}
