//! Problems: error responses, and the causes that only the operator sees.

use std::fmt::{self, Write as _};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{event::error_code::ErrorCode, ports::StoreError};

/// An error response (RFC 9457).
///
/// `detail` is sent to the caller; `internal` goes to the log only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which error.
    pub code: ErrorCode,
    /// The cause in this request, for the caller.
    pub detail: String,
    /// The cause, for the operator.
    pub internal: Option<String>,
}

/// The media type of a problem.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

impl Problem {
    /// A problem with a detail for the caller.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            internal: None,
        }
    }

    /// A problem whose cause is for the operator only.
    pub fn internal(code: ErrorCode, internal: impl fmt::Display) -> Self {
        Self {
            code,
            detail: code.remedy().to_owned(),
            internal: Some(internal.to_string()),
        }
    }

    /// How long the caller should wait before a retry, in seconds; `None` when a retry does not help.
    pub fn retry_after(&self) -> Option<u32> {
        match self.code {
            ErrorCode::StoreUnavailable
            | ErrorCode::KeysUnavailable
            | ErrorCode::QueueUnavailable => Some(2),
            ErrorCode::IdempotencyKeyInProgress | ErrorCode::ContinuationInProgress => Some(1),
            _ => None,
        }
    }

    /// The response body, with the members of RFC 9457 and `code`.
    pub fn to_json(&self, correlation_id: &str) -> Value {
        json!({
            "type": format!("urn:hookpoint:problem:{}", self.code),
            "title": self.code.title(),
            "status": self.code.status(),
            "code": self.code.as_str(),
            "detail": self.detail,
            "instance": instance(correlation_id),
        })
    }
}

/// A URI of the occurrence (RFC 9457, section 3.1.5): `urn:uuid` for a UUID (RFC 9562), otherwise one of our own.
fn instance(correlation_id: &str) -> String {
    // `parse` also accepts forms without hyphens, which `urn:uuid` does not.
    if correlation_id.len() == 36 && Uuid::try_parse(correlation_id).is_ok() {
        return format!("urn:uuid:{correlation_id}");
    }
    let mut uri = "urn:hookpoint:event:".to_owned();
    for byte in correlation_id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: {}",
            self.code,
            self.internal.as_ref().unwrap_or(&self.detail)
        )
    }
}

impl std::error::Error for Problem {}

impl From<StoreError> for Problem {
    /// The log gets the store's error; the caller learns whether to retry.
    fn from(error: StoreError) -> Self {
        let code = match error {
            // During an upgrade, the next attempt may find a function that reads the item.
            StoreError::Unreachable { .. } | StoreError::Newer { .. } => {
                ErrorCode::StoreUnavailable
            }
            StoreError::Corrupt { .. } => ErrorCode::ConfigurationInvalid,
        };
        Self::internal(code, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_damaged_item_makes_a_retry_pointless() {
        let (item, message) = ("binding `crm`".to_owned(), "format 2".to_owned());
        let unreachable = StoreError::Unreachable {
            message: message.clone(),
        };
        let newer = StoreError::Newer {
            item: item.clone(),
            message: message.clone(),
        };
        for temporary in [unreachable, newer] {
            let problem = Problem::from(temporary);
            assert_eq!(problem.code, ErrorCode::StoreUnavailable);
            assert_eq!(problem.retry_after(), Some(2));
            assert!(problem.internal.unwrap().contains("format 2"));
        }
        let problem = Problem::from(StoreError::Corrupt { item, message });
        assert_eq!(problem.code, ErrorCode::ConfigurationInvalid);
        assert_eq!(problem.retry_after(), None);
    }
}
