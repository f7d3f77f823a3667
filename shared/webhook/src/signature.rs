//! Signatures of webhook requests, as Standard Webhooks 1.0.0 has them.
//!
//! One `v1` signature a secret: HMAC-SHA256 over `{id}.{timestamp}.{body}`. An endpoint accepts a request when any of them is right,
//! so while a secret is replaced both sign, and neither side has to switch at a given moment.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hookpoint_engine::{
    confidential::secret::Secret,
    hook::outcome::{FailureClass, HookFailure},
    identifier::SecretName,
    ports::WebhookCall,
};
use standardwebhooks::Webhook;

/// What every secret begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "whsec_";
/// How many bytes a key has, by the specification.
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 24..=64;

/// The value of `webhook-signature`: one signature for each signing secret, in their order; none for a hook without any.
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

/// The crate takes keys of any length, with and without the prefix. Here a value that is no signing secret is a mistake, such as an API
/// token under the wrong name, and is not used.
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
    // What the decoder says is left out: it quotes the byte that it stumbled over.
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
