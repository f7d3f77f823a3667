//! The deployment as a stack in an emulated AWS: every resource is created and found, the functions run in it, and the
//! permissions of its roles are simulated.

mod account;
mod bad_day;
mod events;
mod gateway;
mod lambda;
mod operator;
mod policies;
mod running;
mod shell;
mod trial;

use std::collections::BTreeSet;

use serde_json::json;

use self::{
    account::Account, bad_day::a_bad_day, gateway::Gateway, operator::Operator, shell::Shell,
    trial::every_stage_is_tried_out_and_nothing_is_left,
};
use crate::template::translation::{Parameters, deployment};

/// Parameters for hooks on this machine: private networks need subnets.
const LOCAL: [(&str, &str); 4] = [
    ("SubnetIds", "subnet-0a1b2c3d"),
    ("SecurityGroupIds", "sg-0a1b2c3d"),
    ("AllowedNetworks", "127.0.0.1/32"),
    ("AllowedHttpHosts", "127.0.0.1"),
];

/// Types that the emulator's CloudFormation does not create; `stack/resources.py` creates them by API, from their
/// properties.
const EXEMPT: [&str; 10] = [
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Version",
    "AWS::Logs::MetricFilter",
    "AWS::SecretsManager::Secret",
];

/// Creates a stack, failing if a resource is missing. Returns the types that had to be created by API.
async fn made_by_api(parameters: &[(&str, &str)]) -> BTreeSet<String> {
    let account = Account::open().await;
    let (template, stack) = account.deploy(parameters);
    let resolution = template.resolution();
    assert!(stack.resources.keys().eq(resolution.resources.keys()));
    eprintln!("{}: {} resources", template.name(), stack.resources.len());
    let resources = stack.resources.into_values();
    let made = resources.filter(|resource| !resource.made_by_cloud_formation);
    made.map(|resource| resource.kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_resource_of_the_template_is_made_and_its_service_knows_it() {
    let mut exempt: BTreeSet<String> = EXEMPT.map(str::to_owned).into();
    let jwt = [
        ("Authentication", "JWT"),
        ("JwtIssuer", "https://issuer.example"),
        ("JwtAudience", "hookpoint,hookpoint-test"),
        ("JwtClaim", "client_id"),
        ("Alarms", "PerStage"),
        (
            "AlarmTopicArn",
            "arn:aws:sns:eu-central-1:123456789012:operators",
        ),
        ("Fifo", "true"),
    ];
    assert_eq!(made_by_api(&jwt).await, exempt);
    exempt.remove("AWS::ApiGatewayV2::Authorizer");
    assert_eq!(made_by_api(&[]).await, exempt);
}

/// A release that moves gradually, at a domain of its own with mutual TLS, with roles for people and a key.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_a_domain_and_roles_for_people_are_made_too() {
    let parameters = [
        ("Release", "a"),
        ("Deployment", "Canary10Percent5Minutes"),
        ("DomainName", "hooks.example.com"),
        (
            "CertificateArn",
            "arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        ("TruststoreUri", "s3://authorities/callers.pem"),
        ("DisableExecuteApiEndpoint", "true"),
        ("PeopleRoles", "true"),
        (
            "KmsKeyArn",
            "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
    ];
    let account = Account::open().await;
    let (_, stack) = account.deploy(&parameters);
    assert_eq!(stack.outputs["ApiUrl"], "https://hooks.example.com");
    let target = &stack.outputs["DomainTarget"];
    assert!(target.ends_with(".amazonaws.com"), "{target}");
    for person in ["Operator", "Author", "Reader"] {
        let role = &stack.resources[&format!("{person}Role")];
        let arn = &stack.outputs[&format!("{person}RoleArn")];
        assert!(
            arn.ends_with(&format!(":role/{}", role.physical_id)),
            "{arn}"
        );
    }
    let count = |kind: &str| {
        let resources = stack.resources.values();
        resources.filter(|resource| resource.kind == kind).count()
    };
    for (kind, expected) in [
        ("AWS::ApiGatewayV2::DomainName", 1),
        ("AWS::ApiGatewayV2::ApiMapping", 1),
        ("AWS::Lambda::Version", 30),
        ("AWS::Lambda::Alias", 30),
        ("AWS::CodeDeploy::Application", 1),
        ("AWS::CodeDeploy::DeploymentGroup", 30),
    ] {
        assert_eq!(count(kind), expected, "{kind}");
    }
    // Events reach the alias only.
    for resource in stack.resources.values() {
        let reached = match resource.kind.as_str() {
            "AWS::ApiGatewayV2::Integration" => "IntegrationUri",
            "AWS::Lambda::Permission" | "AWS::Lambda::EventSourceMapping" => "FunctionName",
            _ => continue,
        };
        let reached = resource.properties[reached].as_str().unwrap();
        assert!(reached.ends_with(":live"), "{reached}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_of_a_new_type_is_not_passed_over() {
    let account = Account::open().await;
    let mut template = deployment(&[Parameters::new()]).remove(0);
    template.document["Resources"]["Extra"] = json!({"Type": "AWS::SNS::Topic"});
    let error = account.make(&template).unwrap_err();
    let expected = "['AWS::SNS::Topic']: add to resources.py how to create and find them";
    assert!(error.contains(expected), "{error}");
}

/// `hookpoint smoke` at all 29 stages, then two releases, and the commands for a bad day.
#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_tried_out_and_outlives_a_bad_day() {
    let account = Account::open().await;
    let (_, stack) = account.deploy(&[&LOCAL[..], &[("Release", "a")]].concat());
    let gateway = Gateway::open(&stack, &account).await;
    let operator = Operator::of(&stack, &account).await;
    let shell = Shell::open(&account).await;
    every_stage_is_tried_out_and_nothing_is_left(&stack, &account, &operator, &gateway);
    a_bad_day(&stack, &account, &operator, &gateway, &shell).await;
}
