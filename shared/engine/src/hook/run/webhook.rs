//! Runs a webhook: renders and checks the call, and parses the response.

mod shown;

use std::time::SystemTime;

use url::Url;

use self::shown::Shown;
use super::{
    HookRun,
    call::{Response, without_value},
    response_body,
};
use crate::{
    confidential::{
        redaction::{beginning, one_line},
        secret::Secret,
    },
    deadline::Deadline,
    delivery::retry,
    hook::{
        WebhookHook,
        circuit::CircuitKey,
        outcome::{FailureClass, HookFailure},
        template::{RenderError, Template},
    },
    identifier::{DeliveryId, SecretName, VariableName},
    ports::{FetchReply, WebhookCall, WebhookReply},
};

/// What a secret without a value means for a request.
const NOT_SENT: &str = "the request was not sent";

impl HookRun<'_> {
    pub(super) async fn call_webhook(
        &self,
        hook: &WebhookHook,
        deadline: Deadline,
    ) -> Result<Response, HookFailure> {
        let (context, binding) = (self.context, &self.planned.binding);
        let (arrival, runners) = (context.arrival, context.runners);
        let key = CircuitKey {
            stage: context.stage,
            application: context.application.id.clone(),
            target: binding.target.clone(),
            binding: binding.id.clone(),
            version: self.planned.hook.version,
        };
        // A delivery waits between its attempts anyway, and must not use them up without a call.
        let is_delivery = context.delivery.is_some();
        let now = arrival.current_time();
        if !is_delivery && !runners.circuits.admits(&key, now) {
            return Err(HookFailure::new(
                FailureClass::CircuitOpen,
                "the endpoint failed too often in a row; no calls for 30 s",
            ));
        }
        let url = self.render(&hook.url)?;
        self.check_url(&hook.url, &url)?;
        let mut headers = Vec::with_capacity(hook.headers.len());
        for (name, value) in &hook.headers {
            headers.push((name.clone(), self.render(value)?));
        }
        let signing_secrets = self.signing_secrets(hook)?;
        let webhook_id = context.delivery.cloned().unwrap_or_else(DeliveryId::unique);
        let call = WebhookCall {
            url: &url,
            display_url: hook.url.to_string(),
            headers,
            signing_secrets,
            body: context.event.text().to_vec(),
            correlation_id: &arrival.correlation_id,
            webhook_id: webhook_id.as_str(),
            traceparent: arrival.traceparent.as_deref(),
            now: arrival.current_time(),
            deadline,
        };
        // An endpoint is not blamed for being late when other hooks used up its time.
        let fair = deadline.remaining() >= binding.timeout() / 2;
        let exchange = self.exchanges.begin_with("POST", url.expose(), &[]);
        let posted = tokio::time::timeout_at(deadline.instant(), runners.webhooks.post(call)).await;
        let posted = posted.unwrap_or_else(|_| {
            Err(HookFailure::new(
                FailureClass::Timeout,
                "no complete response in time",
            ))
        });
        self.exchanges.end(
            exchange,
            &posted
                .as_ref()
                .map_err(Clone::clone)
                .map(|reply| exchanged(reply, context.keeps_event)),
        );
        let failed = posted
            .as_ref()
            .is_err_and(|failure| failure.class.is_transport());
        if !is_delivery && (fair || !failed) {
            runners
                .circuits
                .record(&key, failed, arrival.current_time());
        }
        let shown = || Shown::of(&hook.url);
        let reply = posted.map_err(|failure| shown().name_host(failure))?;
        if is_delivery && reply.is_success() {
            // The endpoint has received the event, whatever its response contains.
            return Ok(Response {
                status: Some(reply.status),
                ..Response::default()
            });
        }
        let unused = context.stage.definition().effects_unused;
        read_reply(&reply, unused, arrival.current_time()).map_err(|failure| HookFailure {
            message: shown().with_response(
                &failure.message,
                &reply,
                context.confidential.redaction(),
            ),
            ..failure
        })
    }

    fn render(&self, template: &Template) -> Result<Secret, HookFailure> {
        let meant = template
            .secrets()
            .filter_map(|name| self.planned.meaning(name));
        for name in meant {
            self.secret(name)?;
        }
        let secret = |name: &SecretName| self.secret(self.planned.meaning(name)?).ok()?;
        let variable = |name: &VariableName| {
            let own = self.planned.binding.variables.get(name);
            let value = own.or_else(|| self.context.application.variables.get(name));
            value.map(String::as_str)
        };
        template
            .render(secret, variable)
            .map_err(|error| match &error {
                RenderError::MissingSecret(name) => {
                    let meant = self.planned.meaning(name).unwrap_or(name);
                    without_value("secret", meant, NOT_SENT)
                }
                RenderError::MissingVariable(_) => {
                    HookFailure::new(FailureClass::MissingSecret, error.to_string())
                }
            })
    }

    /// The hook's signing keys in order. A key without a value fails the run: no request is sent with fewer signatures
    /// than configured.
    fn signing_secrets(
        &self,
        hook: &WebhookHook,
    ) -> Result<Vec<(SecretName, Secret)>, HookFailure> {
        let with_value = |name: &SecretName| {
            let meant = self.planned.meaning(name);
            let value = match meant {
                Some(meant) => self.secret(meant)?,
                None => None,
            };
            // Names the secret that the operator has to fix.
            let shown = meant.unwrap_or(name);
            let value = value.ok_or_else(|| without_value("signing secret", shown, NOT_SENT))?;
            Ok((shown.clone(), value.clone()))
        };
        hook.signing_secrets.iter().map(with_value).collect()
    }

    /// Parses and checks the URL after substitution. Messages show the template, and the host only when it contains no
    /// secret.
    fn check_url(&self, template: &Template, rendered: &Secret) -> Result<(), HookFailure> {
        let url = Url::parse(rendered.expose()).map_err(|error| {
            HookFailure::new(
                FailureClass::BadRequest,
                format!("`{template}` is not a URL: {error}"),
            )
        })?;
        self.context
            .runners
            .egress
            .check_url(&url)
            .map_err(|error| {
                let why = if template.secrets().next().is_none() {
                    error.to_string()
                } else {
                    error.summary().to_owned()
                };
                HookFailure::new(
                    FailureClass::EgressRefused,
                    format!("`{template}` is refused: {why}"),
                )
            })
    }
}

