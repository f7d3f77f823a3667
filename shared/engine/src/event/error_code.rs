//! The catalogue of what can go wrong for whoever posts an event.
//!
//! To add a code: add an entry below and run `cargo xtask gen`, which brings `docs/errors.md` up to date. A code that was
//! published is never renamed and never gets another meaning.

use std::fmt;

macro_rules! error_codes {
    ($(#[doc = $doc:literal] $variant:ident = $code:literal, $status:literal, $title:literal, $remedy:literal;)*) => {
        /// A stable name for what went wrong, in kebab-case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $(#[doc = $doc] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order in which documents list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it stands in the `code` member of a problem.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The `title` of a problem: the same for every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// When it is answered, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii(),)* }
            }

            /// What the caller or the operator does about it.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

error_codes! {
    /// The body is not UTF-8 JSON, is nested deeper than 100 levels, or holds what could not be kept unchanged: a member twice in one object, half of a surrogate pair, or a member name that begins with `$serde_json::private::`.
    InvalidJson = "invalid-json", 400, "The body is not valid JSON", "Send one JSON object in UTF-8, nested at most 100 levels deep; the detail names what is wrong and where.";
    /// The JSON is not an event of the stage.
    InvalidEvent = "invalid-event", 400, "The body is not an event of this stage", "Compare the body with `events/<stage>.json`; the detail names the field.";
    /// The body's `eventType` is another stage than the route's.
    EventTypeMismatch = "event-type-mismatch", 400, "The event type does not match the route", "Post each event type to the route of its own stage.";
    /// A header has a value that cannot be used.
    InvalidHeader = "invalid-header", 400, "A header is not valid", "Correct the header that the detail names.";
    /// A header that may come once came more often.
    DuplicateHeader = "duplicate-header", 400, "A header came more than once", "Send the header once.";
    /// A continuation token was altered, cut off, or sealed with a key that is gone.
    ContinuationInvalid = "continuation-invalid", 400, "The continuation is not valid", "Send the token exactly as it came, or post the event again without one.";
    /// A continuation token is older than 15 minutes.
    ContinuationExpired = "continuation-expired", 400, "The continuation has expired", "Post the event again without a continuation.";
    /// A continuation token belongs to another application.
    ContinuationWrongApplication = "continuation-wrong-application", 400, "The continuation belongs to another application", "Send a token back to the application it came from.";
    /// A continuation token belongs to another stage.
    ContinuationWrongStage = "continuation-wrong-stage", 400, "The continuation belongs to another stage", "Send a token back to the stage it came from.";
    /// A continuation token belongs to another customer or conversation.
    ContinuationWrongSubject = "continuation-wrong-subject", 400, "The continuation belongs to somebody else", "Send a token back with an event about the customer it was made for.";
    /// No key, a malformed key, a wrong or expired one, or an unknown application.
    Unauthorized = "unauthorized", 401, "The ingest key is not accepted", "Send `Authorization: Bearer <ingest key>` with a key of this application; `hookpoint keys create` makes one.";
    /// No such route or stage.
    NotFound = "not-found", 404, "There is no such stage", "Post to `/v1/applications/{applicationId}/stages/{stage}` with a stage of `docs/stages.md` in kebab-case.";
    /// Another method than POST.
    MethodNotAllowed = "method-not-allowed", 405, "Only POST is allowed", "Use POST.";
    /// The body is larger than 256 KB.
    PayloadTooLarge = "payload-too-large", 413, "The body is too large", "Send at most 262,144 bytes.";
    /// The content type is not JSON.
    UnsupportedMediaType = "unsupported-media-type", 415, "The body must be JSON", "Send `Content-Type: application/json`.";
    /// Another request with this idempotency key is at work.
    IdempotencyKeyInProgress = "idempotency-key-in-progress", 409, "An event with this idempotency key is in progress", "Try again after `Retry-After`.";
    /// A continuation token was answered before, with something else.
    ContinuationUsed = "continuation-used", 409, "The continuation was used before", "Send each token back once, or the same request again; for another answer, post the event again without a continuation.";
    /// Another request with this continuation token is at work.
    ContinuationInProgress = "continuation-in-progress", 409, "An event with this continuation is in progress", "Try again after `Retry-After`: the same request then gets the recorded answer.";
    /// The idempotency key came before with another body.
    IdempotencyKeyReused = "idempotency-key-reused", 422, "The idempotency key belongs to another event", "Give each event an idempotency key of its own.";
    /// Bindings or hooks cannot be read and nothing usable is cached.
    StoreUnavailable = "store-unavailable", 503, "Hook bindings cannot be read at the moment", "Try again after `Retry-After`; the operator finds the cause in the log.";
    /// A stored binding or hook cannot be used.
    ConfigurationInvalid = "configuration-invalid", 503, "The stored configuration cannot be used", "The operator finds the item in the log and publishes it again.";
    /// The keys that seal continuations cannot be read.
    KeysUnavailable = "keys-unavailable", 503, "Continuation keys cannot be read at the moment", "Try again after `Retry-After`; the operator finds the cause in the log.";
    /// The deliveries of asynchronous hooks cannot be put into the queue. With an idempotency key, a retry does not run the other hooks again.
    QueueUnavailable = "queue-unavailable", 503, "Asynchronous hooks cannot be queued at the moment", "Try again after `Retry-After`; the operator finds the cause in the log.";
    /// A script hook is bound here and this installation has no sandbox.
    ScriptHooksUnavailable = "script-hooks-unavailable", 503, "Script hooks cannot run here", "The operator unbinds or pauses the hook, or deploys a build that runs scripts.";
    /// Something that should not happen.
    Internal = "internal", 500, "Something went wrong", "The operator finds the cause in the log under the correlation id.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
