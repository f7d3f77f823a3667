//! Parameters: what a plugin asks its author for.

use hookpoint_engine::hook::egress;
use regex_lite::Regex;

/// Maximum length of a value, in characters.
const LONGEST: usize = 2_000;

/// One parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, also that of the variable or the secret.
    pub name: String,
    /// What values it takes.
    pub kind: Kind,
    /// Whether it is a secret, whose value no workspace holds.
    pub is_secret: bool,
    /// Whether it may be empty.
    pub is_optional: bool,
    /// What the whole value must match.
    pub pattern: Option<Pattern>,
    /// The value that is taken when none is given.
    pub default: Option<String>,
    /// A value for examples and tests.
    pub example: Option<String>,
    /// What it is, in a sentence.
    pub help: String,
}

/// A pattern with its text.
#[derive(Debug, Clone)]
pub struct Pattern {
    pub(crate) text: String,
    pub(crate) regex: Regex,
}

/// Kinds of values. Every value is text in the end, as all variables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Any text on one line.
    Text,
    /// A whole number from 0.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of these.
    Choice(Vec<String>),
    /// Some of these, separated by commas.
    Choices(Vec<String>),
    /// The name of a host on the internet.
    Host,
}

impl Kind {
    /// The names of the kinds in a manifest.
    pub(crate) const NAMES: [&'static str; 6] =
        ["text", "number", "boolean", "choice", "choices", "host"];

    /// What a value must be, to complete "must be …".
    pub fn description(&self) -> String {
        match self {
            Self::Text => "text on one line".to_owned(),
            Self::Number => "a whole number".to_owned(),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Choice(options) => format!("one of {}", listed(options)),
            Self::Choices(options) => format!("some of {}, separated by commas", listed(options)),
            Self::Host => "the name of a host, without scheme, port and path".to_owned(),
        }
    }
}

impl Parameter {
    /// The value in its usual form, for a text that an author gave.
    ///
    /// # Errors
    /// What it must be instead, to complete "must be …".
    pub fn check(&self, given: &str) -> Result<String, String> {
        let value = given.trim();
        if value.is_empty() {
            return if self.is_optional {
                Ok(String::new())
            } else {
                Err(self.kind.description())
            };
        }
        let is_long = value.chars().nth(LONGEST).is_some();
        if is_long || value.chars().any(char::is_control) {
            return Err(format!("text on one line, of at most {LONGEST} characters"));
        }
        let value = self
            .in_usual_form(value)
            .ok_or_else(|| self.kind.description())?;
        match &self.pattern {
            Some(pattern) if !pattern.regex.is_match(&value) => {
                // An example says more to people than a pattern.
                let mut known = [&self.example, &self.default].into_iter().flatten();
                let example = known.find(|text| !text.is_empty());
                Err(format!("like `{}`", example.unwrap_or(&pattern.text)))
            }
            _ => Ok(value),
        }
    }

    fn in_usual_form(&self, value: &str) -> Option<String> {
        let among = |options: &[String], value: &str| {
            let found = options
                .iter()
                .find(|option| option.eq_ignore_ascii_case(value));
            found.cloned()
        };
        match &self.kind {
            Kind::Text => Some(value.to_owned()),
            Kind::Number => value.parse::<u32>().ok().map(|number| number.to_string()),
            Kind::Boolean => among(&["true".to_owned(), "false".to_owned()], value),
            Kind::Choice(options) => among(options, value),
            Kind::Choices(options) => {
                let parts = value.split(',').map(str::trim);
                let chosen: Option<Vec<String>> = parts
                    .filter(|part| !part.is_empty())
                    .map(|part| among(options, part))
                    .collect();
                let chosen = chosen?;
                // In the order of the manifest, each once.
                let kept = options.iter().filter(|option| chosen.contains(option));
                Some(kept.cloned().collect::<Vec<_>>().join(", "))
            }
            Kind::Host => public_name(value),
        }
    }
}

/// Whether the value of a choice, or one of several that commas separate, is this option.
pub(crate) fn includes(value: &str, option: &str) -> bool {
    value.split(',').any(|chosen| chosen.trim() == option)
}

/// A name with a dot, no address and no wildcard.
fn public_name(value: &str) -> Option<String> {
    let host = egress::host(value)?;
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let labels: Vec<&str> = host.split('.').collect();
    let is_name = labels.len() > 1
        && labels
            .iter()
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    (is_name && !is_address).then_some(host)
}

fn listed(options: &[String]) -> String {
    let quoted: Vec<String> = options.iter().map(|option| format!("`{option}`")).collect();
    quoted.join(", ")
}
