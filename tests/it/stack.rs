//! The deployment as a stack in an emulated AWS: every resource is created and found, the functions run in it, and the
//! permissions of its roles are simulated.

mod account;
mod events;
mod operator;
mod policies;
mod running;

use std::collections::BTreeSet;

use serde_json::json;

use self::account::Account;
use crate::template::translation::{Parameters, deployment};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_of_a_new_type_is_not_passed_over() {
    let account = Account::open().await;
    let mut template = deployment(&[Parameters::new()]).remove(0);
    template.document["Resources"]["Extra"] = json!({"Type": "AWS::SNS::Topic"});
    let error = account.make(&template).unwrap_err();
    let expected = "['AWS::SNS::Topic']: add to resources.py how to create and find them";
    assert!(error.contains(expected), "{error}");
}