/// Converts a reply to the form that records keep. An encoded body is not decoded.
fn exchanged(reply: &WebhookReply, keeps_body: bool) -> FetchReply {
    let header = |name: &str, value: &Option<String>| Some((name.to_owned(), value.clone()?));
    let headers = [
        header("content-type", &reply.content_type),
        header("content-encoding", &reply.content_encoding),
        header("retry-after", &reply.retry_after),
    ];
    FetchReply {
        status: reply.status,
        headers: headers.into_iter().flatten().collect(),
        body: if keeps_body {
            reply.body.clone()
        } else {
            Vec::new()
        },
    }
}

/// Interprets a reply: 2xx with an optional JSON object is a response, everything else a failure. On a stage whose effects
/// are `unused`, any other body with 2xx has no effects. The message is empty when the status explains the failure.
fn read_reply(
    reply: &WebhookReply,
    unused: bool,
    now: SystemTime,
) -> Result<Response, HookFailure> {
    let status = Some(reply.status);
    let class = match reply.status {
        200..=299 => {
            let read = match read_body(reply) {
                Err(failure) if unused && failure.class == FailureClass::BadResponse => {
                    Ok(Response::default())
                }
                read => read,
            };
            return read
                .map(|response| Response { status, ..response })
                .map_err(|failure| HookFailure { status, ..failure });
        }
        300..=399 => FailureClass::Redirected,
        410 => FailureClass::Gone,
        // The request was slow or early: a retry may succeed.
        408 | 425 | 429 | 500..=599 => FailureClass::ServerError,
        _ => FailureClass::BadStatus,
    };
    let retry_after = reply.retry_after.as_deref();
    Err(HookFailure {
        status,
        retry_after: retry_after.and_then(|value| retry::retry_after(value, now)),
        ..HookFailure::new(class, "")
    })
}

/// Rejects an encoded body: the request asked for none.
fn read_body(reply: &WebhookReply) -> Result<Response, HookFailure> {
    match reply.coding() {
        Some(coding) if !reply.body.is_empty() => Err(HookFailure::new(
            FailureClass::BadResponse,
            format!(
                "the response has content coding `{}`, although the request had `Accept-Encoding: identity`",
                beginning(&one_line(coding), 40)
            ),
        )),
        _ => response_body::read(&reply.body),
    }
}
