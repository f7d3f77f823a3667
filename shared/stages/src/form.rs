//! The forms of effect values, as data: used for validation, documents, JSON Schemas and types.

/// The form of a value.
#[derive(Debug)]
pub enum Form {
    /// Any JSON value.
    Any,
    /// A string, a number or a boolean.
    Scalar,
    /// True or false.
    Flag,
    /// The boolean true.
    True,
    /// A non-negative integer.
    Count,
    /// A string of any content.
    String,
    /// Plain text, not blank, without control characters other than line breaks and tabs.
    Text {
        /// Maximum number of characters.
        most: usize,
    },
    /// A string without white space: a scope, the name of a claim, an authenticator.
    Word,
    /// One of these words.
    OneOf(&'static [Choice]),
    /// An absolute https URL without credentials.
    HttpsUrl {
        /// Maximum length in bytes.
        most: usize,
    },
    /// An object with any members. Invalid ones are dropped; the others count.
    Map {
        /// The allowed names.
        names: Names,
        /// Names reserved from hooks.
        reserved: Reserved,
        /// The form of each value.
        values: &'static Form,
    },
    /// An object with these members. Others are dropped; `null` counts as absent.
    Members {
        /// The members, in the order of the documentation.
        members: &'static [Member],
        /// Rules between the members.
        rules: &'static [Rule],
    },
    /// An array.
    List {
        /// The form of each item.
        items: &'static Form,
        /// Minimum number of items.
        least: usize,
        /// Maximum number of items.
        most: Option<usize>,
        /// The member that must be unique among the items, if they are objects.
        key: Option<&'static str>,
        /// Words reserved from hooks; they are dropped.
        reserved: Reserved,
    },
    /// Display text, or an object of `value` and `label`.
    Labelled,
}

/// One member of an object.
#[derive(Debug)]
pub struct Member {
    /// The member's name.
    pub name: &'static str,
    /// The form of its value.
    pub form: Form,
    /// Whether it must be present.
    pub required: bool,
    /// Its meaning, as a fragment of a sentence.
    pub summary: &'static str,
}

impl Member {
    pub(crate) const fn required(name: &'static str, form: Form, summary: &'static str) -> Self {
        Self {
            name,
            form,
            required: true,
            summary,
        }
    }

    pub(crate) const fn optional(name: &'static str, form: Form, summary: &'static str) -> Self {
        Self {
            name,
            form,
            required: false,
            summary,
        }
    }
}

/// An accepted word.
#[derive(Debug)]
pub struct Choice {
    /// The word.
    pub word: &'static str,
    /// True when a customer's answer to a field of this type is confidential, like a password.
    pub sensitive: bool,
}

impl Choice {
    pub(crate) const fn new(word: &'static str) -> Self {
        Self {
            word,
            sensitive: false,
        }
    }

    pub(crate) const fn sensitive(word: &'static str) -> Self {
        Self {
            word,
            sensitive: true,
        }
    }
}

/// Names that hooks may not use.
#[derive(Debug)]
pub struct Reserved {
    /// The names.
    pub names: &'static [&'static str],
    /// The reason, as a fragment of a sentence.
    pub reason: &'static str,
}

impl Reserved {
    pub(crate) const NOTHING: Self = Self {
        names: &[],
        reason: "",
    };
}

/// The allowed names of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Anything.
    Any,
    /// Letters, digits, `-` and `_`.
    Variable,
}

impl Names {
    /// Whether a name is allowed.
    pub fn accept(self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Variable => {
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            }
        }
    }
}

/// A rule between the members of one object.
#[derive(Debug)]
pub enum Rule {
    /// A member is required in objects where another has one of these words, and not allowed in the rest.
    BelongsTo {
        /// The member that depends on the other.
        member: &'static str,
        /// The other member.
        other: &'static str,
        /// The words for which `member` is required.
        words: &'static [&'static str],
    },
    /// Two flags that exclude each other.
    Excludes {
        /// The flag that is rejected, with its value.
        flag: (&'static str, bool),
        /// The flag that excludes it, with its value.
        other: (&'static str, bool),
    },
}

impl Form {
    /// An object of any members.
    pub(crate) const OBJECT: Self = Self::Map {
        names: Names::Any,
        reserved: Reserved::NOTHING,
        values: &Self::Any,
    };

    /// The form in words, to follow "must be" in an error message.
    pub fn description(&self) -> String {
        match self {
            Self::Any => "any JSON value".to_owned(),
            Self::Scalar => "a string, a number or a boolean".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::True => "true".to_owned(),
            Self::Count => "a whole number from 0".to_owned(),
            Self::String => "a string".to_owned(),
            Self::Text { most } => format!("plain text of 1 to {most} characters"),
            Self::Word => "a word without white space".to_owned(),
            Self::OneOf(choices) => {
                let words: Vec<_> = choices.iter().map(|choice| choice.word).collect();
                format!("one of `{}`", words.join("`, `"))
            }
            Self::HttpsUrl { most } => format!(
                "an absolute https URL of at most {most} characters, without credentials and white space"
            ),
            Self::Map { .. } | Self::Members { .. } => "an object".to_owned(),
            Self::List {
                items, least, most, ..
            } => {
                let items = match items {
                    Self::Members { .. } => "objects",
                    Self::Word => "words",
                    _ => "items",
                };
                match (least, most) {
                    (0, None) => format!("an array of {items}"),
                    (0, Some(most)) => format!("an array of at most {most} {items}"),
                    (1, None) => "an array with at least one item".to_owned(),
                    (least, None) => format!("an array of at least {least} {items}"),
                    (least, Some(most)) => format!("an array of {least} to {most} {items}"),
                }
            }
            Self::Labelled => "a string, or an object of `value` and `label`".to_owned(),
        }
    }
}
