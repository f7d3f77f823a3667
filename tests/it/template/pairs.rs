//! Every two parameter choices together: translated, resolved, and checked against the services' own schemas.

mod concerns;
mod rows;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::OnceLock,
};

use hookpoint_engine::stages::Stage;
use hookpoint_xtask::{generate::template::logical_id, python};
use serde_json::{Value, json};

use super::{
    resolution::{self, Resolution},
    translation::{Parameters, REGION, Template, deployment},
};

/// The template with its defaults.
fn document() -> Value {
    deployment(&[Parameters::new()]).remove(0).document
}

fn templates() -> &'static [Template] {
    static TEMPLATES: OnceLock<Vec<Template>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let document = document();
        deployment(&rows::rows(concerns::all(&document), &document))
    })
}

#[test]
fn every_parameter_is_chosen_and_every_value_that_decides_something() {
    let document = document();
    let concerns = concerns::all(&document);
    let chosen: BTreeSet<(&str, &str)> = concerns
        .iter()
        .flatten()
        .flatten()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let declared = document["Parameters"].as_object().unwrap();
    let names: BTreeSet<&str> = chosen.iter().map(|(name, _)| *name).collect();
    let all: BTreeSet<&str> = declared.keys().map(String::as_str).collect();
    assert_eq!(names, all);
    let mut deciding = 0;
    for (name, parameter) in declared {
        let default = resolution::text(&parameter["Default"]);
        for value in parameter["AllowedValues"].as_array().into_iter().flatten() {
            let value = resolution::text(value);
            if concerns::decides(name, &document) && value != default {
                assert!(
                    chosen.contains(&(name, &value)),
                    "`{name}` is never `{value}`: add a choice with it"
                );
                deciding += 1;
            }
        }
    }
    assert!(deciding >= 12, "{deciding}");
}

#[test]
fn what_the_template_refuses_together_is_no_pair() {
    let rules = concerns::rules(&document());
    let together = [
        ("Alarms", "None"),
        ("Deployment", "Canary10Percent5Minutes"),
        ("Release", "a"),
    ];
    let [alarms, deployment, release] =
        together.map(|pair| super::translation::parameters(&[pair]));
    let deployment = deployment.into_iter().chain(release).collect();
    assert!(concerns::are_refused(&alarms, &deployment, &rules));
    assert!(!concerns::are_refused(&alarms, &Parameters::new(), &rules));
}

/// Names of resources in `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                let texts = match member {
                    Value::Array(parts) => parts.first().and_then(Value::as_str),
                    text => text.as_str(),
                };
                match (name.as_str(), texts) {
                    ("Ref" | "Fn::GetAtt", Some(text)) => {
                        found.insert(text.split('.').next().unwrap().to_owned());
                    }
                    ("DependsOn", _) => {
                        let all = member.as_array().cloned();
                        let all = all.unwrap_or_else(|| vec![member.clone()]);
                        found.extend(all.iter().map(|id| id.as_str().unwrap().to_owned()));
                    }
                    ("Fn::Sub", Some(text)) => {
                        let names = text.split("${").skip(1);
                        let names = names.filter_map(|rest| rest.split(['}', '.']).next());
                        let names = names.filter(|name| !name.starts_with('!'));
                        found.extend(names.map(str::to_owned));
                    }
                    _ => {}
                }
                references(member, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_two_choices_together_are_accepted_and_nothing_refers_to_what_is_not_there() {
    assert!(templates().len() < 40, "{} rows", templates().len());
    for template in templates() {
        let name = template.name();
        let resolution = template.resolution();
        assert!(
            resolution.refusals.is_empty(),
            "{name}: {:?}",
            resolution.refusals
        );
        let document = &template.document;
        assert!(resolution.resources.len() <= 500, "{name}");
        assert!(document.to_string().len() < 1_000_000, "{name}");
        assert!(
            document["Parameters"].as_object().unwrap().len() <= 200,
            "{name}"
        );
        let mut found = BTreeSet::new();
        for resource in resolution.resources.values() {
            references(resource, &mut found);
        }
        references(&json!(resolution.outputs), &mut found);
        let is_known = |name: &String| {
            name.starts_with("AWS::")
                || resolution.resources.contains_key(name)
                || document["Parameters"].get(name).is_some()
                // The name of a variable of `Fn::Sub`, beside its text.
                || name == "ConfigName"
        };
        found.retain(|name| !is_known(name));
        // A condition may have removed what another resource waits for; CloudFormation ignores that.
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// The stages whose resources are checked; those of the others differ in names only.
const CHECKED: [Stage; 2] = [Stage::Escalation, Stage::BeforeRegistration];

/// The resolved resources with all parameters put in, without those of most stages.
fn some(resolution: &Resolution) -> BTreeMap<&String, &Value> {
    let others = Stage::ALL.iter().filter(|stage| !CHECKED.contains(stage));
    let others: Vec<String> = others.map(|stage| logical_id(*stage)).collect();
    let mut some: BTreeMap<&String, &Value> = resolution.resources.iter().collect();
    some.retain(|id, _| {
        // The dashboard names all functions.
        *id != "Dashboard" && !others.iter().any(|other| id.starts_with(other.as_str()))
    });
    some
}

/// References that are no longer there.
fn without_missing(resources: &BTreeMap<&String, &Value>) -> Value {
    let mut resources = json!(resources);
    let known: BTreeSet<String> = resources.as_object().unwrap().keys().cloned().collect();
    for resource in resources.as_object_mut().unwrap().values_mut() {
        let waits = resource["DependsOn"].take();
        let waits = waits.as_array().cloned().unwrap_or_else(|| vec![waits]);
        let mut waits: Vec<&str> = waits.iter().filter_map(Value::as_str).collect();
        waits.retain(|id| known.contains(*id));
        if waits.is_empty() {
            resource.as_object_mut().unwrap().remove("DependsOn");
        } else {
            resource["DependsOn"] = json!(waits);
        }
        resource.as_object_mut().unwrap().remove("Condition");
    }
    resources
}

#[test]
fn every_two_choices_together_fit_the_schemas_of_the_services() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = BTreeMap::new();
    for (index, template) in templates().iter().enumerate() {
        let resolution = template.resolution();
        let document = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": template.document["Parameters"],
            "Resources": without_missing(&some(&resolution)),
        });
        let path = folder.path().join(format!("{index}.json"));
        std::fs::write(&path, document.to_string()).unwrap();
        paths.insert(path, template.name());
    }
    let output = Command::new(python::ensure().unwrap().program("cfn-lint"))
        // A parameter that is only used in text, or is put in already, looks unused.
        .args([
            "--regions",
            REGION,
            "--ignore-checks",
            "W2001",
            "--format",
            "parseable",
            "--",
        ])
        .args(paths.keys())
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let said = said.lines().take(20).collect::<Vec<_>>().join("\n");
    assert!(output.status.success(), "{said}\n{paths:#?}");
}
