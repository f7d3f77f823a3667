//! The values that a manifest needs beyond those of parameters that are not optional.

use std::fmt;

use hookpoint_workspace::syntax::{Fields, Node, Problems, fields};

use super::bindings::only_if;
use crate::parameter::{Parameter, includes};

const KEYS: [&str; 2] = ["anyOf", "onlyIf"];

/// Optional parameters, one of which must have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Their names.
    pub any_of: Vec<String>,
    /// The parameter and the value, or one of its values, without which none is needed.
    pub only_if: Option<(String, String)>,
}

impl Need {
    /// Whether the values meet it.
    pub fn is_met<'a>(&self, value_of: impl Fn(&str) -> &'a str) -> bool {
        let condition = self.only_if.as_ref();
        let is_needed = condition.is_none_or(|(name, value)| includes(value_of(name), value));
        !is_needed || self.any_of.iter().any(|name| !value_of(name).is_empty())
    }
}

impl fmt::Display for Need {
    /// ``the parameter `A` has no value, and `B=c` needs one``.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.any_of.iter().map(|name| format!("`{name}`")).collect();
        match &names[..] {
            [name] => write!(formatter, "the parameter {name} has no value")?,
            _ => write!(
                formatter,
                "none of the parameters {} has a value",
                names.join(", ")
            )?,
        }
        match &self.only_if {
            Some((name, value)) => write!(formatter, ", and `{name}={value}` needs one"),
            None => write!(formatter, ", and the plugin needs one"),
        }
    }
}

pub(super) fn read(
    node: Option<&Node>,
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Vec<Need> {
    let items = node.and_then(|node| fields::list(node, "`needs`", problems));
    let items = items.unwrap_or_default().iter();
    items
        .filter_map(|item| need(item, parameters, problems))
        .collect()
}

fn need(node: &Node, parameters: &[Parameter], problems: &mut Problems<'_>) -> Option<Need> {
    let fields = Fields::of(node, "a need", node.place, &KEYS, problems)?;
    fields.required("anyOf", "[Name]", problems)?;
    let names = fields.names("anyOf", problems);
    for name in &names {
        let mut known = parameters.iter();
        let is_optional = known.any(|known| known.name == name.value && known.is_optional);
        if !is_optional {
            problems.push(
                name.place,
                format!("no optional parameter is called `{}`", name.value),
                "name optional parameters: the others have values anyway",
            );
        }
    }
    let has_example = names.iter().any(|name| {
        let mut known = parameters.iter();
        known.any(|known| known.name == name.value && known.example.is_some())
    });
    if !names.is_empty() && !has_example {
        problems.push(
            node.place,
            "no parameter of the need has an `example`",
            "add one: previews and tests use it",
        );
    }
    let only_if = only_if(&fields, parameters, problems);
    let any_of: Vec<_> = names.into_iter().map(|name| name.value).collect();
    (!any_of.is_empty()).then_some(Need { any_of, only_if })
}
