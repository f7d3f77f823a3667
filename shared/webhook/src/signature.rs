//! Signatures of webhook requests according to Standard Webhooks 1.0.0.
//!
//! One `v1` signature per secret: HMAC-SHA256 over `{id}.{timestamp}.{body}`. An endpoint accepts a request if any of
//! them is valid. During a rotation both secrets sign, so neither side has to switch at a given moment.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hookpoint_engine::{
    confidential::secret::Secret,
    hook::outcome::{FailureClass, HookFailure},
    identifier::SecretName,
    ports::WebhookCall,
};
use standardwebhooks::Webhook;

/// Prefix of every secret, recognisable for people and scanners.
const PREFIX: &str = "whsec_";
/// Allowed length of a key in bytes, from the specification.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The value of `webhook-signature`: one signature per signing secret, in order; `None` for a hook without any.
pub(crate) fn of(call: &WebhookCall<'_>, timestamp: u64) -> Result<Option<String>, HookFailure> {
    let timestamp = i64::try_from(timestamp).unwrap_or(i64::MAX);
    let mut signatures = Vec::with_capacity(call.signing_secrets.len());
    for (name, secret) in &call.signing_secrets {
        let signature = signer(name, secret)?
            .sign(call.webhook_id, timestamp, &call.body)
            .map_err(|_| refuse("the body cannot be signed: it is not UTF-8".to_owned()))?;
        signatures.push(signature);
    }
    Ok((!signatures.is_empty()).then(|| signatures.join(" ")))
}

/// Creates a signer. The crate accepts keys of any length, with and without the prefix; here such a value is refused,
/// as it is probably something else, such as an API token under the wrong name.
fn signer(name: &SecretName, secret: &Secret) -> Result<Webhook, HookFailure> {
    let refuse_value = |reason: &str| {
        refuse(format!(
            "signing secret `{name}` {reason}; its value must be `{PREFIX}` and the base64 of 24 to 64 random bytes"
        ))
    };
    let encoded = secret
        .expose()
        .strip_prefix(PREFIX)
        .ok_or_else(|| refuse_value(&format!("does not begin with `{PREFIX}`")))?;
    // The decoder's message is dropped: it quotes the invalid byte.
    let key = STANDARD
        .decode(encoded)
        .map_err(|_| refuse_value(&format!("is not padded base64 after `{PREFIX}`")))?;
    if !KEY_LENGTHS.contains(&key.len()) {
        return Err(refuse_value(&format!("has {} bytes", key.len())));
    }
    Webhook::from_bytes(key).map_err(|_| refuse_value("cannot be used"))
}

fn refuse(message: String) -> HookFailure {
    HookFailure::new(FailureClass::BadRequest, message)
}
