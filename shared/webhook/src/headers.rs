//! The headers of a webhook request.

use std::time::UNIX_EPOCH;

use hookpoint_engine::{
    deadline::Deadline,
    event::{
        header::{HeaderError, check_fetch_header, check_header_value, check_own_header},
        header_names::{
            CORRELATION_ID, DEADLINE, HOOK_VERSION, TRACEPARENT, WEBHOOK_ID, WEBHOOK_SIGNATURE,
            WEBHOOK_TIMESTAMP,
        },
    },
    hook::outcome::{FailureClass, HookFailure},
    ports::WebhookCall,
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{coding, signature};

/// The headers of the wire contract, then the hook's own.
pub(crate) fn webhook(call: &WebhookCall<'_>) -> Result<HeaderMap, HookFailure> {
    // A clock before 1970 is broken; verifiers refuse the request either way.
    let timestamp = call
        .now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_secs());
    let mut headers = HeaderMap::with_capacity(10 + call.headers.len());
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    // Without it the endpoint may choose any coding (RFC 9110, section 12.5.3).
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    headers.insert(CORRELATION_ID, value(CORRELATION_ID, call.correlation_id)?);
    headers.insert(HOOK_VERSION, HeaderValue::from_static("v1"));
    headers.insert(WEBHOOK_ID, value(WEBHOOK_ID, call.webhook_id)?);
    headers.insert(WEBHOOK_TIMESTAMP, HeaderValue::from(timestamp));
    if let Some(signature) = signature::of(call, timestamp)? {
        headers.insert(WEBHOOK_SIGNATURE, value(WEBHOOK_SIGNATURE, &signature)?);
    }
    // The caller's input. W3C Trace Context says to ignore an invalid one: it must not decide whether a hook runs.
    if let Some(traceparent) = call
        .traceparent
        .and_then(|traceparent| value(TRACEPARENT, traceparent).ok())
    {
        headers.insert(TRACEPARENT, traceparent);
    }
    headers.insert(DEADLINE, left(call.deadline));
    for (own, secret) in &call.headers {
        check_own_header(own).map_err(|error| bad_request(&error))?;
        append(&mut headers, own, secret.expose())?;
    }
    Ok(headers)
}

/// Updates the deadline header, if the request has one.
pub(crate) fn renew_deadline(headers: &mut HeaderMap, deadline: Deadline) {
    if let Some(value) = headers.get_mut(DEADLINE) {
        *value = left(deadline);
    }
}

fn left(deadline: Deadline) -> HeaderValue {
    HeaderValue::from(u64::try_from(deadline.remaining().as_millis()).unwrap_or(u64::MAX))
}

/// The headers of a script's `fetch`, without the `Content-Length` that follows from the body anyway.
pub(crate) fn fetch(
    own: &[(String, String)],
    body_length: usize,
) -> Result<HeaderMap, HookFailure> {
    let mut headers = HeaderMap::with_capacity(own.len());
    for (name, value) in own {
        check_fetch_header(name).map_err(|error| bad_request(&error))?;
        if name.eq_ignore_ascii_case("content-length") {
            if value.trim().parse() == Ok(body_length) {
                continue;
            }
            return Err(HookFailure::new(
                FailureClass::BadRequest,
                format!(
                    "header `{name}` does not match the body of {body_length} bytes; remove it"
                ),
            ));
        }
        append(&mut headers, name, value)?;
    }
    headers
        .entry(header::ACCEPT_ENCODING)
        .or_insert(HeaderValue::from_static(coding::ACCEPTED));
    Ok(headers)
}

fn append(headers: &mut HeaderMap, name: &str, text: &str) -> Result<(), HookFailure> {
    let key = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| bad_request(&HeaderError::InvalidName(name.to_owned())))?;
    let mut value = value(name, text)?;
    value.set_sensitive(true);
    headers
        .try_append(key, value)
        .map_err(|_| HookFailure::new(FailureClass::BadRequest, "there are too many headers"))?;
    Ok(())
}

fn value(name: &str, text: &str) -> Result<HeaderValue, HookFailure> {
    check_header_value(name, text).map_err(|error| bad_request(&error))?;
    HeaderValue::from_str(text)
        .map_err(|_| bad_request(&HeaderError::InvalidValue(name.to_owned())))
}

fn bad_request(error: &HeaderError) -> HookFailure {
    HookFailure::new(FailureClass::BadRequest, error.to_string())
}
