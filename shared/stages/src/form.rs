//! The form of an effect's value, as data: checked by one interpreter, and printed as documents, JSON Schemas and types.

/// What a value must look like.
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
    /// A whole number from 0.
    Count,
    /// A string of any content.
    String,
    /// Plain text, not blank, without control characters other than line breaks and tabs.
    Text {
        /// The most characters.
        most: usize,
    },
    /// A string without white space: a scope, the name of a claim, an authenticator.
    Word,
    /// One of these words.
    OneOf(&'static [Choice]),
    /// An absolute https URL without credentials.
    HttpsUrl {
        /// The most bytes.
        most: usize,
    },
    /// An object of any members. One that does not fit is left out, and the others count.
    Map {
        /// What the names must look like.
        names: Names,
        /// Names that a hook may not use.
        reserved: Reserved,
        /// What each value must look like.
        values: &'static Form,
    },
    /// An object of these members. Any other is left out; one that is `null` counts as absent.
    Members {
        /// The members, in the order in which documents list them.
        members: &'static [Member],
        /// What holds between them.
        rules: &'static [Rule],
    },
    /// An array.
    List {
        /// What each item must look like.
        items: &'static Form,
        /// The fewest items.
        least: usize,
        /// The most items.
        most: Option<usize>,
        /// The member that tells the items apart, if they are objects.
        key: Option<&'static str>,
        /// Words that a hook may not list; they are left out.
        reserved: Reserved,
    },
    /// Text that is shown as it is, or an object of `value` and `label`.
    Labelled,
}

/// One member of an object.
#[derive(Debug)]
pub struct Member {
    /// The member's name.
    pub name: &'static str,
    /// What its value must look like.
    pub form: Form,
    /// Whether the object needs it.
    pub required: bool,
    /// What it says, as a fragment of a sentence.
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

/// One of the words that a value may be.
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

/// Names that a hook may not use.
#[derive(Debug)]
pub struct Reserved {
    /// The names.
    pub names: &'static [&'static str],
    /// Why not, as a fragment of a sentence.
    pub reason: &'static str,
}

impl Reserved {
    pub(crate) const NOTHING: Self = Self {
        names: &[],
        reason: "",
    };
}

/// What the names of a map must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Anything.
    Any,
    /// Letters, digits, `-` and `_`.
    Variable,
}

impl Names {
    /// Whether a name is one of them.
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

/// What holds between the members of one object.
#[derive(Debug)]
pub enum Rule {
    /// A member belongs to objects in which another has one of these words, and those need it.
    BelongsTo {
        /// The member.
        member: &'static str,
        /// The other one.
        other: &'static str,
        /// The other one's words.
        words: &'static [&'static str],
    },
    /// Two flags exclude each other.
    Excludes {
        /// The flag that is refused, with its value.
        flag: (&'static str, bool),
        /// The flag that refuses it, with its value.
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

    /// The form in words, as an error message puts it: "must be …".
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
