//! Why hooks fail.

use std::{fmt, time::Duration};

/// Why a hook failed: a stable class and a message.
///
/// The message is for the operator. It goes to logs and records, never to the caller that posted the event. It never
/// contains a secret or a password, and of a response body at most its redacted beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFailure {
    /// The stable class.
    pub class: FailureClass,
    /// The cause, as a lower-case fragment.
    pub message: String,
    /// Whether another attempt might succeed: by the class, unless the run says more than its class.
    pub is_retryable: bool,
    /// How long the endpoint asked to wait before a retry.
    pub retry_after: Option<Duration>,
    /// The status that the endpoint returned.
    pub status: Option<u16>,
    /// The hook's console output up to the failure, redacted and capped.
    pub log: Vec<String>,
}

impl HookFailure {
    /// Creates a failure without status, log or retry delay, retryable if its class is.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            is_retryable: class.is_retryable(),
            retry_after: None,
            status: None,
            log: Vec::new(),
        }
    }
}

impl fmt::Display for HookFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class, self.message)
    }
}

impl std::error::Error for HookFailure {}

macro_rules! failure_classes {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal, $retryable:literal;)*) => {
        /// The classes of failure. The names are stable: they appear in `Server-Timing`, logs, records and metrics.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FailureClass {
            $(#[doc = $doc] $variant,)*
        }

        impl FailureClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name, in kebab-case.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it means, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii(),)* }
            }

            /// Whether a retry might succeed, as far as the class says: see [`HookFailure::is_retryable`].
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)* }
            }
        }
    };
}

failure_classes! {
    /// The deadline passed before the response was complete.
    Timeout = "timeout", true;
    /// The endpoint could not be reached, or the connection broke.
    Connection = "connection", true;
    /// The endpoint returned 408, 425, 429 or a 5xx status.
    ServerError = "server-error", true;
    /// The endpoint returned another status outside 2xx.
    BadStatus = "bad-status", false;
    /// The endpoint returned 410: it is gone permanently.
    Gone = "gone", false;
    /// The endpoint returned a redirect; redirects are not followed.
    Redirected = "redirected", false;
    /// The egress policy refused the connection.
    EgressRefused = "egress-refused", false;
    /// The URL or a header is not valid after substitution.
    BadRequest = "bad-request", false;
    /// A secret or variable that the hook refers to has no value.
    MissingSecret = "missing-secret", false;
    /// The response is not a JSON object.
    BadResponse = "bad-response", false;
    /// The response is larger than 256 KB.
    TooLarge = "too-large", false;
    /// A veto in the response is malformed or misspelt, or the stage does not accept it.
    BadEffect = "bad-effect", false;
    /// The secret store did not respond.
    SecretsUnavailable = "secrets-unavailable", true;
    /// The endpoint failed so often that calls are suspended for a while.
    CircuitOpen = "circuit-open", true;
    /// The script threw, or does not compile. Retryable if the error's name is `RetryableError`, or a request that the script made got no response.
    ScriptError = "script-error", false;
    /// The script exceeded its time. Retryable if one of its requests had no response by then, or if it first waited for other scripts.
    ScriptTimeout = "script-timeout", false;
    /// The script nested calls or data too deeply.
    ScriptStack = "script-stack", false;
    /// The script exceeded its memory limit.
    ScriptMemory = "script-memory", false;
    /// The sandbox crashed: through a defect, or a script that took over the interpreter.
    ScriptCrash = "script-crash", false;
    /// There is no sandbox here, or none was free before the deadline: then it is retryable.
    SandboxUnavailable = "sandbox-unavailable", false;
    /// A stored binding or hook cannot be used.
    Configuration = "configuration-invalid", false;
    /// Bindings, hooks or secrets could not be read for four days.
    Unreadable = "unreadable", false;
    /// The engine itself failed; the cause is in its log.
    Internal = "internal", true;
}

impl fmt::Display for FailureClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FailureClass {
    /// Whether the sandbox ended the script: it exceeded its time or memory, or its instance broke.
    pub fn is_kill(self) -> bool {
        matches!(
            self,
            Self::ScriptTimeout | Self::ScriptMemory | Self::ScriptCrash
        )
    }

    /// Whether the failure counts towards opening the circuit: the endpoint did not respond, or not in time.
    pub fn is_transport(self) -> bool {
        matches!(self, Self::Timeout | Self::Connection)
    }
}
