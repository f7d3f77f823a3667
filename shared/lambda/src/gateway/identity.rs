//! Whom the gateway has let through.
//!
//! The shapes are those of "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway" and "Invoking Lambda function URLs": the
//! gateway writes `requestContext` itself, and what a caller sends stands beside it, in `headers` and `body`.

use serde_json::Value;

/// What `requestContext` says of the caller.
#[derive(Default)]
pub(crate) struct Identity {
    pub(super) is_format_2: bool,
    pub(super) authorizer: Value,
    /// `identity`, where format 1.0 has the caller.
    pub(super) of_format_1: Value,
}

impl Identity {
    /// Whether AWS has checked the request's signature and found a policy that allows it.
    pub(crate) fn is_signed(&self) -> bool {
        if self.is_format_2 {
            is_name(&self.authorizer["iam"]["userArn"])
        } else {
            is_name(&self.of_format_1["caller"]) && is_name(&self.of_format_1["userArn"])
        }
    }

    /// A claim of the token that the gateway has checked, if it is a text. The gateway makes texts of lists, too: `[a b]`.
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
