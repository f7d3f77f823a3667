//! The text of a case that repeats a run.

use hookpoint_engine::{
    confidential::redaction::REDACTED,
    hook::{HookBody, outcome::FailureClass},
    record::{Kept, KeptBody, KeptRequest, RunRecord, RunResultKind},
};
use hookpoint_workspace::CaseReply;
use serde_json::{Map, Value, json};

use crate::{
    moment,
    output::{self, printable},
};

/// Headers of responses that say how they were sent, or that the body implies.
const TRANSPORT: [&str; 10] = [
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "via",
];

/// A case, and what its author should know of it.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) remarks: Vec<String>,
}

/// The case of a run.
///
/// # Errors
/// The run kept no event, or the hook did not run.
pub(super) fn of(record: &RunRecord, body: &HookBody) -> anyhow::Result<Written> {
    super::check(record)?;
    let kept = record.kept.as_deref().cloned().unwrap_or_default();
    let mut remarks = Vec::new();
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    add("hook", json!(record.hook));
    add("stage", record.id.stage.name().into());
    add("application", json!(record.id.application));
    add("time", moment::milliseconds(record.started()).into());
    add("correlationId", record.correlation_id.as_str().into());
    if !body.secrets.is_empty() {
        let secrets = body.secrets.iter();
        // As records have them, so that requests and responses are alike.
        let secrets = secrets.map(|name| (name.to_string(), Value::from(REDACTED)));
        add("secrets", Value::Object(secrets.collect()));
    }
    let optional = body.implementation.as_script();
    for name in optional.iter().flat_map(|script| &script.optional_secrets) {
        remarks.push(format!(
            "the case gives the optional secret `{name}` a value: remove it if the run had none"
        ));
    }
    if !kept.variables.is_empty() {
        add("variables", json!(kept.variables));
    }
    add("event", Value::Object(kept.event.clone()));
    let requests = served_requests(&kept, &mut remarks);
    if !requests.is_empty() {
        add("requests", Value::Array(requests));
    }
    add("expect", expectation(record, &kept));
    let text = format!(
        "# Run {} of {} v{}. The values of secrets are placeholders.\n{}",
        record.id,
        record.hook,
        record.version,
        hookpoint_workspace::to_yaml(&members, 0)
    );
    Ok(Written { text, remarks })
}

/// The requests of a run as a case or a script serves them, and what its author should know of them.
pub(crate) fn served_requests(kept: &Kept, remarks: &mut Vec<String>) -> Vec<Value> {
    let requests = kept.requests.iter();
    requests
        .filter_map(|request| exchange(request, remarks))
        .collect()
}

fn expectation(record: &RunRecord, kept: &Kept) -> Value {
    let mut members = Map::new();
    if record.result == RunResultKind::Ok {
        let response = Value::Object(kept.response.clone());
        members.insert("response".to_owned(), response);
    } else {
        members.insert("outcome".to_owned(), record.outcome.as_str().into());
        let first = record
            .error
            .as_deref()
            .and_then(|error| error.lines().next());
        if let Some(first) = first
            && !names_a_served_failure(record, kept, first)
        {
            // A case runs no published version.
            members.insert("error".to_owned(), output::unnamed(first).into());
        }
    }
    members.insert("log".to_owned(), json!(record.log));
    Value::Object(members)
}

/// Whether an error is about a request that got no response: a case words that otherwise.
fn names_a_served_failure(record: &RunRecord, kept: &Kept, error: &str) -> bool {
    let mut served = CaseReply::FAILURES.iter();
    if served.any(|class| record.outcome == class.as_str()) {
        return true;
    }
    let mut failed = kept
        .requests
        .iter()
        .filter(|request| request.status.is_none());
    failed.any(|request| {
        let after_scheme = request.url.split_once("://").map(|(_, rest)| rest);
        let host = after_scheme.and_then(|rest| rest.split(['/', '?', '#']).next());
        host.is_some_and(|host| error.contains(&format!("`{host}`")))
    })
}

/// A request with its reply; `None` for one that the hook was not allowed to make, which a case refuses as well.
fn exchange(request: &KeptRequest, remarks: &mut Vec<String>) -> Option<Value> {
    let named = printable(&format!("{} {}", request.method, request.url));
    let mut members = Map::new();
    members.insert("method".to_owned(), request.method.as_str().into());
    members.insert("url".to_owned(), request.url.as_str().into());
    match &request.body {
        Some(KeptBody::Bytes(size)) => remarks.push(format!(
            "{named}: its body of {size} bytes was not kept; the case accepts any"
        )),
        Some(body) => {
            members.insert("body".to_owned(), body_of(body));
        }
        None => {}
    }
    if let Some(status) = request.status {
        members.insert(
            "response".to_owned(),
            reply(request, status, &named, remarks),
        );
        return Some(Value::Object(members));
    }
    let class = request.failure.as_deref();
    if class == Some(FailureClass::EgressRefused.as_str()) {
        return None;
    }
    let served = CaseReply::FAILURES
        .into_iter()
        .find(|served| class == Some(served.as_str()));
    let failure = match (served, class) {
        (Some(served), _) => served.as_str(),
        // The script gave it up, or its time was over.
        (None, None) => CaseReply::UNANSWERED,
        (None, Some(class)) => {
            remarks.push(format!(
                "{named}: it ended as {class}, which a case cannot repeat; the case has `failure: timeout`"
            ));
            FailureClass::Timeout.as_str()
        }
    };
    members.insert("failure".to_owned(), failure.into());
    Some(Value::Object(members))
}

fn reply(request: &KeptRequest, status: u16, named: &str, remarks: &mut Vec<String>) -> Value {
    let mut reply = Map::new();
    if status != 200 {
        reply.insert("status".to_owned(), status.into());
    }
    let is_json = matches!(request.response, Some(KeptBody::Json(_)));
    let headers = request.headers.iter().filter(|(name, value)| {
        let is_implied = is_json && name == "content-type" && value.starts_with("application/json");
        !TRANSPORT.contains(&name.as_str()) && !is_implied
    });
    let headers: Map<String, Value> = headers
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect();
    if !headers.is_empty() {
        reply.insert("headers".to_owned(), Value::Object(headers));
    }
    match &request.response {
        Some(KeptBody::Bytes(size)) => remarks.push(format!(
            "{named}: the {size} bytes of its response were not kept; write them into the case"
        )),
        Some(body) => {
            reply.insert("body".to_owned(), body_of(body));
        }
        None => {}
    }
    Value::Object(reply)
}

/// A body as cases have it, where text is text.
fn body_of(body: &KeptBody) -> Value {
    match body {
        KeptBody::Json(text @ Value::String(_)) => text.to_string().into(),
        KeptBody::Json(value) => value.clone(),
        KeptBody::Text(text) => text.as_str().into(),
        KeptBody::Bytes(_) => Value::Null,
    }
}
