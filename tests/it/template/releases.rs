//! Rules about releases: versions, how events move between them, and concurrency that belongs to stages.

use std::collections::BTreeSet;

use hookpoint_engine::stages::Stage;
use hookpoint_xtask::generate::template::logical_id;
use serde_json::{Value, json};

use super::{
    resolution::Resolution,
    translation::{Template, deployment, parameters},
};

fn deployed(pairs: &[(&str, &str)]) -> (Template, Resolution) {
    let template = deployment(&[parameters(pairs)]).remove(0);
    let resolution = template.resolution();
    assert!(resolution.refusals.is_empty(), "{:?}", resolution.refusals);
    (template, resolution)
}

/// The logical ids of all functions.
fn functions() -> impl Iterator<Item = String> {
    let stages = Stage::ALL.iter();
    let stages = stages.map(|stage| logical_id(*stage) + "Function");
    stages.chain(["HookWorkerFunction".to_owned()])
}

fn properties<'a>(resolution: &'a Resolution, id: &str) -> &'a Value {
    let resource = resolution.resources.get(id);
    &resource.unwrap_or_else(|| panic!("there is no {id}"))["Properties"]
}

fn versions(resolution: &Resolution) -> BTreeSet<&String> {
    let versions = resolution.of_type("AWS::Lambda::Version");
    versions.map(|(id, _)| id).collect()
}

#[test]
fn a_release_gives_each_function_a_version_that_events_go_to() {
    let (_, unnamed) = deployed(&[]);
    let (_, first) = deployed(&[("Release", "1785500000")]);
    for id in functions() {
        let stage = id.trim_end_matches("Function");
        let alias = json!({ "Ref": format!("{id}Aliaslive") });
        let latest = [json!({"Ref": id}), json!({"Fn::GetAtt": [id, "Arn"]})];
        let sources = match stage {
            "HookWorker" => vec![("HookWorkerEvents".to_owned(), "FunctionName")],
            _ => vec![
                (format!("{stage}Integration"), "IntegrationUri"),
                (format!("{stage}Permission"), "FunctionName"),
            ],
        };
        for (source, member) in sources {
            let target = &properties(&unnamed, &source)[member];
            assert!(latest.contains(target), "{source}: {target}");
            assert_eq!(properties(&first, &source)[member], alias, "{source}");
        }
        let live = properties(&first, &format!("{id}Aliaslive"));
        let version = live["FunctionVersion"]["Fn::GetAtt"][0].as_str().unwrap();
        assert_eq!(version, format!("{id}Version1785500000"));
        let policy = &first.resources[version]["DeletionPolicy"];
        assert_eq!(policy, "Retain", "{id}: a rollback needs it");
    }
    assert_eq!(versions(&first).len(), Stage::ALL.len() + 1);
}

/// SAM makes a version when code changes, and not when parameters do.
#[test]
fn another_release_is_another_version_whatever_else_changed() {
    let (template, first) = deployed(&[("Release", "a")]);
    let (_, second) = deployed(&[("Release", "b"), ("LogLevel", "debug")]);
    let (_, same) = deployed(&[("Release", "a"), ("LogLevel", "debug")]);
    assert!(versions(&first).is_disjoint(&versions(&second)));
    assert_eq!(versions(&first), versions(&same), "only a name releases");
    // Lambda publishes no second version of the same configuration: the description differs.
    for (id, function) in first.of_type("AWS::Lambda::Function") {
        let description = &function["Properties"]["Description"];
        let other = &properties(&second, id)["Description"];
        assert_ne!(description, other, "{id}");
    }
    let pattern = &template.document["Parameters"]["Release"]["AllowedPattern"];
    // SAM uses the first ten characters of it in a logical id.
    assert_eq!(pattern, "^[A-Za-z0-9]{0,10}$");
}

