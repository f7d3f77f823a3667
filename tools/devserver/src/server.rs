//! HTTP: passes requests to the engine and returns its responses.

mod body;
mod finishing;

use std::{sync::Arc, time::SystemTime};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use hookpoint_engine::event::{
    error_code::ErrorCode,
    header_names,
    ingest::{IngestRequest, IngestResponse, RequestHeaders, new_correlation_id, refuse},
    problem::Problem,
    route::Route,
};
use serde_json::{Map, Value};
use tokio::time::Instant;

use self::finishing::Finishing;
use crate::{again::Posted, live::Live, notice::Answered};

/// The body of `GET /health`.
const HEALTHY: &str = "hookpoint";

pub(crate) fn router(live: Arc<Live>) -> Router {
    // One handler for everything: unknown paths and methods get a problem response, not the framework's.
    Router::new().fallback(serve).with_state(live)
}

async fn serve(State(live): State<Arc<Live>>, request: Request) -> Response {
    if request.uri().path() == "/health" && request.method() == Method::GET {
        return HEALTHY.into_response();
    }
    let seen = live
        .has_audience()
        .then(|| format!("{} {}", request.method(), request.uri().path()));
    let mut received = Instant::now();
    let response = respond(&live, request, &mut received).await;
    if let Some(request) = seen {
        live.notify(answered(request, &response, received));
    }
    to_http(response)
}

async fn respond(live: &Arc<Live>, request: Request, received: &mut Instant) -> IngestResponse {
    let (parts, body) = request.into_parts();
    let uri = parts.uri.clone();
    let Some(route) = Route::parse(uri.path()) else {
        let detail = format!("there is nothing at `{}`", shortened(parts.uri.path()));
        return refuse_at(&Route::default(), ErrorCode::NotFound, detail);
    };
    if parts.method != Method::POST {
        let detail = format!("`{}` is not allowed here", shortened(parts.method.as_str()));
        return refuse_at(&route, ErrorCode::MethodNotAllowed, detail);
    }
    let headers = match pairs(&parts.headers) {
        Ok(headers) => headers,
        Err(name) => {
            let detail = format!("the value of `{name}` is not UTF-8");
            return refuse_at(&route, ErrorCode::InvalidHeader, detail);
        }
    };
    let body = match body::read(body).await {
        Ok(body) => body,
        Err(error) => {
            tracing::debug!(%error, "a body was cut short");
            let detail = "the body did not arrive in full";
            return refuse_at(&route, ErrorCode::InvalidJson, detail);
        }
    };
    *received = Instant::now();
    let route = route.into_owned();
    if live.has_audience() {
        let request = format!("{} {}", parts.method, uri.path());
        live.remember(Posted::new(request, route.clone(), &headers, &body));
    }
    ingest(live, route, &headers, body, *received).await
}

/// Posts the last event once more. Returns false when there is none.
pub(crate) fn again(live: &Arc<Live>) -> bool {
    let Some(posted) = live.last() else {
        return false;
    };
    let live = Arc::clone(live);
    tokio::spawn(async move {
        let received = Instant::now();
        let Posted {
            request,
            route,
            headers,
            body,
        } = posted;
        let response = ingest(&live, route, &headers, body, received).await;
        live.notify(answered(request, &response, received));
    });
    true
}

async fn ingest(
    live: &Arc<Live>,
    route: Route<'static>,
    headers: &[(String, String)],
    body: Bytes,
    begun: Instant,
) -> IngestResponse {
    let headers = RequestHeaders::read(headers);
    let live = live.clone();
    Finishing::new(async move {
        let request = IngestRequest {
            route: &route,
            headers: &headers,
            body: &body,
            now: SystemTime::now(),
            received: begun,
        };
        live.engine().ingest(request).await
    })
    .await
}

/// All headers, including repeated ones. The error is the name of one that is not text.
fn pairs(headers: &HeaderMap) -> Result<Vec<(String, String)>, String> {
    headers
        .iter()
        .map(
            |(name, value)| match std::str::from_utf8(value.as_bytes()) {
                Ok(value) => Ok((name.as_str().to_owned(), value.to_owned())),
                Err(_) => Err(name.as_str().to_owned()),
            },
        )
        .collect()
}

fn refuse_at(route: &Route<'_>, code: ErrorCode, detail: impl Into<String>) -> IngestResponse {
    refuse(&Problem::new(code, detail), &new_correlation_id(), route)
}

fn shortened(text: &str) -> String {
    text.chars().take(128).collect()
}

fn to_http(response: IngestResponse) -> Response {
    let mut http = Response::new(Body::from(response.body));
    // The engine only returns valid statuses and header values; an empty 500 is the fallback.
    *http.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = http.headers_mut();
    headers.reserve(response.headers.len());
    for (name, value) in response.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    http
}

fn answered(request: String, response: &IngestResponse, received: Instant) -> Answered {
    let header = |name: &str| {
        let found = response.headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    };
    // An asynchronous stage has no body.
    let body: Map<String, Value> = serde_json::from_slice(&response.body).unwrap_or_default();
    let (problem, members) = if response.status < 400 {
        (None, body)
    } else {
        let member = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let problem = (member("code").to_owned(), member("detail").to_owned());
        (Some(problem), Map::new())
    };
    Answered {
        at: SystemTime::now(),
        correlation_id: header(header_names::CORRELATION_ID).unwrap_or_default(),
        request,
        status: response.status,
        elapsed: received.elapsed(),
        timing: header(header_names::SERVER_TIMING),
        is_replayed: header(header_names::IDEMPOTENT_REPLAYED).is_some(),
        skipped: response.skipped.clone(),
        problem,
        response: members,
    }
}
