//! Requests: payload formats 1.0 (REST API, HTTP API) and 2.0 (HTTP API, function URL), distinguished by their members.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hookpoint_engine::event::{error_code::ErrorCode, problem::Problem, route};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Identity;

/// An HTTP request.
pub(crate) struct HttpRequest {
    /// The method, as sent.
    pub(crate) method: String,
    /// The path, with the gateway's stage or base path.
    pub(crate) path: String,
    /// The headers; only format 1.0 has repeated ones.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, possibly in Base64.
    pub(crate) body: Body,
    /// The caller's identity, as checked by the gateway.
    pub(crate) identity: Identity,
    /// The gateway's route for the request.
    pub(crate) matched: MatchedRoute,
}

/// The route that the gateway chose, and on which it authorised the caller.
#[derive(Default)]
pub(crate) struct MatchedRoute {
    /// Method and pattern, such as `POST /v1/applications/{applicationId}/stages/escalation`.
    key: Option<String>,
    parameters: Value,
}

impl MatchedRoute {
    /// The application, if this is the route of a stage exactly as `template.yaml` has it.
    pub(crate) fn application(&self, stage: &str) -> Option<&str> {
        let pattern = route::path("{applicationId}", stage);
        let is_exact = self.key.as_deref()?.strip_prefix("POST ")? == pattern;
        let only = self.parameters.as_object().filter(|all| all.len() == 1)?;
        only.get("applicationId")?.as_str().filter(|_| is_exact)
    }
}

/// A body as text or Base64.
pub(crate) struct Body {
    text: String,
    is_base64: bool,
}

impl Body {
    /// Decodes the body to the bytes posted.
    pub(crate) fn into_bytes(self) -> Result<Vec<u8>, Problem> {
        if !self.is_base64 {
            return Ok(self.text.into_bytes());
        }
        STANDARD.decode(self.text).map_err(|_| {
            let detail = "`isBase64Encoded` is true, but `body` is not Base64";
            Problem::new(ErrorCode::InvalidJson, detail)
        })
    }
}

/// A payload from the Runtime API, which may be anything.
pub(crate) struct Payload(Option<Wire>);

impl<'de> Deserialize<'de> for Payload {
    /// Never fails: the runtime would log the error together with a value of the payload. The caller reads nothing
    /// after this.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Wire::deserialize(deserializer).ok()))
    }
}

/// The members read, of both formats.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    request_context: Option<RequestContext>,
    raw_path: Option<String>,
    route_key: Option<String>,
    resource: Option<String>,
    #[serde(default)]
    path_parameters: Value,
    http_method: Option<String>,
    path: Option<String>,
    headers: Option<BTreeMap<String, String>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Default, Deserialize)]
struct RequestContext {
    http: Option<Http>,
    /// Written by the route's authorizer, each in its own shape.
    #[serde(default)]
    authorizer: Value,
    #[serde(default)]
    identity: Value,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Payload {
    /// Whether the payload has format 2.0.
    pub(crate) fn is_format_2(&self) -> bool {
        let context = self
            .0
            .as_ref()
            .and_then(|wire| wire.request_context.as_ref());
        context.is_some_and(|context| context.http.is_some())
    }

    /// Converts a payload of either format.
    pub(crate) fn into_request(self) -> Result<HttpRequest, Problem> {
        let wire = self
            .0
            .ok_or_else(|| unrecognised("it is not an object, or a member has another type"))?;
        let RequestContext {
            http,
            authorizer,
            identity,
        } = wire.request_context.unwrap_or_default();
        let identity = Identity {
            is_format_2: http.is_some(),
            authorizer,
            of_format_1: identity,
        };
        let key = if http.is_some() {
            wire.route_key
        } else {
            let method = wire.http_method.as_deref().unwrap_or_default();
            wire.resource.map(|resource| format!("{method} {resource}"))
        };
        let matched = MatchedRoute {
            key,
            parameters: wire.path_parameters,
        };
        let (method, path) = match (http, wire.raw_path, wire.http_method, wire.path) {
            (Some(http), Some(path), _, _) => (http.method, path),
            (Some(_), None, _, _) => return Err(unrecognised("`rawPath` is missing")),
            (None, _, Some(method), Some(path)) => (method, path),
            (None, _, Some(_), None) => return Err(unrecognised("`path` is missing")),
            (None, _, None, _) => {
                let what = "both `requestContext.http.method` (format 2.0) and `httpMethod` (format 1.0) are missing";
                return Err(unrecognised(what));
            }
        };
        let headers = match (wire.multi_value_headers, wire.headers) {
            (Some(headers), _) => headers.into_iter().flat_map(repeated).collect(),
            (None, headers) => headers.unwrap_or_default().into_iter().collect(),
        };
        Ok(HttpRequest {
            method,
            path,
            headers,
            body: Body {
                text: wire.body.unwrap_or_default(),
                is_base64: wire.is_base64_encoded.unwrap_or(false),
            },
            identity,
            matched,
        })
    }
}

fn repeated((name, values): (String, Vec<String>)) -> impl Iterator<Item = (String, String)> {
    values.into_iter().map(move |value| (name.clone(), value))
}

fn unrecognised(what: &str) -> Problem {
    Problem::new(
        ErrorCode::InvalidEvent,
        format!(
            "the payload is not an HTTP request as API Gateway (HTTP API, REST API with proxy integration) or a function URL passes it on: {what}. `events/` holds a payload for each stage"
        ),
    )
}
