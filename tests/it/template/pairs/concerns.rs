//! The parameters of the template, in concerns with choices: those that depend on each other by hand, the others from the template.

use serde_json::Value;

use super::super::{
    resolution,
    translation::{Parameters, parameters},
};

/// One way to set the parameters of one concern.
pub(super) type Choice = Parameters;

const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:operators";
const KEY: &str = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const CERTIFICATE: &str =
    "arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab";

/// The concerns with more than one parameter, or with a text. The default is a choice of each, too.
const CONCERNS: &[&[&[(&str, &str)]]] = &[
    &[
        &[("Authentication", "AWS_IAM")],
        &[
            ("Authentication", "JWT"),
            ("JwtIssuer", "https://issuer.example"),
            ("JwtAudience", "hookpoint, hookpoint-test"),
            ("JwtClaim", "client_id"),
        ],
    ],
    &[
        &[("Alarms", "PerStage"), ("AlarmTopicArn", TOPIC)],
        &[("Alarms", "None")],
    ],
    &[&[
        ("SubnetIds", "subnet-0a1b2c3d, subnet-1a1b2c3d"),
        ("SecurityGroupIds", "sg-0a1b2c3d"),
        ("AllowedNetworks", "10.0.0.0/8"),
    ]],
    &[
        &[("Release", "a")],
        &[("Release", "b"), ("Deployment", "Canary10Percent5Minutes")],
        &[("Release", "c"), ("Deployment", "Canary10Percent15Minutes")],
        &[("Release", "d"), ("Deployment", "Canary10Percent30Minutes")],
        &[
            ("Release", "e"),
            ("Deployment", "Linear10PercentEvery1Minute"),
            ("ProvisionedConcurrency", "2"),
            ("ProvisionedStages", "before-registration, escalation"),
        ],
        &[
            ("Release", "f"),
            ("Deployment", "Linear10PercentEvery10Minutes"),
        ],
    ],
    &[
        &[("ReservedConcurrency", "30")],
        &[
            ("ReservedConcurrency", "30"),
            ("ReservedStages", "before-registration"),
        ],
    ],
    &[
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
    &[&[("KmsKeyArn", KEY)]],
    &[&[("ExistingTable", "restored")]],
    &[&[("AllowedHttpHosts", "crm.example.com, erp.example.com")]],
    &[&[("TrustedCa", "authorities")]],
    &[&[("IdentityStore", "customers")]],
];

/// All concerns; the first choice of each is the default.
pub(super) fn all(document: &Value) -> Vec<Vec<Choice>> {
    let declared = document["Parameters"].as_object().unwrap();
    let written = CONCERNS.iter().map(|choices| {
        let choices = choices.iter().map(|choice| parameters(choice));
        std::iter::once(Choice::new()).chain(choices).collect()
    });
    let mut concerns: Vec<Vec<Choice>> = written.collect();
    let named: Vec<&str> = CONCERNS
        .iter()
        .flat_map(|choices| choices.iter().flat_map(|choice| choice.iter()))
        .map(|(name, _)| *name)
        .collect();
    for (name, parameter) in declared {
        if named.contains(&name.as_str()) {
            continue;
        }
        let values = others(parameter, decides(name, document));
        assert!(
            !values.is_empty(),
            "`{name}` has no other values to choose from: add a concern with it"
        );
        let values = values.iter().map(|value| parameters(&[(name, value)]));
        concerns.push(std::iter::once(Choice::new()).chain(values).collect());
    }
    concerns
}

/// Whether the template is another one with another value of a parameter. Otherwise the value is only passed on.
pub(super) fn decides(name: &str, document: &Value) -> bool {
    let reference = format!(r#"{{"Ref":"{name}"}}"#);
    let is_in = |part: &str| document[part].to_string().contains(&reference);
    is_in("Conditions") || is_in("Rules")
}

/// Values of a parameter besides the default: all that are allowed, or the ends if it decides nothing.
fn others(parameter: &Value, decides: bool) -> Vec<String> {
    let default = resolution::text(&parameter["Default"]);
    let mut values: Vec<String> = match parameter["AllowedValues"].as_array() {
        Some(allowed) => allowed.iter().map(resolution::text).collect(),
        None => ["MinValue", "MaxValue"]
            .iter()
            .filter_map(|bound| parameter.get(bound))
            .map(resolution::text)
            .collect(),
    };
    values.retain(|value| *value != default);
    // A lower bound alone is often the default.
    if values.is_empty() && parameter["Type"] == "Number" {
        values.push((default.parse::<u64>().unwrap() + 50).to_string());
    }
    if !decides && values.len() > 2 {
        values.drain(1..values.len() - 1);
    }
    values
}

/// The sections of the template that decide which parameters it refuses.
pub(super) fn rules(document: &Value) -> Value {
    let parts = ["Parameters", "Rules", "Conditions"];
    let parts = parts.map(|part| (part.to_owned(), document[part].clone()));
    Value::Object(parts.into_iter().collect())
}

/// Whether the template refuses two choices together. It refuses no choice alone.
pub(super) fn are_refused(one: &Choice, other: &Choice, rules: &Value) -> bool {
    let mut together = one.clone();
    together.extend(other.clone());
    !resolution::resolve(rules, &together).refusals.is_empty()
}
