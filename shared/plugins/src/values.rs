//! The values of a plugin's parameters.

use std::collections::BTreeMap;

use hookpoint_workspace::syntax::for_unknown;
use serde_json::Value;
use thiserror::Error;

use crate::{Kind, Manifest, Need, Parameter, parameter::includes};

/// A value for each parameter that is not a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

/// What is wrong with a given value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ValueError {
    /// There is no such parameter.
    #[error("the plugin has no parameter `{name}`; {help}")]
    Unknown {
        /// As given.
        name: String,
        /// The nearest one.
        help: String,
    },
    /// It has no value.
    #[error("the parameter `{name}` has no value; give it with `--set {name}=…`\n  {help}")]
    Missing {
        /// The parameter.
        name: String,
        /// Its help.
        help: String,
    },
    /// Other values need one that is missing.
    #[error("{need}; give it with `--set {name}=…`\n  {help}")]
    Needed {
        /// What is needed.
        need: Need,
        /// The first parameter that it names.
        name: String,
        /// The help of that one.
        help: String,
    },
    /// The value does not fit.
    #[error("the parameter `{name}` must be {wanted}, not `{given}`")]
    Malformed {
        /// The parameter.
        name: String,
        /// As given, shortened.
        given: String,
        /// What it must be.
        wanted: String,
    },
    /// A secret was given as a value.
    #[error(
        "`{name}` is a secret: it is not set with `--set`, whose values anyone can read in the workspace; add the plugin, then run `hookpoint secrets set {name}`"
    )]
    Secret {
        /// The parameter.
        name: String,
    },
}

impl Values {
    /// Checks what was given and takes the defaults for the rest.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the manifest; unknown names last.
    pub fn of(
        manifest: &Manifest,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<ValueError>> {
        let mut values = BTreeMap::new();
        let mut errors = Vec::new();
        for parameter in &manifest.parameters {
            match value_of(parameter, given.get(&parameter.name)) {
                Ok(Some(value)) => {
                    values.insert(parameter.name.clone(), value);
                }
                Ok(None) => {}
                Err(error) => errors.push(error),
            }
        }
        let known: Vec<&str> = manifest
            .parameters
            .iter()
            .map(|known| known.name.as_str())
            .collect();
        for name in given.keys().filter(|name| !known.contains(&name.as_str())) {
            errors.push(ValueError::Unknown {
                name: name.clone(),
                help: for_unknown(name, "parameter", known.iter().copied()),
            });
        }
        if errors.is_empty() {
            errors.extend(unmet(manifest, &values));
        }
        if errors.is_empty() {
            Ok(Self(values))
        } else {
            Err(errors)
        }
    }

    /// The examples of the manifest, for tests and previews.
    pub fn examples(manifest: &Manifest) -> Self {
        let values = manifest
            .parameters
            .iter()
            .filter(|parameter| !parameter.is_secret);
        let example = |parameter: &Parameter| {
            let value = parameter.example.clone().or(parameter.default.clone());
            (parameter.name.clone(), value.unwrap_or_default())
        };
        Self(values.map(example).collect())
    }

    /// The defaults of the manifest, for texts: a parameter without one has no value.
    pub fn defaults(manifest: &Manifest) -> Self {
        let parameters = manifest.parameters.iter();
        let default = |parameter: &Parameter| {
            let value = parameter.default.clone()?;
            Some((parameter.name.clone(), value))
        };
        Self(parameters.filter_map(default).collect())
    }

    /// The value of a parameter; empty when it has none.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Every value, by name.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// A text with each `{Name}` of a parameter replaced by its value. Other braces stay.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let (before, from) = rest.split_at(start);
            filled.push_str(before);
            let named = from[1..]
                .find('}')
                .and_then(|end| Some((self.0.get(&from[1..=end])?, end + 2)));
            if let Some((value, length)) = named {
                filled.push_str(value);
                rest = &from[length..];
            } else {
                filled.push('{');
                rest = &from[1..];
            }
        }
        filled.push_str(rest);
        filled
    }

    /// Fills all texts and names of members.
    pub(crate) fn fill_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.fill(text).into(),
            Value::Array(items) => items.iter().map(|item| self.fill_json(item)).collect(),
            Value::Object(members) => {
                let filled =
                    |(name, value): (&String, &Value)| (self.fill(name), self.fill_json(value));
                Value::Object(members.iter().map(filled).collect())
            }
            other => other.clone(),
        }
    }

    /// Whether a choice has this value, or choices include it.
    pub(crate) fn includes(&self, name: &str, value: &str) -> bool {
        includes(self.get(name), value)
    }
}

/// The needs of a manifest that complete values do not meet.
fn unmet(manifest: &Manifest, values: &BTreeMap<String, String>) -> Vec<ValueError> {
    let value_of = |name: &str| values.get(name).map_or("", String::as_str);
    let needs = manifest.needs.iter();
    let unmet = needs.filter(|need| !need.is_met(value_of));
    unmet
        .filter_map(|need| {
            let name = need.any_of.first()?;
            let mut parameters = manifest.parameters.iter();
            let parameter = parameters.find(|parameter| parameter.name == *name)?;
            Some(ValueError::Needed {
                need: need.clone(),
                name: name.clone(),
                help: parameter.help.clone(),
            })
        })
        .collect()
}

fn value_of(parameter: &Parameter, given: Option<&String>) -> Result<Option<String>, ValueError> {
    let name = parameter.name.clone();
    if parameter.is_secret {
        return match given {
            Some(_) => Err(ValueError::Secret { name }),
            None => Ok(None),
        };
    }
    let Some(given) = given.or(parameter.default.as_ref()) else {
        return if parameter.is_optional {
            Ok(Some(String::new()))
        } else {
            Err(ValueError::Missing {
                name,
                help: parameter.help.clone(),
            })
        };
    };
    match parameter.check(given) {
        Ok(value) if value.is_empty() && matches!(parameter.kind, Kind::Choices(_)) => {
            Err(ValueError::Malformed {
                name,
                given: String::new(),
                wanted: parameter.kind.description(),
            })
        }
        Ok(value) => Ok(Some(value)),
        Err(wanted) => Err(ValueError::Malformed {
            name,
            given: given.chars().take(80).collect(),
            wanted,
        }),
    }
}
