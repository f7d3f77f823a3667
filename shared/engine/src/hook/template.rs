//! Texts with references to secrets and variables.
//!
//! `{Name:NLX.Secret}` (the NLX form, see "Secrets" in their documentation) and the neutral `{Name:Secret}` refer to a
//! secret, `{Name:Variable}` to a variable. References may occur anywhere in a text. Any other brace is literal.

use std::{fmt, sync::LazyLock};

use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    confidential::secret::Secret,
    identifier::{SecretName, VariableName},
};

/// A name, a colon and a kind in braces, all unquoted: JSON in a header value is literal text.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{([A-Za-z0-9_ -]+):([A-Za-z.]+)\}").expect("the pattern is valid")
});

/// A text with references, parsed once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Secret(SecretName),
    Variable(VariableName),
}

/// An invalid reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("reference `{reference}` cannot be read: {reason}")]
pub struct InvalidTemplate {
    reference: String,
    reason: String,
}

/// A reference without a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RenderError {
    /// The secret does not exist, or the hook does not declare it.
    #[error("secret `{0}` has no value")]
    MissingSecret(SecretName),
    /// Neither the binding nor the application has the variable.
    #[error("variable `{0}` has no value")]
    MissingVariable(VariableName),
}

impl Template {
    /// Parses a text; [`fmt::Display`] returns it unchanged.
    pub fn parse(source: &str) -> Result<Self, InvalidTemplate> {
        Self::try_from(source.to_owned())
    }

    fn parts_of(source: &str) -> Result<Vec<Part>, InvalidTemplate> {
        let invalid = |reference: &str, reason: String| InvalidTemplate {
            reference: reference.to_owned(),
            reason,
        };
        let mut parts = Vec::new();
        let mut end = 0;
        for found in REFERENCE.captures_iter(source) {
            let (whole, name, kind) = (&found[0], &found[1], &found[2]);
            let part = match kind {
                "NLX.Secret" | "Secret" => name
                    .parse()
                    .map(Part::Secret)
                    .map_err(|error| invalid(whole, error.to_string()))?,
                "Variable" => name
                    .parse()
                    .map(Part::Variable)
                    .map_err(|error| invalid(whole, error.to_string()))?,
                _ => {
                    return Err(invalid(
                        whole,
                        format!("`{kind}` is not one of `NLX.Secret`, `Secret`, `Variable`"),
                    ));
                }
            };
            let start = found.get(0).map_or(end, |all| all.start());
            if start > end {
                parts.push(Part::Text(source[end..start].to_owned()));
            }
            parts.push(part);
            end = start + whole.len();
        }
        if end < source.len() {
            parts.push(Part::Text(source[end..].to_owned()));
        }
        Ok(parts)
    }

    /// The secrets it refers to, in order.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretName> {
        self.parts.iter().filter_map(|part| match part {
            Part::Secret(name) => Some(name),
            _ => None,
        })
    }

    /// The variables it refers to, in order.
    pub fn variables(&self) -> impl Iterator<Item = &VariableName> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name),
            _ => None,
        })
    }

    /// The parts that are not references, in order.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Secret(_) | Part::Variable(_) => None,
        })
    }

    /// The text, if it has no references.
    pub fn literal(&self) -> Option<&str> {
        self.parts
            .iter()
            .all(|part| matches!(part, Part::Text(_)))
            .then_some(self.source.as_str())
    }

    /// Replaces every reference. The result may contain a secret and counts as one.
    pub fn render<'a>(
        &self,
        secret: impl Fn(&SecretName) -> Option<&'a Secret>,
        variable: impl Fn(&VariableName) -> Option<&'a str>,
    ) -> Result<Secret, RenderError> {
        let mut text = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Secret(name) => {
                    text.push_str(
                        secret(name)
                            .ok_or_else(|| RenderError::MissingSecret(name.clone()))?
                            .expose(),
                    );
                }
                Part::Variable(name) => {
                    text.push_str(
                        variable(name).ok_or_else(|| RenderError::MissingVariable(name.clone()))?,
                    );
                }
            }
        }
        Ok(Secret::new(text))
    }
}

impl fmt::Display for Template {
    /// The text as written, with references unresolved; safe for logs and errors.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.source)
    }
}

impl TryFrom<String> for Template {
    type Error = InvalidTemplate;

    fn try_from(source: String) -> Result<Self, Self::Error> {
        let parts = Self::parts_of(&source)?;
        Ok(Self { source, parts })
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str) -> Result<String, RenderError> {
        let token = Secret::new("s3cr3t");
        Template::parse(source)
            .unwrap()
            .render(
                |name| (name.as_str() == "ApiToken").then_some(&token),
                |name| (name.as_str() == "Host").then_some("crm.example.com"),
            )
            .map(|text| text.expose().to_owned())
    }

    #[test]
    fn references_are_replaced_also_inside_a_longer_text() {
        assert_eq!(
            render("Bearer {ApiToken:NLX.Secret}").unwrap(),
            "Bearer s3cr3t"
        );
        assert_eq!(render("{ApiToken:Secret}").unwrap(), "s3cr3t");
        assert_eq!(
            render("https://{Host:Variable}/a?t={ApiToken:Secret}&x").unwrap(),
            "https://crm.example.com/a?t=s3cr3t&x"
        );
        assert_eq!(
            render("literal {braces} and {\"json\"}").unwrap(),
            "literal {braces} and {\"json\"}"
        );
    }

    #[test]
    fn what_stands_for_nothing_is_named() {
        assert_eq!(
            render("{Other:Secret}").unwrap_err().to_string(),
            "secret `Other` has no value"
        );
        assert_eq!(
            render("{Other:Variable}").unwrap_err().to_string(),
            "variable `Other` has no value"
        );
        assert!(
            Template::parse("{ApiToken:Sekret}")
                .unwrap_err()
                .to_string()
                .contains("`Sekret`")
        );
        assert!(Template::parse("{a b:Secret}").is_err());
    }
}
