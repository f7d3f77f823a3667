//! `hookpoint plugins show`.

use clap::Args;
use hookpoint_plugins::{Binding, Need, Parameter, Plugin, Values};
use serde_json::{Value, json};

use super::{
    LibraryArguments, list,
    text::{manual, wrapped},
};
use crate::{
    exit::Exit,
    output::{self, BOLD, DIM, paint},
};

/// Which plugin.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The plugin, by its name from the list
    name: String,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    library: LibraryArguments,
}

impl Show {
    pub(super) fn run(&self) -> anyhow::Result<Exit> {
        let plugin = self.library.plugin(&self.name)?;
        if self.json {
            output::print_json(&to_json(&plugin))?;
        } else {
            output::print(&render(&plugin))?;
        }
        Ok(Exit::Done)
    }
}

fn to_json(plugin: &Plugin) -> Value {
    let manifest = &plugin.manifest;
    let mut value = list::to_json(plugin);
    let hooks = manifest.hooks.iter().map(|hook| {
        json!({
            "name": hook.name.as_str(),
            "hosts": hook.hosts,
            "secrets": hook.secrets,
            "variables": hook.variables,
            "effects": hook.effects.iter().map(|effect| effect.as_str()).collect::<Value>(),
            "roundTrips": hook.round_trips,
        })
    });
    value["description"] = json!(manifest.description);
    value["maintainer"] = json!(manifest.maintainer);
    value["licence"] = json!(manifest.licence);
    value["hooks"] = hooks.collect();
    value["bindings"] = manifest.bindings.iter().map(binding).collect();
    value["parameters"] = manifest.parameters.iter().map(parameter).collect();
    value["needs"] = manifest.needs.iter().map(need).collect();
    value["manual"] = json!(plugin.manual());
    value
}

fn binding(binding: &Binding) -> Value {
    json!({
        "hook": binding.hook.as_str(),
        "stage": binding.stage.id(),
        "asynchronous": binding.is_asynchronous,
        "failure": binding.failure,
        "order": binding.order,
        "onlyIf": condition(binding.only_if.as_ref()),
    })
}

fn need(need: &Need) -> Value {
    json!({ "anyOf": need.any_of, "onlyIf": condition(need.only_if.as_ref()) })
}

fn condition(condition: Option<&(String, String)>) -> Value {
    condition.map_or(Value::Null, |(name, value)| json!({ name: value }))
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "takes": parameter.kind.description(),
        "secret": parameter.is_secret,
        "optional": parameter.is_optional,
        "default": parameter.default,
        "example": parameter.example,
        "help": parameter.help,
    })
}

fn render(plugin: &Plugin) -> String {
    let manifest = &plugin.manifest;
    let about = format!(
        "{} {}, by {}, {}; {}",
        plugin.name,
        manifest.version,
        manifest.maintainer,
        manifest.licence,
        manifest.categories.join(", ")
    );
    let mut parts = vec![
        paint(BOLD, &output::printable(&manifest.title)),
        paint(DIM, &output::prose(&output::printable(&about))),
        String::new(),
        wrapped(&output::printable(&manifest.description), "", 0),
        String::new(),
        paint(BOLD, "Where it runs"),
    ];
    let defaults = Values::defaults(manifest);
    parts.extend(points(manifest.bindings.iter(), |text| defaults.fill(text)));
    parts.extend([String::new(), paint(BOLD, "Parameters")]);
    parts.extend(manifest.parameters.iter().map(described));
    parts.extend([
        String::new(),
        manual(&output::printable_lines(plugin.manual().trim())),
    ]);
    parts.join("\n")
}

/// The stages, with what they are.
pub(super) fn points<'a>(
    bindings: impl Iterator<Item = &'a Binding>,
    fill: impl Fn(&str) -> String,
) -> Vec<String> {
    let lines = bindings.map(|binding| {
        let stage = binding.stage.definition();
        let when = match (&binding.failure, binding.is_asynchronous) {
            (_, true) => " (after the response)".to_owned(),
            (Some(Value::String(failure)), false) => format!(" (if it fails: {})", fill(failure)),
            (Some(_), false) => " (if it fails: a fixed response)".to_owned(),
            (None, false) => String::new(),
        };
        let text = format!("{}{when}. {}", stage.id, stage.summary);
        wrapped(&text, "  ", 4)
    });
    lines.collect()
}

/// A parameter with what it takes.
fn described(parameter: &Parameter) -> String {
    let form = if parameter.is_secret {
        "a secret".to_owned()
    } else {
        parameter.kind.description()
    };
    let default = match &parameter.default {
        Some(default) if !default.is_empty() => format!("; default: {default}"),
        _ if parameter.is_optional => "; may be left out".to_owned(),
        _ => String::new(),
    };
    let text = format!("{} {} ({form}{default})", parameter.name, parameter.help);
    wrapped(&output::printable(&text), "  ", 4)
}
