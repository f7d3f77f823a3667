//! Who may post events.

use std::borrow::Cow;

use hookpoint_engine::event::{
    error_code::ErrorCode, ingest::Caller, problem::Problem, route::Route,
};

use crate::gateway::Identity;

/// How a caller shows that it may post for an application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// By a key of the application.
    #[default]
    IngestKey,
    /// By AWS credentials whose policy allows the path, which the gateway has checked. The path names the application.
    AwsIam,
    /// By a token that the gateway has checked. One of its claims is the application.
    Jwt {
        /// The claim.
        claim: String,
    },
}

impl Authentication {
    /// Who vouches for the caller of a route. A refusal is the one that a wrong key gets; the log says what was missing.
    pub(crate) fn vouch(&self, route: &Route<'_>, identity: &Identity) -> Result<Caller, Problem> {
        let refused = match self {
            Self::IngestKey => return Ok(Caller::Stranger),
            Self::AwsIam if !identity.is_signed() => {
                "the gateway did not check the caller's AWS credentials; its route must ask for `AWS_IAM`"
            }
            // A policy is about the path as it was sent. No valid id needs an escape, and one may hide it from a policy that denies.
            Self::AwsIam if matches!(route.application, Cow::Owned(_)) => {
                "the application in the path is percent-encoded"
            }
            Self::AwsIam => return Ok(Caller::Authorized),
            Self::Jwt { claim } => match identity.claim(claim) {
                Some(application) if application == route.application => {
                    return Ok(Caller::Authorized);
                }
                Some(_) => "the claim that `HOOKPOINT_JWT_CLAIM` names is not this application",
                None => {
                    "the gateway passed no claim of the name in `HOOKPOINT_JWT_CLAIM` on; its route must ask for `JWT`"
                }
            },
        };
        tracing::warn!(cause = refused, "the caller is not let in");
        Err(Problem::new(
            ErrorCode::Unauthorized,
            ErrorCode::Unauthorized.remedy(),
        ))
    }
}
