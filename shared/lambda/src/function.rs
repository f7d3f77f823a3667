//! One stage, answering payloads.

#[cfg(test)]
mod tests;

use std::time::SystemTime;

use hookpoint_engine::{
    Engine,
    error_code::ErrorCode,
    ingest::{IngestRequest, IngestResponse, correlation_id_of, new_correlation_id, refuse},
    problem::Problem,
};
use hookpoint_stages::Stage;
use tokio::time::Instant;

use crate::{
    gateway::{GatewayResponse, HttpRequest, Payload},
    route::Route,
};

/// One stage over an engine.
pub(crate) struct Function {
    stage: String,
    engine: Engine,
}

impl Function {
    /// The function of a stage.
    pub(crate) fn new(stage: Stage, engine: Engine) -> Self {
        Self {
            stage: stage.name(),
            engine,
        }
    }

    /// Answers whatever came. Every payload has an answer.
    pub(crate) async fn answer(
        &self,
        payload: Payload,
        now: SystemTime,
        received: Instant,
    ) -> GatewayResponse {
        let is_format_2 = payload.is_format_2();
        let response = match payload.into_request() {
            Ok(request) => self.answer_request(request, now, received).await,
            Err(problem) => refuse(&problem, &new_correlation_id(), "", &self.stage),
        };
        GatewayResponse::new(response, is_format_2)
    }

    async fn answer_request(
        &self,
        request: HttpRequest,
        now: SystemTime,
        received: Instant,
    ) -> IngestResponse {
        let HttpRequest {
            method,
            path,
            headers,
            body,
        } = request;
        let route = Route::parse(&path);
        let application = route.as_ref().map_or("", |route| &route.application);
        let admitted = self
            .admit(route.as_ref(), &method)
            .and_then(|()| body.into_bytes());
        match admitted {
            Ok(body) => {
                let request = IngestRequest {
                    application,
                    stage: &self.stage,
                    headers: &headers,
                    body: &body,
                    now,
                    received,
                };
                self.engine.answer(request).await
            }
            Err(problem) => {
                let correlation_id = correlation_id_of(&headers);
                refuse(&problem, &correlation_id, application, &self.stage)
            }
        }
    }

    /// Lets in what this function is there for: a POST to its own stage.
    fn admit(&self, route: Option<&Route<'_>>, method: &str) -> Result<(), Problem> {
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
        Ok(())
    }
}
