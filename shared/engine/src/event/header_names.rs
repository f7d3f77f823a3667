//! Names of the headers that hosts, Hookpoint and endpoints send, in lower case.

/// Identifies an event in every system it passes.
pub const CORRELATION_ID: &str = "nlx-correlation-id";
/// W3C Trace Context.
pub const TRACEPARENT: &str = "traceparent";
/// Makes a repeated event safe (draft-ietf-httpapi-idempotency-key-header).
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// In the response to a repeated event.
pub const IDEMPOTENT_REPLAYED: &str = "idempotent-replayed";
/// How long each hook took (W3C Server Timing).
pub const SERVER_TIMING: &str = "server-timing";
/// How the sandbox places the memory of scripts: `mapped` or `copied`. In the response to an event that ran a script.
pub const SANDBOX: &str = "hookpoint-sandbox";
/// Identifies a delivery in all its attempts (Standard Webhooks).
pub const WEBHOOK_ID: &str = "webhook-id";
/// When an attempt was made, in seconds since 1970 (Standard Webhooks).
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// One signature for each signing secret (Standard Webhooks).
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";
/// The version of the wire contract with endpoints.
pub const HOOK_VERSION: &str = "nlx-lifecycle-hook-version";
/// The time left for the endpoint, in milliseconds.
pub const DEADLINE: &str = "hookpoint-deadline-ms";
