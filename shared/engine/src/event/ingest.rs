//! Ingest: checks headers, key and body, then runs the engine, independent of the transport.
//!
//! API Gateway and the local server both pass their requests to [`Engine::ingest`], so that all responses have one
//! source.

mod first_trip;
mod headers;
mod once;
#[cfg(test)]
mod tests;

use std::{panic::AssertUnwindSafe, sync::Arc, time::SystemTime};

use futures::FutureExt as _;
use hookpoint_stages::Stage;
use serde_json::{Map, Value};
use tokio::time::Instant;

pub use self::headers::{RequestHeaders, is_correlation_id, is_traceparent, new_correlation_id};
use self::once::{Keyed, Once};
use crate::{
    application::{Application, binding::Target, ingest_key::IngestKey},
    engine::Engine,
    event::{
        BODY_LIMIT, Event,
        arrival::Arrival,
        error_code::ErrorCode,
        header_names,
        problem::{PROBLEM_MEDIA_TYPE, Problem},
        route::Route,
    },
    identifier::{ApplicationId, HookName},
    record::report::{PassReport, RunOutcome, RunReport, SkipReason},
};

/// A posted event, independent of the transport.
#[derive(Clone, Copy)]
pub struct IngestRequest<'a> {
    /// The names in the path.
    pub route: &'a Route<'a>,
    /// The headers.
    pub headers: &'a RequestHeaders,
    /// The body, decoded from the transport's encoding.
    pub body: &'a [u8],
    /// The wall clock.
    pub now: SystemTime,
    /// When the body was received.
    pub received: Instant,
}

/// How the caller of an event is authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Not yet: the request must carry an ingest key of the application.
    Stranger,
    /// Already: API Gateway has checked, by role or token, that the caller may post for the application of the route.
    Authorized,
}

/// The response to a posted event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestResponse {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body, as JSON.
    pub body: Vec<u8>,
    /// The hooks that did not run, for operators: callers do not get them.
    pub skipped: Vec<Skipped>,
}

/// A hook that is bound where the event was posted and did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The hook.
    pub hook: HookName,
    /// Why it did not run.
    pub reason: SkipReason,
    /// The part of the condition that is not met, without the event's value.
    pub unmet: Option<String>,
}

impl Engine {
    /// Handles a posted event that must carry an ingest key.
    pub async fn ingest(&self, request: IngestRequest<'_>) -> IngestResponse {
        self.ingest_from(Caller::Stranger, request).await
    }

    /// Handles a posted event.
    pub async fn ingest_from(&self, caller: Caller, request: IngestRequest<'_>) -> IngestResponse {
        let correlation_id = request.headers.correlation_id();
        let run = self.admit_and_run(caller, &request);
        // A panic costs this event, but not the process, and the caller still gets a response.
        let outcome = AssertUnwindSafe(run).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_| {
            Err(Problem::internal(
                ErrorCode::Internal,
                "the engine panicked",
            ))
        });
        match outcome {
            Ok(Once::Ran(report)) => {
                log_report(request.route, correlation_id, &report);
                let mut response = success(
                    report.status(),
                    &report.response,
                    &report.server_timing(),
                    correlation_id,
                );
                if report.ran_script()
                    && let Some(placing) = self.runners.placing()
                {
                    response
                        .headers
                        .push((header_names::SANDBOX, placing.to_owned()));
                }
                response.skipped = skipped(report.runs);
                response
            }
            Ok(Once::Replayed { status, body }) => {
                tracing::info!(
                    correlation.id = correlation_id,
                    application.id = &*request.route.application,
                    stage.id = &*request.route.stage,
                    status,
                    "response replayed"
                );
                let mut response = success(status, &body, "", correlation_id);
                response
                    .headers
                    .push((header_names::IDEMPOTENT_REPLAYED, "true".to_owned()));
                response
            }
            Err(problem) => refuse(&problem, correlation_id, request.route),
        }
    }

    async fn admit_and_run(
        &self,
        caller: Caller,
        request: &IngestRequest<'_>,
    ) -> Result<Once, Problem> {
        let (route, headers) = (request.route, request.headers);
        headers.check()?;
        let stage = Stage::from_name(&route.stage).ok_or_else(|| {
            let name: String = route.stage.chars().take(64).collect();
            Problem::new(
                ErrorCode::NotFound,
                format!("`{name}` is not a lifecycle stage in kebab-case"),
            )
        })?;
        let application = self.admit(caller, stage, request).await?;
        if request.body.len() > BODY_LIMIT {
            return Err(crate::event::too_large());
        }
        headers.check_content_type()?;
        let event = Event::parse(stage, request.body)?;
        let arrival = Arrival {
            correlation_id: headers.correlation_id().to_owned(),
            traceparent: headers.traceparent.clone(),
            now: request.now,
            received: request.received,
        };
        if headers.idempotency_key.is_none() && event.continuation().is_none() {
            let passed = self.run_pass(&application, &event, &arrival).await?;
            self.enqueue(&passed.jobs, &arrival).await?;
            return Ok(Once::Ran(passed.report));
        }
        let keyed = Keyed {
            application: &application,
            event: &event,
            arrival: &arrival,
            body: request.body,
            key: headers.idempotency_key.clone(),
        };
        self.run_once(keyed).await
    }

    /// Checks the key. A malformed key, or one of another application, is rejected before any I/O. An unknown
    /// application gets the same response as a wrong key.
    async fn admit(
        &self,
        caller: Caller,
        stage: Stage,
        request: &IngestRequest<'_>,
    ) -> Result<Arc<Application>, Problem> {
        let refusal = || Problem::new(ErrorCode::Unauthorized, ErrorCode::Unauthorized.remedy());
        let id: ApplicationId = request.route.application.parse().map_err(|_| refusal())?;
        let key = match caller {
            Caller::Authorized => None,
            Caller::Stranger => {
                let shown = request.headers.bearer.as_ref();
                let key = shown.and_then(|key| IngestKey::parse(key.expose()).ok());
                Some(
                    key.filter(|key| *key.application() == id)
                        .ok_or_else(refusal)?,
                )
            }
        };
        if self.sources.is_unknown(&id, request.now) {
            return Err(refusal());
        }
        let (application, bindings) = self.first_trip(caller, &id, stage, request).await;
        let Some(application) = application? else {
            let target = Target::Application(id);
            self.sources.forget_bindings(stage, &target);
            return Err(refusal());
        };
        if key.is_some_and(|key| !key.is_accepted_by(&application, request.now)) {
            return Err(refusal());
        }
        // The plan reads them again from the cache, unless the whole application or stage is paused.
        drop(bindings);
        Ok(application)
    }
}

