//! How a run of a hook ended.

use std::{fmt, time::Duration};

/// Why a hook failed: a class with a stable name, and what happened in words.
///
/// The message is for the operator: it goes to logs and records, never to whoever posted the event, and never holds a
/// secret or a password, nor of a body more than the redacted beginning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookFailure {
    /// The stable class.
    pub class: FailureClass,
    /// What happened, as a lower-case fragment.
    pub message: String,
    /// What the endpoint asked to wait before another attempt.
    pub retry_after: Option<Duration>,
    /// The status that the endpoint answered.
    pub status: Option<u16>,
    /// What the hook had logged by then, redacted and capped.
    pub log: Vec<String>,
}

impl HookFailure {
    /// A failure of a class.
    pub fn new(class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
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
        /// The classes of failure. Their names are stable: they stand in `Server-Timing`, logs, records and metrics.
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

            /// Whether another attempt could end differently.
            pub fn is_retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)* }
            }
        }
    };
}

failure_classes! {
    /// The deadline passed before the whole answer was there.
    Timeout = "timeout", true;
    /// The endpoint could not be reached, or the connection broke.
    Connection = "connection", true;
    /// The endpoint answered 408, 425, 429 or a 5xx status.
    ServerError = "server-error", true;
    /// The endpoint answered another status outside 2xx.
    BadStatus = "bad-status", false;
    /// The endpoint answered 410: what was there is gone for good.
    Gone = "gone", false;
    /// The endpoint answered a redirect; redirects are not followed.
    Redirected = "redirected", false;
    /// The egress policy refused the connection.
    EgressRefused = "egress-refused", false;
    /// URL or header is not valid after substitution.
    BadRequest = "bad-request", false;
    /// A secret or variable that the hook refers to has no value.
    MissingSecret = "missing-secret", false;
    /// The answer is not a JSON object.
    BadResponse = "bad-response", false;
    /// The answer is larger than 256 KB.
    TooLarge = "too-large", false;
    /// A veto in the response is malformed or misspelt, or the stage does not accept it.
    BadEffect = "bad-effect", false;
    /// The secret store did not answer.
    SecretsUnavailable = "secrets-unavailable", true;
    /// The endpoint failed so often that it is not asked for a while.
    CircuitOpen = "circuit-open", true;
    /// The script threw, or what it returned cannot be used.
    ScriptError = "script-error", false;
    /// The script did not end within its time. Final, unlike an endpoint's timeout: it would take as long again.
    ScriptTimeout = "script-timeout", false;
    /// The script nested calls or data more deeply than it may.
    ScriptStack = "script-stack", false;
    /// The script used more memory than it may.
    ScriptMemory = "script-memory", false;
    /// The sandbox broke: a fault of it, or a script that took the interpreter over.
    ScriptCrash = "script-crash", false;
    /// There is no sandbox here, or no free place in it before the deadline.
    SandboxUnavailable = "sandbox-unavailable", false;
    /// A stored binding or hook cannot be used.
    Configuration = "configuration-invalid", false;
    /// Bindings, hooks or secrets could not be read for four days.
    Unreadable = "unreadable", false;
    /// The engine itself failed; its log says how.
    Internal = "internal", true;
}

impl fmt::Display for FailureClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FailureClass {
    /// Whether the sandbox process of the script was ended, or would have been: it overran its time or memory, or tried what it may not.
    pub fn is_kill(self) -> bool {
        matches!(
            self,
            Self::ScriptTimeout | Self::ScriptMemory | Self::ScriptCrash
        )
    }

    /// Whether the circuit counts it: the endpoint did not answer at all, or not in time.
    pub fn is_transport(self) -> bool {
        matches!(self, Self::Timeout | Self::Connection)
    }
}
