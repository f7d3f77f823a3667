//! The questions of `profilingSteps`.

use super::MESSAGE;
use crate::form::{Choice, Form, Member, Reserved, Rule};

/// Limits the label of a field, in characters: a `static` one may contain complete terms of use.
const LABEL: Form = Form::Text { most: 10_000 };

/// One question of a profiling step.
pub(super) const FIELD: Form = Form::Members {
    members: &[
        Member::required("id", MESSAGE, "the field's name, unique in its step"),
        Member::required(
            "label",
            LABEL,
            "the question, or the text of a `static` field",
        ),
        Member::required("type", Form::OneOf(FIELD_TYPES), "how the host renders it"),
        Member::optional("required", Form::Flag, "whether an answer is required"),
        Member::optional(
            "options",
            Form::List {
                items: &Form::Labelled,
                least: 1,
                most: None,
                key: None,
                reserved: Reserved::NOTHING,
            },
            "what can be chosen",
        ),
        Member::optional("validator", VALIDATOR, "the rule that answers must meet"),
    ],
    rules: &[Rule::BelongsTo {
        member: "options",
        other: "type",
        words: &["select", "multiSelect"],
    }],
};

/// The types of field. Answers to a sensitive one are redacted like passwords.
pub(super) const FIELD_TYPES: &[Choice] = &[
    Choice::new("text"),
    Choice::new("checkbox"),
    Choice::new("date"),
    Choice::new("phone"),
    Choice::sensitive("password"),
    Choice::sensitive("passcode"),
    Choice::new("select"),
    Choice::new("multiSelect"),
    Choice::new("static"),
];

/// The host evaluates `regex` with its own engine, in a browser or an app; no dialect is assumed here.
const VALIDATOR: Form = Form::Members {
    members: &[
        Member::optional("minLength", Form::Count, "the fewest characters"),
        Member::optional("maxLength", Form::Count, "the most characters"),
        Member::optional(
            "regex",
            MESSAGE,
            "a regular expression, in the host's dialect",
        ),
        Member::optional("notBefore", MESSAGE, "the earliest date"),
        Member::optional("notAfter", MESSAGE, "the latest date"),
    ],
    rules: &[],
};

/// Whether answers to a profiling field of this type are confidential, like passwords.
pub fn is_sensitive_field_type(field_type: &str) -> bool {
    FIELD_TYPES
        .iter()
        .any(|choice| choice.sensitive && choice.word == field_type)
}
