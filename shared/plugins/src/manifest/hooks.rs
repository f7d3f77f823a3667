//! The hooks of a manifest.

use hookpoint_engine::hook::egress;
use hookpoint_stages::Effect;
use hookpoint_workspace::syntax::{Entry, Fields, Node, Problems, Text, fields};

use super::HookDraft;
use crate::{
    parameter::{Kind, Parameter},
    plugin::TYPESCRIPT,
};

const KEYS: [&str; 6] = [
    "file",
    "hosts",
    "secrets",
    "variables",
    "effects",
    "roundTrips",
];

pub(super) fn read(
    node: &Node,
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Vec<HookDraft> {
    let entries = fields::mapping(node, "`hooks`", problems).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| hook(entry, parameters, problems))
        .collect()
}

fn hook(entry: &Entry, parameters: &[Parameter], problems: &mut Problems<'_>) -> Option<HookDraft> {
    let place = entry.key.place;
    let name = entry.key.value.parse();
    if let Err(invalid) = &name {
        problems.push(
            place,
            format!("{invalid}"),
            "name it after the plugin, in kebab-case",
        );
    }
    let fields = Fields::of(&entry.node, "a hook", place, &KEYS, problems)?;
    let file = fields
        .required("file", "hooks/….ts", problems)
        .and_then(|node| fields::text(node, "`file`", problems));
    if let Some(file) = &file
        && !(file.value.starts_with("hooks/") && file.value.ends_with(TYPESCRIPT))
    {
        problems.push(
            file.place,
            format!("`{}` is not a file of a hook", file.value),
            "name a file `hooks/….ts`",
        );
    }
    let hosts = fields.names("hosts", problems);
    for host in &hosts {
        check_host(host, parameters, problems);
    }
    let secrets = of_parameters(&fields, "secrets", true, parameters, problems);
    let variables = of_parameters(&fields, "variables", false, parameters, problems);
    fields.required("effects", "[]", problems);
    let effects = fields.names("effects", problems);
    let effects = effects.iter().filter_map(|text| {
        let effect = Effect::from_member(&text.value);
        if effect.is_none() {
            let known = Effect::ALL.iter().map(|effect| effect.as_str());
            problems.push_unknown(text.place, "effect", &text.value, known);
        }
        effect
    });
    let effects = effects.collect();
    let round_trips = fields.whole_number("roundTrips", problems);
    if hosts.is_empty() != round_trips.is_none_or(|number| number.value == 0)
        && !fields.one_is_misspelt(&["hosts", "roundTrips"])
    {
        problems.push(
            place,
            "`roundTrips` and `hosts` contradict each other",
            "say how many requests a run makes at most, for a hook that calls hosts",
        );
    }
    Some(HookDraft {
        name: name.ok()?,
        file: file?.value,
        hosts: hosts.into_iter().map(|host| host.value).collect(),
        secrets,
        variables,
        effects,
        round_trips: round_trips.map_or(0, |number| number.value),
    })
}

/// Names of parameters that are, or are not, secrets.
fn of_parameters(
    fields: &Fields<'_>,
    key: &'static str,
    is_secret: bool,
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Vec<String> {
    let names = fields.names(key, problems);
    let fitting = || {
        parameters
            .iter()
            .filter(|parameter| parameter.is_secret == is_secret)
            .map(|parameter| parameter.name.as_str())
    };
    for name in &names {
        if !fitting().any(|known| known == name.value) {
            let kind = if is_secret {
                "secret parameter"
            } else {
                "parameter"
            };
            problems.push_unknown(name.place, kind, &name.value, fitting());
        }
    }
    names.into_iter().map(|name| name.value).collect()
}

/// Checks that a host is one, whatever value its parameters have.
fn check_host(host: &Text, parameters: &[Parameter], problems: &mut Problems<'_>) {
    let mut filled = String::new();
    let mut rest = host.value.as_str();
    while let Some((before, from)) = rest.split_once('{') {
        let Some((name, after)) = from.split_once('}') else {
            break;
        };
        let parameter = parameters
            .iter()
            .find(|parameter| parameter.name == name && !parameter.is_secret);
        let Some(parameter) = parameter else {
            let known = parameters.iter().filter(|known| !known.is_secret);
            let known = known.map(|known| known.name.as_str());
            problems.push_unknown(host.place, "parameter", name, known);
            return;
        };
        if parameter.kind != Kind::Host && parameter.pattern.is_none() {
            problems.push(
                host.place,
                format!("parameter `{name}` may be anything, and so may the host"),
                "give it a `pattern`, or the type `host`",
            );
        }
        let shown = parameter.example.as_ref().or(parameter.default.as_ref());
        filled.push_str(before);
        filled.push_str(shown.map_or("", String::as_str));
        rest = after;
    }
    filled.push_str(rest);
    // Without any value an optional host is left out.
    if !filled.is_empty() && egress::host(&filled).is_none() {
        problems.push(
            host.place,
            format!("`{filled}` is not a host"),
            "write one host name, without scheme, port, path or `*`",
        );
    }
}
