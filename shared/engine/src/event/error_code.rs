//! The catalogue of errors that a posted event can get.
//!
//! To add a code, add an entry below and run `cargo xtask gen`, which updates `docs/errors.md`. A published code is
//! never renamed and never changes its meaning.

use std::fmt;

macro_rules! error_codes {
    ($(#[doc = $doc:literal] $variant:ident = $code:literal, $status:literal, $title:literal, $remedy:literal;)*) => {
        /// A stable error code, in kebab-case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $doc] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The value of a problem's `code` member.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The `title` of a problem, which depends on the code only.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// When the code is returned, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii(),)* }
            }

            /// What the caller or the operator should do.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

error_codes! {
    /// The body is not UTF-8 JSON, is nested deeper than 100 levels, or contains what cannot be stored unchanged: a duplicate member in an object, a lone surrogate, or a member name that begins with `$serde_json::private::`.
    InvalidJson = "invalid-json", 400, "The body is not valid JSON", "Send one JSON object in UTF-8, nested at most 100 levels deep; the detail says what is wrong and where.";
    /// The JSON is not an event of the stage.
    InvalidEvent = "invalid-event", 400, "The body is not an event of this stage", "Compare the body with `events/<stage>.json`; the detail names the field.";
    /// The body's `eventType` differs from the stage in the route.
    EventTypeMismatch = "event-type-mismatch", 400, "The event type does not match the route", "Post each event type to the route of its own stage.";
    /// A header has an invalid value.
    InvalidHeader = "invalid-header", 400, "A header is not valid", "Correct the header that the detail names.";
    /// A header that may occur once was sent more than once.
    DuplicateHeader = "duplicate-header", 400, "A header was sent more than once", "Send the header once.";
    /// A continuation token was altered, truncated, or sealed with a key that no longer exists.
    ContinuationInvalid = "continuation-invalid", 400, "The continuation is not valid", "Send the token exactly as received, or post the event again without one.";
    /// A continuation token is older than 15 minutes.
    ContinuationExpired = "continuation-expired", 400, "The continuation has expired", "Post the event again without a continuation.";
    /// A continuation token belongs to another application.
    ContinuationWrongApplication = "continuation-wrong-application", 400, "The continuation belongs to another application", "Send a token back to the application it came from.";
    /// A continuation token belongs to another stage.
    ContinuationWrongStage = "continuation-wrong-stage", 400, "The continuation belongs to another stage", "Send a token back to the stage it came from.";
    /// A continuation token belongs to another customer or conversation.
    ContinuationWrongSubject = "continuation-wrong-subject", 400, "The continuation belongs to another customer or conversation", "Send a token back with an event about the customer or conversation it was issued for.";
    /// The key is missing, malformed, wrong or expired, or the application is unknown.
    Unauthorized = "unauthorized", 401, "The ingest key is not accepted", "Send `Authorization: Bearer <ingest key>` with a key of this application; `hookpoint keys create` creates one.";
    /// The path is not a route, or its stage does not exist.
    NotFound = "not-found", 404, "There is no such stage", "Post to `/v1/applications/{applicationId}/stages/{stage}` with a stage of `docs/stages.md` in kebab-case.";
    /// The method is not POST.
    MethodNotAllowed = "method-not-allowed", 405, "Only POST is allowed", "Use POST.";
    /// The body is larger than 256 KB.
    PayloadTooLarge = "payload-too-large", 413, "The body is too large", "Send at most 262,144 bytes.";
    /// The content type is not JSON.
    UnsupportedMediaType = "unsupported-media-type", 415, "The body must be JSON", "Send `Content-Type: application/json`.";
    /// Another request with this idempotency key is in progress.
    IdempotencyKeyInProgress = "idempotency-key-in-progress", 409, "An event with this idempotency key is in progress", "Retry after `Retry-After`.";
    /// A continuation token was used before, with a different request.
    ContinuationUsed = "continuation-used", 409, "The continuation was used before", "Send each token back once, or repeat the same request; for a different answer, post the event again without a continuation.";
    /// Another request with this continuation token is in progress.
    ContinuationInProgress = "continuation-in-progress", 409, "An event with this continuation is in progress", "Retry after `Retry-After`: the same request then gets the recorded answer.";
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused = "idempotency-key-reused", 422, "The idempotency key belongs to another event", "Give each event an idempotency key of its own.";
    /// Bindings or hooks cannot be read, and no usable copy is cached: the store is unreachable, or a newer version of Hookpoint wrote them.
    StoreUnavailable = "store-unavailable", 503, "Hook bindings cannot be read at the moment", "Retry after `Retry-After`; the operator finds the cause in the log.";
    /// A stored binding or hook cannot be used.
    ConfigurationInvalid = "configuration-invalid", 503, "The stored configuration cannot be used", "The operator finds the item in the log and republishes it.";
    /// The keys that seal continuations cannot be read.
    KeysUnavailable = "keys-unavailable", 503, "Continuation keys cannot be read at the moment", "Retry after `Retry-After`; the operator finds the cause in the log.";
    /// The deliveries of asynchronous hooks cannot be queued. With an idempotency key, a retry does not run the other hooks again.
    QueueUnavailable = "queue-unavailable", 503, "Asynchronous hooks cannot be queued at the moment", "Retry after `Retry-After`; the operator finds the cause in the log.";
    /// A script hook is bound here, and this installation has no sandbox.
    ScriptHooksUnavailable = "script-hooks-unavailable", 503, "Script hooks cannot run here", "The operator unbinds or pauses the hook, or deploys a build that runs scripts.";
    /// An unexpected failure in Hookpoint.
    Internal = "internal", 500, "Something went wrong", "The operator finds the cause in the log under the correlation id.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
