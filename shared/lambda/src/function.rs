//! A stage function: from payload to response.

#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

use hookpoint_engine::{
    Engine,
    event::{
        error_code::ErrorCode,
        ingest::{
            Caller, IngestRequest, IngestResponse, RequestHeaders, new_correlation_id, refuse,
        },
        problem::Problem,
        route::Route,
    },
};
use hookpoint_stages::Stage;
use tracing::Instrument as _;

use crate::{
    authentication::Authentication,
    gateway::{GatewayResponse, HttpRequest, Identity, MatchedRoute, Payload},
    invocation::Invocation,
    trace::Trace,
};

/// One stage on an engine.
pub(crate) struct Function {
    stage: String,
    engine: Arc<Engine>,
    authentication: Authentication,
}

impl Function {
    /// Creates the function of a stage.
    pub(crate) fn new(stage: Stage, engine: Arc<Engine>, authentication: Authentication) -> Self {
        Self {
            stage: stage.name(),
            engine,
            authentication,
        }
    }

    /// Handles one invocation. Never fails: bad payloads become problem responses.
    pub(crate) async fn handle(&self, payload: Payload, invocation: Invocation) -> GatewayResponse {
        let is_format_2 = payload.is_format_2();
        let response = match payload.into_request() {
            Ok(request) => {
                let mut headers = RequestHeaders::read(&request.headers);
                if let Some(traceparent) = invocation.trace.as_ref().and_then(Trace::traceparent) {
                    headers.continue_trace(traceparent);
                }
                let span = invocation.span(Some(headers.correlation_id()));
                self.handle_request(request, &headers, &invocation)
                    .instrument(span)
                    .await
            }
            Err(problem) => {
                let span = invocation.span(None);
                let route = self.route(Cow::Borrowed(""));
                span.in_scope(|| refuse(&problem, &new_correlation_id(), &route))
            }
        };
        GatewayResponse::new(response, is_format_2)
    }

    async fn handle_request(
        &self,
        request: HttpRequest,
        headers: &RequestHeaders,
        invocation: &Invocation,
    ) -> IngestResponse {
        let HttpRequest {
            method,
            path,
            headers: _,
            body,
            identity,
            matched,
        } = request;
        let route = Route::parse_behind_prefix(&path);
        let admitted = self
            .admit(route.as_ref(), &method, &identity, &matched)
            .and_then(|(route, caller)| Ok((route, caller, body.into_bytes()?)));
        match admitted {
            Ok((route, caller, body)) => {
                let request = IngestRequest {
                    route,
                    headers,
                    body: &body,
                    now: invocation.now,
                    received: invocation.received,
                };
                self.engine.ingest_from(caller, request).await
            }
            Err(problem) => {
                let application = route.map(|route| route.application);
                let route = self.route(application.unwrap_or_default());
                refuse(&problem, headers.correlation_id(), &route)
            }
        }
    }

    /// Accepts a POST to this function's own stage, from a caller that is authorised or has a key for the engine to
    /// check.
    fn admit<'a>(
        &self,
        route: Option<&'a Route<'a>>,
        method: &str,
        identity: &Identity,
        matched: &MatchedRoute,
    ) -> Result<(&'a Route<'a>, Caller), Problem> {
        let route =
            route.ok_or_else(|| Problem::new(ErrorCode::NotFound, ErrorCode::NotFound.remedy()))?;
        if route.stage != self.stage {
            let asked: String = route.stage.chars().take(64).collect();
            let detail = format!("this function serves `{}`, not `{asked}`", self.stage);
            return Err(Problem::new(ErrorCode::NotFound, detail));
        }
        if method != "POST" {
            return Err(Problem::new(
                ErrorCode::MethodNotAllowed,
                ErrorCode::MethodNotAllowed.remedy(),
            ));
        }
        let caller = self.authentication.vouch(route, identity, matched)?;
        Ok((route, caller))
    }

    /// The route to this function's stage, for an application.
    fn route<'a>(&'a self, application: Cow<'a, str>) -> Route<'a> {
        Route {
            application,
            stage: self.stage.as_str().into(),
        }
    }
}
