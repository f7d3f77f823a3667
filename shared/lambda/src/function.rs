//! One stage, answering payloads.

#[cfg(test)]
mod tests;

use hookpoint_engine::{
    Engine,
    event::{
        error_code::ErrorCode,
        ingest::{
            Caller, IngestRequest, IngestResponse, correlation_id_of, is_traceparent,
            new_correlation_id, refuse,
        },
        problem::Problem,
    },
};
use hookpoint_stages::Stage;
use tracing::Instrument as _;

use crate::{
    authentication::Authentication,
    gateway::{GatewayResponse, HttpRequest, Identity, Payload},
    invocation::Invocation,
    route::Route,
    trace::Trace,
};

const CORRELATION_ID: &str = "nlx-correlation-id";
const TRACEPARENT: &str = "traceparent";

/// One stage over an engine.
pub(crate) struct Function {
    stage: String,
    engine: Engine,
    authentication: Authentication,
}

impl Function {
    /// The function of a stage.
    pub(crate) fn new(stage: Stage, engine: Engine, authentication: Authentication) -> Self {
        Self {
            stage: stage.name(),
            engine,
            authentication,
        }
    }

    /// Handles one invocation. Never fails: bad payloads become problem responses.
    pub(crate) async fn answer(&self, payload: Payload, invocation: Invocation) -> GatewayResponse {
        let is_format_2 = payload.is_format_2();
        let response = match payload.into_request() {
            Ok(mut request) => {
                let correlation_id = identify(&mut request.headers);
                let span = invocation.span(correlation_id.as_deref());
                self.answer_request(request, &invocation)
                    .instrument(span)
                    .await
            }
            Err(problem) => {
                let span = invocation.span(None);
                span.in_scope(|| refuse(&problem, &new_correlation_id(), "", &self.stage))
            }
        };
        GatewayResponse::new(response, is_format_2)
    }

    async fn answer_request(
        &self,
        request: HttpRequest,
        invocation: &Invocation,
    ) -> IngestResponse {
        let HttpRequest {
            method,
            path,
            mut headers,
            body,
            identity,
        } = request;
        if let Some(traceparent) = invocation.trace.as_ref().and_then(Trace::traceparent) {
            continue_trace(&mut headers, traceparent);
        }
        let route = Route::parse(&path);
        let application = route.as_ref().map_or("", |route| &route.application);
        let admitted = self
            .admit(route.as_ref(), &method, &identity)
            .and_then(|caller| Ok((caller, body.into_bytes()?)));
        match admitted {
            Ok((caller, body)) => {
                let request = IngestRequest {
                    application,
                    stage: &self.stage,
                    headers: &headers,
                    body: &body,
                    now: invocation.now,
                    received: invocation.received,
                };
                self.engine.answer_to(caller, request).await
            }
            Err(problem) => {
                let correlation_id = correlation_id_of(&headers);
                refuse(&problem, &correlation_id, application, &self.stage)
            }
        }
    }

    /// Lets in what this function is there for: a POST to its own stage, by somebody who may or who is yet to show a key.
    fn admit(
        &self,
        route: Option<&Route<'_>>,
        method: &str,
        identity: &Identity,
    ) -> Result<Caller, Problem> {
        let route =
            route.ok_or_else(|| Problem::new(ErrorCode::NotFound, ErrorCode::NotFound.remedy()))?;
        if route.stage != self.stage {
            let asked: String = route.stage.chars().take(64).collect();
            let detail = format!("this function answers `{}`, not `{asked}`", self.stage);
            return Err(Problem::new(ErrorCode::NotFound, detail));
        }
        if method != "POST" {
            return Err(Problem::new(
                ErrorCode::MethodNotAllowed,
                ErrorCode::MethodNotAllowed.remedy(),
            ));
        }
        self.authentication.vouch(route, identity)
    }
}

/// The id that every line of the log about the request carries. A request without one gets it here, so that the engine takes the same.
/// `None` when it came with one that the engine will refuse.
fn identify(headers: &mut Vec<(String, String)>) -> Option<String> {
    let id = correlation_id_of(headers);
    let mut named = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(CORRELATION_ID))
        .peekable();
    if named.peek().is_some() {
        return named.any(|(_, value)| value.trim() == id).then_some(id);
    }
    headers.push((CORRELATION_ID.to_owned(), id.clone()));
    Some(id)
}

/// Makes the trace of AWS that of the webhooks, unless the event came with one of its own. One that is malformed counts as none (W3C Trace
/// Context, section 3.2); of several, the engine has something to say.
fn continue_trace(headers: &mut Vec<(String, String)>, traceparent: &str) {
    let is_one = |header: &&mut (String, String)| header.0.eq_ignore_ascii_case(TRACEPARENT);
    let mut came = headers.iter_mut().filter(is_one);
    match (came.next(), came.next()) {
        (None, _) => headers.push((TRACEPARENT.to_owned(), traceparent.to_owned())),
        (Some((_, value)), None) if !is_traceparent(value.trim()) => {
            traceparent.clone_into(value);
        }
        _ => {}
    }
}
