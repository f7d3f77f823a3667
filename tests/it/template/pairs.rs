//! Every two parameter choices together: translated, resolved, and checked against the services' own schemas.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::OnceLock,
};

use hookpoint_engine::stages::Stage;
use hookpoint_xtask::{generate::template::logical_id, python};
use serde_json::{Value, json};

use super::{
    resolution::Resolution,
    translation::{Parameters, REGION, Template, deployment, parameters},
};

/// One way to set the parameters of one concern.
type Choice = &'static [(&'static str, &'static str)];

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:operators";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const CERTIFICATE: &str =
    "arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab";

/// The concerns, each with its choices; the first one is the default.
const CONCERNS: [&[Choice]; 12] = [
    &[
        &[],
        &[("Authentication", "AWS_IAM")],
        &[
            ("Authentication", "JWT"),
            ("JwtIssuer", "https://issuer.example"),
            ("JwtAudience", "hookpoint, hookpoint-test"),
            ("JwtClaim", "client_id"),
        ],
    ],
    &[&[], &[("Fifo", "true")]],
    &[
        &[],
        &[("Alarms", "PerStage"), ("AlarmTopicArn", TOPIC)],
        &[("Alarms", "None")],
    ],
    &[
        &[],
        &[
            ("SubnetIds", "subnet-0a1b2c3d, subnet-1a1b2c3d"),
            ("SecurityGroupIds", "sg-0a1b2c3d"),
            ("AllowedNetworks", "10.0.0.0/8"),
        ],
    ],
    &[
        &[],
        &[("Release", "a")],
        &[("Release", "b"), ("Deployment", "Canary10Percent5Minutes")],
        &[
            ("Release", "c"),
            ("Deployment", "Linear10PercentEvery1Minute"),
            ("ProvisionedConcurrency", "2"),
            ("ProvisionedStages", "before-registration, escalation"),
        ],
    ],
    &[
        &[],
        &[("ReservedConcurrency", "30")],
        &[
            ("ReservedConcurrency", "30"),
            ("ReservedStages", "before-registration"),
        ],
    ],
    &[
        &[],
        &[
            ("DomainName", "hooks.example.com"),
            ("CertificateArn", CERTIFICATE),
        ],
        &[
            ("DomainName", "hooks.example.com"),
            ("CertificateArn", CERTIFICATE),
            ("TruststoreUri", "s3://authorities/callers.pem"),
            ("DisableExecuteApiEndpoint", "true"),
        ],
    ],
    &[&[], &[("KmsKeyArn", KEY)]],
    &[&[], &[("ExistingTable", "restored")]],
    &[&[], &[("Tracing", "Active"), ("Architecture", "x86_64")]],
    &[&[], &[("PeopleRoles", "true")]],
    &[
        &[],
        &[
            ("WorkerReservedConcurrency", "50"),
            ("DeletionProtection", "false"),
        ],
    ],
];

/// A choice: the concern and its place there.
type Pick = (usize, usize);

fn parameters_of(row: &[usize]) -> Parameters {
    let choices = row
        .iter()
        .zip(CONCERNS)
        .map(|(choice, choices)| choices[*choice]);
    parameters(&choices.collect::<Vec<_>>().concat())
}

/// Gradual deployments need alarms.
fn is_refused(one: Pick, other: Pick) -> bool {
    let (alarms, release) = (2, 4);
    let is =
        |pick: Pick, concern, choices: &[usize]| pick.0 == concern && choices.contains(&pick.1);
    let together = |one, other| is(one, alarms, &[2]) && is(other, release, &[2, 3]);
    together(one, other) || together(other, one)
}

fn pairs_of(row: &[usize]) -> BTreeSet<(Pick, Pick)> {
    let picks: Vec<Pick> = row.iter().copied().enumerate().collect();
    let pairs = picks
        .iter()
        .enumerate()
        .flat_map(|(index, one)| picks[index + 1..].iter().map(|other| (*one, *other)));
    pairs.collect()
}

fn all_pairs() -> BTreeSet<(Pick, Pick)> {
    let picks = |concern: usize| (0..CONCERNS[concern].len()).map(move |choice| (concern, choice));
    let concerns = (0..CONCERNS.len())
        .flat_map(|one| (one + 1..CONCERNS.len()).map(move |other| (one, other)));
    let pairs = concerns.flat_map(|(one, other)| {
        picks(one).flat_map(move |first| picks(other).map(move |second| (first, second)))
    });
    pairs
        .filter(|(one, other)| !is_refused(*one, *other))
        .collect()
}

/// Rows that have every pair: each is begun with a missing pair, and completed with what adds most.
fn rows() -> Vec<Vec<usize>> {
    let mut missing = all_pairs();
    let mut rows = Vec::new();
    while let Some((first, second)) = missing.first().copied() {
        let mut row: Vec<Option<usize>> = vec![None; CONCERNS.len()];
        row[first.0] = Some(first.1);
        row[second.0] = Some(second.1);
        for concern in 0..CONCERNS.len() {
            if row[concern].is_some() {
                continue;
            }
            let chosen: Vec<Pick> = row
                .iter()
                .enumerate()
                .filter_map(|(concern, choice)| Some((concern, (*choice)?)))
                .collect();
            let new = |choice: &usize| {
                let pick = (concern, *choice);
                let pairs = chosen
                    .iter()
                    .map(|other| (pick.min(*other), pick.max(*other)));
                pairs.filter(|pair| missing.contains(pair)).count()
            };
            let fits = |choice: &usize| {
                chosen
                    .iter()
                    .all(|other| !is_refused((concern, *choice), *other))
            };
            row[concern] = (0..CONCERNS[concern].len()).filter(fits).max_by_key(new);
        }
        let row: Vec<usize> = row.into_iter().map(Option::unwrap).collect();
        for pair in pairs_of(&row) {
            missing.remove(&pair);
        }
        rows.push(row);
    }
    rows
}

fn templates() -> &'static [Template] {
    static TEMPLATES: OnceLock<Vec<Template>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let rows = rows();
        let covered: BTreeSet<_> = rows.iter().flat_map(|row| pairs_of(row)).collect();
        assert_eq!(covered, all_pairs());
        let parameters: Vec<Parameters> = rows.iter().map(|row| parameters_of(row)).collect();
        deployment(&parameters)
    })
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
    assert!(templates().len() < 30, "{} rows", templates().len());
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
