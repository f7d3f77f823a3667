//! The caller's identity, as checked by the gateway.
//!
//! The shapes are those of "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway" and "Invoking Lambda
//! function URLs": the gateway writes `requestContext` itself; the caller's input is in `headers` and `body`.

use serde_json::Value;

/// The caller's identity from `requestContext`.
#[derive(Default)]
pub(crate) struct Identity {
    pub(super) is_format_2: bool,
    pub(super) authorizer: Value,
    /// The member `identity` of format 1.0.
    pub(super) of_format_1: Value,
}

impl Identity {
    /// Whether AWS has verified the request's signature and authorised it.
    pub(crate) fn is_signed(&self) -> bool {
        if self.is_format_2 {
            is_name(&self.authorizer["iam"]["userArn"])
        } else {
            is_name(&self.of_format_1["caller"]) && is_name(&self.of_format_1["userArn"])
        }
    }

    /// A claim of the verified token, if it is text. The gateway turns lists into text too: `[a b]`.
    pub(crate) fn claim(&self, name: &str) -> Option<&str> {
        let claims = if self.is_format_2 {
            &self.authorizer["jwt"]["claims"]
        } else {
            &self.authorizer["claims"]
        };
        claims.get(name)?.as_str()
    }
}

fn is_name(value: &Value) -> bool {
    value.as_str().is_some_and(|name| !name.is_empty())
}