/// Turns a problem into a response and logs the cause that the caller does not see.
pub fn refuse(problem: &Problem, correlation_id: &str, route: &Route<'_>) -> IngestResponse {
    let application: String = route.application.chars().take(64).collect();
    let stage: String = route.stage.chars().take(64).collect();
    let cause = problem.internal.as_deref().unwrap_or(&problem.detail);
    let status = problem.code.status();
    if problem.internal.is_some() {
        tracing::error!(correlation.id = correlation_id, application.id = application, stage.id = stage, status, code = %problem.code, cause, "event not answered");
    } else {
        tracing::info!(correlation.id = correlation_id, application.id = application, stage.id = stage, status, code = %problem.code, cause, "event refused");
    }
    let mut headers = headers_of(PROBLEM_MEDIA_TYPE, correlation_id);
    headers.extend(
        problem
            .retry_after()
            .map(|seconds| ("retry-after", seconds.to_string())),
    );
    if problem.code == ErrorCode::MethodNotAllowed {
        headers.push(("allow", "POST".to_owned()));
    }
    IngestResponse {
        status,
        headers,
        body: to_bytes(&problem.to_json(correlation_id)),
        skipped: Vec::new(),
    }
}

fn success(
    status: u16,
    body: &Map<String, Value>,
    timing: &str,
    correlation_id: &str,
) -> IngestResponse {
    let mut headers = headers_of("application/json", correlation_id);
    if !timing.is_empty() {
        headers.push((header_names::SERVER_TIMING, timing.to_owned()));
    }
    // Serialising JSON values into memory cannot fail.
    IngestResponse {
        status,
        headers,
        body: serde_json::to_vec(body).unwrap_or_default(),
        skipped: Vec::new(),
    }
}

fn skipped(runs: Vec<RunReport>) -> Vec<Skipped> {
    runs.into_iter()
        .filter_map(|run| match *run.outcome() {
            RunOutcome::Skipped(reason) => Some(Skipped {
                hook: run.record.hook,
                reason,
                unmet: run.record.error,
            }),
            _ => None,
        })
        .collect()
}

fn headers_of(content_type: &str, correlation_id: &str) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", content_type.to_owned()),
        ("cache-control", "no-store".to_owned()),
        (header_names::CORRELATION_ID, correlation_id.to_owned()),
    ]
}

fn to_bytes(value: &Value) -> Vec<u8> {
    // Serialising a JSON value into memory cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

/// Logs one line for each hook that ran and for each dropped part of a response; never a body or a value.
fn log_report(route: &Route<'_>, correlation_id: &str, report: &PassReport) {
    let (application, stage) = (&*route.application, &*route.stage);
    if !report.runs.iter().any(|run| run.outcome().ran()) {
        tracing::info!(
            correlation.id = correlation_id,
            application.id = application,
            stage.id = stage,
            "no hook ran"
        );
    }
    for run in report.runs.iter().filter(|run| run.outcome().ran()) {
        let record = &run.record;
        tracing::info!(
            correlation.id = correlation_id, application.id = application, stage.id = stage, binding.id = %record.binding, hook.name = %record.hook,
            hook.version = record.version, outcome = record.outcome, duration_ms = record.duration().as_secs_f64() * 1_000.0, error = record.error, "hook ran"
        );
        run.log_console();
        if !record.dropped.is_empty() {
            let dropped: Vec<String> = record.dropped.iter().map(ToString::to_string).collect();
            tracing::warn!(correlation.id = correlation_id, hook.name = %record.hook, effects = dropped.join("; "), "parts of a response were dropped");
        }
    }
    if !report.conflicts.is_empty() {
        let conflicts: Vec<&str> = report
            .conflicts
            .iter()
            .map(|conflict| conflict.path.as_str())
            .collect();
        tracing::warn!(
            correlation.id = correlation_id,
            paths = conflicts.join("; "),
            "hooks disagreed"
        );
    }
}
