//! Definitions of stages and of event fields.

use std::fmt;

/// The catalogue entry of a stage.
#[derive(Debug)]
pub struct StageDefinition {
    /// Wire id in camelCase: the value of `eventType`.
    pub id: &'static str,
    /// Display name, in sentence case.
    pub title: &'static str,
    /// One sentence: when the stage fires and what a hook may do there.
    pub summary: &'static str,
    /// Which kind of application reports the stage.
    pub family: Family,
    /// Whether hooks run before or after the response.
    pub mode: ModeRule,
    /// What a failed synchronous hook does unless its binding says otherwise.
    pub failure: FailureDefault,
    /// What a binding of this stage may be attached to.
    pub target: TargetRule,
    /// True if [its effects](crate::Stage::effects) are accepted for compatibility only and have no consequence.
    pub effects_unused: bool,
    /// The stage's own input, in addition to the envelope shared by its family.
    pub input: &'static [Field],
    /// Dotted paths to the subject of a continuation, tried in order; paths joined by `+` are combined.
    pub subject: &'static [&'static str],
}

/// Which kind of application reports a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// A conversational application; events are the NLX body.
    Conversation,
    /// A customer-facing application with registration and login.
    Identity,
}

impl Family {
    /// The word used in files and documentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Identity => "identity",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether the hooks of a stage run before or after the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeRule {
    /// Synchronous unless the binding says asynchronous.
    SynchronousByDefault,
    /// The response decides what happens next, so hooks must run first.
    SynchronousOnly,
    /// Nothing waits for the response.
    AsynchronousOnly,
}

/// What a failed synchronous hook does by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureDefault {
    /// The event continues as if the hook were absent.
    Continue,
    /// The event is denied.
    Deny,
    /// The stage has no synchronous hooks.
    NotApplicable,
}

/// What a binding may be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetRule {
    /// An application, or an identity store, which covers every application that uses it.
    ApplicationOrStore,
    /// An identity store only.
    StoreOnly,
}

/// One field of an event body.
#[derive(Debug)]
pub struct Field {
    /// Dotted path inside the body.
    pub path: &'static str,
    /// The JSON shape a present value must have.
    pub shape: Shape,
    /// True when an event without the field is rejected.
    pub required: bool,
    /// True when the value must never reach a log, a record or a queue. For members that the catalogue does not list,
    /// [`is_sensitive_name`](crate::is_sensitive_name) decides.
    pub sensitive: bool,
    /// True when the value identifies the event, its subject or its source. The audit trail depends on it, so it stays
    /// visible even if a password has the same value.
    pub identifying: bool,
    /// What the field holds, as a fragment of a sentence.
    pub summary: &'static str,
    /// A realistic value, as JSON.
    pub example: &'static str,
}

impl Field {
    pub(crate) const fn new(
        path: &'static str,
        shape: Shape,
        summary: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            path,
            shape,
            required: false,
            sensitive: false,
            identifying: false,
            summary,
            example,
        }
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    pub(crate) const fn identifying(mut self) -> Self {
        self.identifying = true;
        self
    }
}

/// The JSON shape of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    String,
    /// An object.
    Object,
    /// An object or null.
    ObjectOrNull,
    /// An array whose items are objects.
    Objects,
    /// An array whose items are strings.
    Strings,
}

impl Shape {
    /// The shape in words, to follow "must be" in an error message.
    pub fn description(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Object => "an object",
            Self::ObjectOrNull => "an object or null",
            Self::Objects => "an array of objects",
            Self::Strings => "an array of strings",
        }
    }

    /// Whether a value has the shape.
    pub fn accepts(self, value: &serde_json::Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Object => value.is_object(),
            Self::ObjectOrNull => value.is_object() || value.is_null(),
            Self::Objects => value
                .as_array()
                .is_some_and(|items| items.iter().all(serde_json::Value::is_object)),
            Self::Strings => value
                .as_array()
                .is_some_and(|items| items.iter().all(serde_json::Value::is_string)),
        }
    }
}
