//! What went wrong, in words: an SDK error as an operator can use it.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// One line for an SDK error: the service's code and message, or why there was no answer. Never a request or a response.
pub(crate) fn describe<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            match (answer.err().code(), answer.err().message()) {
                (Some(code), Some(message)) => format!("{code}: {message}"),
                (Some(code), None) => format!("{code} (HTTP {status})"),
                (None, _) => format!("it answered HTTP {status} without a reason"),
            }
        }
        SdkError::TimeoutError(_) => "no answer within the time limit".to_owned(),
        SdkError::DispatchFailure(failure) => {
            let cause = failure
                .as_connector_error()
                .and_then(Error::source)
                .map_or_else(|| "the connection failed".to_owned(), causes);
            if failure.is_timeout() {
                format!("no connection within the time limit: {cause}")
            } else {
                format!("no answer: {cause}")
            }
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            format!("its answer (HTTP {status}) cannot be read")
        }
        // What is left failed before anything was sent: no credentials, an endpoint that is no URL.
        other => causes(other),
    }
}

/// An error and what caused it, outermost first, without saying the same thing twice.
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
