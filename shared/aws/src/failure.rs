//! SDK errors as messages for operators.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// One line for an SDK error: the service's code and message, or why there was no response. Never
/// includes a request or response.
pub(crate) fn describe<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(response) => {
            let status = response.raw().status().as_u16();
            match (response.err().code(), response.err().message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(code), None) => format!("{code} (HTTP {status})"),
                (None, _) => format!("HTTP {status} without a reason"),
            }
        }
        SdkError::TimeoutError(_) => "no response within the time limit".to_owned(),
        SdkError::DispatchFailure(failure) => {
            let cause = failure
                .as_connector_error()
                .and_then(Error::source)
                .map_or_else(|| "the connection failed".to_owned(), causes);
            if failure.is_timeout() {
                format!("no connection within the time limit: {cause}")
            } else {
                format!("no response: {cause}")
            }
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            format!("its response (HTTP {status}) cannot be read")
        }
        // The rest failed before anything was sent: no credentials, an invalid endpoint URL.
        other => causes(other),
    }
}

/// An error and its causes, outermost first, without repetitions.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let part = error.to_string();
        if !parts.iter().any(|said| said.contains(&part)) {
            parts.push(part);
        }
        next = error.source();
    }
    parts.join(": ")
}
