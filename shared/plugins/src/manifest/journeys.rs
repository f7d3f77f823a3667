//! The journeys that a manifest names.

use hookpoint_stages::{JOURNEYS, Journey};
use hookpoint_workspace::syntax::{Fields, NodeValue, Problems, fields};

use super::Binding;

/// Reports journeys without a binding, and those that lack where hooks are bound.
pub(super) fn check(fields: &Fields<'_>, bindings: &[Binding], problems: &mut Problems<'_>) {
    let Some(node) = fields.get("journeys") else {
        return;
    };
    let Some(items) = fields::list(node, "`journeys`", &mut Problems::new("", "")) else {
        return;
    };
    let named: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.value {
            NodeValue::Text(name) => Some((item.place, Journey::from_name(name)?)),
            _ => None,
        })
        .collect();
    for (place, journey) in &named {
        if !bindings.iter().any(|binding| journey.has(binding.stage)) {
            problems.push(
                *place,
                format!("no hook is bound on the journey `{}`", journey.name),
                "remove it, or bind a hook at one of its stages",
            );
        }
    }
    for journey in JOURNEYS {
        let bound = bindings.iter().find(|binding| journey.has(binding.stage));
        let is_named = named.iter().any(|(_, named)| named.name == journey.name);
        if let Some(binding) = bound
            && !is_named
        {
            problems.push(
                node.place,
                format!("`journeys` lacks one with `{}`", binding.stage),
                format!("add `{}`", journey.name),
            );
        }
    }
}