/// A version that cannot reach table, secrets or queue answers 503: no error of its function, and no run of a hook.
fn brakes_of(function: &str, alarms: &str) -> BTreeSet<String> {
    let of_function = |kinds: &[&str]| {
        let kinds = kinds.iter();
        kinds.map(|kind| format!("{function}{kind}Alarm")).collect()
    };
    let mut brakes: BTreeSet<_> = match (function, alarms) {
        ("HookWorker", _) => of_function(&["Errors"]),
        (_, "PerStage") => of_function(&["Errors", "Throttles", "FailedRuns"]),
        _ => [
            "FunctionErrorsAlarm",
            "FunctionThrottlesAlarm",
            "FailedRunsAlarm",
        ]
        .map(str::to_owned)
        .into(),
    };
    let other = if function == "HookWorker" {
        "DeliveriesPutOffAlarm"
    } else {
        "ApiErrorsAlarm"
    };
    brakes.insert(other.to_owned());
    brakes
}

#[test]
fn alarms_of_the_stage_stop_a_gradual_deployment() {
    let (_, at_once) = deployed(&[("Release", "a")]);
    assert_eq!(
        at_once.of_type("AWS::CodeDeploy::DeploymentGroup").count(),
        0
    );
    assert!(!at_once.resources.contains_key("DeploymentRole"));
    for alarms in ["Aggregated", "PerStage"] {
        let (_, gradual) = deployed(&[
            ("Release", "a"),
            ("Deployment", "Canary10Percent5Minutes"),
            ("Alarms", alarms),
        ]);
        for id in functions() {
            let group = properties(&gradual, &format!("{id}DeploymentGroup"));
            let policy = &gradual.resources[&format!("{id}Aliaslive")]["UpdatePolicy"];
            let used = &policy["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]["Ref"];
            assert_eq!(*used, format!("{id}DeploymentGroup"));
            let configuration = group["DeploymentConfigName"].to_string();
            assert!(configuration.contains("Canary10Percent5Minutes"), "{id}");
            let events = group["AutoRollbackConfiguration"]["Events"].to_string();
            assert!(events.contains("DEPLOYMENT_STOP_ON_ALARM"), "{id}");
            let brakes = &group["AlarmConfiguration"];
            assert_eq!(brakes["Enabled"], true, "{id}");
            let brakes = brakes["Alarms"].as_array().unwrap();
            let named = brakes
                .iter()
                .map(|brake| brake["Name"]["Ref"].as_str().unwrap());
            let named: BTreeSet<_> = named.map(str::to_owned).collect();
            assert_eq!(
                named,
                brakes_of(id.trim_end_matches("Function"), alarms),
                "{id}"
            );
            for brake in named {
                assert!(gradual.resources.contains_key(&brake), "{id}: {brake}");
            }
        }
    }
}

#[test]
fn concurrency_is_reserved_and_provisioned_for_the_stages_that_are_named() {
    let named = "before-registration, escalation";
    let (_, some) = deployed(&[
        ("Release", "a"),
        ("ReservedConcurrency", "30"),
        ("ReservedStages", named),
        ("ProvisionedConcurrency", "2"),
        ("ProvisionedStages", "after-registration"),
    ]);
    let (_, all) = deployed(&[("ReservedConcurrency", "30")]);
    let (_, none) = deployed(&[]);
    for stage in Stage::ALL {
        let id = logical_id(*stage) + "Function";
        let reserved =
            |resolution| properties(resolution, &id)["ReservedConcurrentExecutions"].clone();
        let is_named = named.split(", ").any(|name| name == stage.name());
        let expected = if is_named { json!("30") } else { Value::Null };
        assert_eq!(reserved(&some), expected, "{stage}");
        assert_eq!(reserved(&all), "30", "{stage}");
        assert_eq!(reserved(&none), Value::Null, "{stage}");
        let provisioned =
            &properties(&some, &format!("{id}Aliaslive"))["ProvisionedConcurrencyConfig"];
        let expected = (stage.name() == "after-registration")
            .then(|| json!({"ProvisionedConcurrentExecutions": "2"}));
        assert_eq!(provisioned, &expected.unwrap_or_default(), "{stage}");
    }
}
