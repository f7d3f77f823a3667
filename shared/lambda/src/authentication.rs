//! Who may post events.

use std::borrow::Cow;

use hookpoint_engine::event::{
    error_code::ErrorCode, ingest::Caller, problem::Problem, route::Route,
};

use crate::gateway::{Identity, MatchedRoute};

/// How a caller proves that it may post for an application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Authentication {
    /// With a key of the application.
    #[default]
    IngestKey,
    /// With AWS credentials whose policy allows the path, which names the application. The gateway checks them.
    AwsIam,
    /// With a token that the gateway checks. One of its claims is the application.
    Jwt {
        /// Name of the claim that holds the application's id.
        claim: String,
    },
}

impl Authentication {
    /// Authenticates the caller of a route. A refusal looks like that of a wrong key; the log has the cause.
    pub(crate) fn vouch(
        &self,
        route: &Route<'_>,
        identity: &Identity,
        matched: &MatchedRoute,
    ) -> Result<Caller, Problem> {
        let refused = match self {
            Self::IngestKey => return Ok(Caller::Stranger),
            Self::AwsIam if !identity.is_signed() => {
                "the gateway did not check the caller's AWS credentials; its route must use `AWS_IAM`"
            }
            // The policy was checked for the gateway's route and parameters. A path can be longer than that route, or
            // spell the application differently; then the two name different applications.
            Self::AwsIam => match (matched.application(&route.stage), &route.application) {
                (Some(checked), Cow::Borrowed(named)) if checked == *named => {
                    return Ok(Caller::Authorized);
                }
                (Some(_), _) => {
                    "the application in the path is not the one that the gateway checked the policy for"
                }
                (None, _) => {
                    "the gateway's route is not `POST /v1/applications/{applicationId}/stages/<stage>`, so no policy decided for which application the caller may post"
                }
            },
            Self::Jwt { claim } => match identity.claim(claim) {
                Some(application) if application == route.application => {
                    return Ok(Caller::Authorized);
                }
                Some(_) => "the claim that `HOOKPOINT_JWT_CLAIM` names is not this application",
                None => {
                    "the gateway passed no claim with the name in `HOOKPOINT_JWT_CLAIM`; its route must use `JWT`"
                }
            },
        };
        tracing::warn!(cause = refused, "caller refused");
        Err(Problem::new(
            ErrorCode::Unauthorized,
            ErrorCode::Unauthorized.remedy(),
        ))
    }
}
