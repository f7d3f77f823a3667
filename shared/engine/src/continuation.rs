//! Continuation tokens: the sealed state of a suspended pass.
//!
//! A token is `base64url(1 ‖ key id ‖ nonce ‖ XChaCha20-Poly1305(state))`: opaque and unforgeable. It holds the rest of
//! the chain, beginning with the hook that suspended, with pinned hook versions, and the effects so far. It is bound to
//! application, stage and an HMAC of the event's subject, and is valid for 15 minutes.

mod seal;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use hookpoint_stages::Stage;
use serde::{Deserialize, Serialize};

use crate::{
    application::{binding::Target, ingest_key::seconds_since_epoch},
    confidential::{CarriedValues, HiddenFields},
    event::{Event, error_code::ErrorCode, problem::Problem},
    hook::HookReference,
    identifier::{ApplicationId, BindingId, SecretName},
    pass::merge::Merged,
    ports::ContinuationKeys,
    serde_stage,
};

/// How long a token is valid.
pub const LIFETIME: Duration = Duration::from_mins(15);
/// Maximum size of a token, in bytes.
pub const TOKEN_LIMIT: usize = 32 * 1024;

/// The contents of a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Continuation {
    /// The rest of the chain, wave by wave. The first wave is the hook that suspended.
    pub waves: Vec<Vec<Step>>,
    /// The effects so far.
    pub merged: Merged,
    /// The secrets that hooks could put into these effects, redacted in what is queued or kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretName>,
    /// The requested fields whose answers are confidential.
    #[serde(default, skip_serializing_if = "HiddenFields::is_empty")]
    pub hidden: HiddenFields,
    /// Confidential values that hooks put into these effects.
    #[serde(
        default,
        rename = "told",
        skip_serializing_if = "CarriedValues::is_empty"
    )]
    pub carried: CarriedValues,
}

/// One hook of the chain, at the version the pass started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What the binding is attached to.
    pub target: Target,
    /// The binding.
    pub binding: BindingId,
    /// The hook version that the pass started with.
    pub hook: HookReference,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sealed {
    application: ApplicationId,
    #[serde(with = "serde_stage")]
    stage: Stage,
    /// HMAC of the subject, base64.
    subject: String,
    /// Seconds since 1970.
    expires: u64,
    state: Continuation,
}

/// Why a token cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The event has none of the fields that identify its subject.
    #[error("the event has no subject for a continuation: none of `{}`", .0.join("`, `"))]
    NoSubject(Vec<&'static str>),
    /// The token would be too large.
    #[error(
        "the continuation would have {0} bytes, at most {TOKEN_LIMIT} are allowed; store less in `session` and `attributes`"
    )]
    TooLarge(usize),
    /// The system's source of randomness failed.
    #[error("the system provides no random bytes for the continuation")]
    NoRandomness,
}

impl Continuation {
    /// Seals the state for the event's subject.
    pub fn seal(
        &self,
        application: &ApplicationId,
        event: &Event,
        keys: &ContinuationKeys,
        now: SystemTime,
    ) -> Result<String, SealError> {
        let stage = event.stage();
        let subject = event
            .subject()
            .ok_or_else(|| SealError::NoSubject(stage.definition().subject.to_vec()))?;
        let sealed = Sealed {
            application: application.clone(),
            stage,
            subject: seal::subject_hmac(&keys.current, &subject),
            expires: seconds_since_epoch(now + LIFETIME),
            state: self.clone(),
        };
        // Serialising strings, numbers and JSON values into memory cannot fail.
        let plain = serde_json::to_vec(&sealed).unwrap_or_default();
        let token = seal::seal(&keys.current, &plain).ok_or(SealError::NoRandomness)?;
        if token.len() > TOKEN_LIMIT {
            Err(SealError::TooLarge(token.len()))
        } else {
            Ok(token)
        }
    }

    /// Whether a token names one of these keys. Does not verify the token.
    pub fn names_key_of(token: &str, keys: &ContinuationKeys) -> bool {
        token.len() <= TOKEN_LIMIT && seal::key_of(keys, token).is_some()
    }

    /// Opens a token that came with an event.
    pub fn open(
        token: &str,
        application: &ApplicationId,
        event: &Event,
        keys: &ContinuationKeys,
        now: SystemTime,
    ) -> Result<Self, Problem> {
        let refuse = |code: ErrorCode| Problem::new(code, code.remedy());
        if token.len() > TOKEN_LIMIT {
            return Err(refuse(ErrorCode::ContinuationInvalid));
        }
        let (plain, key) =
            seal::open(keys, token).ok_or_else(|| refuse(ErrorCode::ContinuationInvalid))?;
        let sealed: Sealed = serde_json::from_slice(&plain).map_err(|error| {
            // An authentic token, sealed by another version.
            Problem {
                internal: Some(format!("continuation: {error}")),
                ..refuse(ErrorCode::ContinuationInvalid)
            }
        })?;
        let stage = event.stage();
        if sealed.application != *application {
            Err(refuse(ErrorCode::ContinuationWrongApplication))
        } else if sealed.stage != stage {
            Err(refuse(ErrorCode::ContinuationWrongStage))
        } else if event
            .subject()
            .is_none_or(|subject| seal::subject_hmac(key, &subject) != sealed.subject)
        {
            Err(refuse(ErrorCode::ContinuationWrongSubject))
        } else if seconds_since_epoch(now) >= sealed.expires {
            Err(refuse(ErrorCode::ContinuationExpired))
        } else {
            Ok(sealed.state)
        }
    }
}
