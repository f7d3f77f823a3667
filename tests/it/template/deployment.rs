//! Rules about the deployment as a whole: parameters, outputs, environment.

use std::{collections::BTreeSet, time::Duration};

use hookpoint_engine::application::sources::{KEYS_SERVE_FOR, REFRESH_AFTER};
use hookpoint_settings as settings;
use hookpoint_settings::Reader;
use serde_json::{Value, json};

use super::{
    resolution::Resolution,
    translation::{Parameters, Template, deployment, deployments, parameters},
};

pub(super) fn for_each(rule: impl Fn(&str, &Resolution, &Template)) {
    for template in deployments() {
        rule(&template.name(), &template.resolution(), template);
    }
}

pub(super) fn properties<'a>(resolution: &'a Resolution, id: &str) -> &'a Value {
    let resource = resolution.resources.get(id);
    resource.map_or(&Value::Null, |resource| &resource["Properties"])
}

/// The roles that Lambda assumes.
fn roles_of_functions(resolution: &Resolution) -> impl Iterator<Item = (&String, &Value)> {
    let roles = resolution.of_type("AWS::IAM::Role");
    roles.filter(|(_, role)| {
        let trust = &role["Properties"]["AssumeRolePolicyDocument"];
        trust.to_string().contains("lambda.amazonaws.com")
    })
}

pub(super) fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is not a number"))
}

#[test]
fn what_was_accepted_outlives_the_stack() {
    for_each(|name, resolution, _| {
        for (id, policy) in [
            // DynamoDB keeps it even if the creation of the stack is rolled back.
            ("Table", "Retain"),
            ("Queue", "RetainExceptOnCreate"),
            ("DeadLetterQueue", "RetainExceptOnCreate"),
        ] {
            let resource = &resolution.resources[id];
            assert_eq!(resource["DeletionPolicy"], policy, "{name}: {id}");
            assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{name}: {id}");
        }
        let table = properties(resolution, "Table");
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST", "{name}");
        assert_eq!(
            table["TimeToLiveSpecification"]["AttributeName"], "expires",
            "{name}"
        );
        let recovery = &table["PointInTimeRecoverySpecification"];
        assert_eq!(recovery["PointInTimeRecoveryEnabled"], true, "{name}");
    });
}

#[test]
fn secrets_are_read_below_the_name_of_the_stack_only() {
    for_each(|name, resolution, _| {
        let key = properties(resolution, "ContinuationKey");
        assert_eq!(
            key["Name"]["Fn::Sub"], "${AWS::StackName}/continuation-key",
            "{name}"
        );
        for (id, role) in roles_of_functions(resolution) {
            let policy = &role["Properties"]["Policies"][0]["PolicyDocument"];
            let statements = policy["Statement"].as_array().unwrap().iter();
            let mut reads = statements
                .filter(|statement| statement["Action"] == "secretsmanager:GetSecretValue");
            let arn = reads.next().unwrap()["Resource"]["Fn::Sub"]
                .as_str()
                .unwrap();
            assert!(
                arn.ends_with(":secret:${AWS::StackName}/*"),
                "{name}: {id}: {arn}"
            );
            assert!(reads.next().is_none(), "{name}: {id}");
        }
    });
}

#[test]
fn functions_get_the_variables_that_they_read_and_no_others() {
    // Variables set by Lambda or an emulator do not have this prefix.
    const OURS: &str = "HOOKPOINT_";
    let read_by = |readers: &[Reader]| -> BTreeSet<&str> {
        let settings = settings::ALL.iter();
        let settings = settings
            .filter(|setting| readers.contains(&setting.reader) && setting.name.starts_with(OURS));
        settings.map(|setting| setting.name).collect()
    };
    for_each(|name, resolution, _| {
        for (id, function) in resolution.of_type("AWS::Lambda::Function") {
            let variables = &function["Properties"]["Environment"]["Variables"];
            let given = variables.as_object().unwrap().keys();
            let given: BTreeSet<&str> = given.map(String::as_str).collect();
            let expected = if id == "HookWorkerFunction" {
                read_by(&[Reader::Function, Reader::Worker])
            } else {
                read_by(&[Reader::Function])
            };
            assert_eq!(given, expected, "{name}: {id}");
        }
    });
}

#[test]
fn alarms_are_as_many_as_the_documents_say_and_speak_to_the_topic() {
    for_each(|name, resolution, template| {
        let alarms: Vec<_> = resolution.of_type("AWS::CloudWatch::Alarm").collect();
        let expected = match template.parameters.get("Alarms").map(String::as_str) {
            None => 14,
            Some("PerStage") => 14 + 4 * 29,
            _ => 0,
        };
        assert_eq!(alarms.len(), expected, "{name}");
    });
    let topic = "arn:aws:sns:eu-central-1:123456789012:operators";
    let template = deployment(&[parameters(&[
        ("AlarmTopicArn", topic),
        ("Alarms", "PerStage"),
    ])]);
    let resolution = template[0].resolution();
    for (id, alarm) in resolution.of_type("AWS::CloudWatch::Alarm") {
        for moment in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm["Properties"][moment], json!([topic]), "{id}");
        }
    }
}

/// With ingest keys, values serve for a minute only: no older one is ever counted.
#[test]
fn the_alarm_on_stale_caches_rings_before_events_are_refused() {
    let template = &deployment(&[Parameters::new()])[0];
    let resolution = template.resolution();
    let alarm = properties(&resolution, "StaleCacheAlarm");
    assert_eq!(alarm["Statistic"], "Maximum");
    let threshold = Duration::from_millis(number(&alarm["Threshold"]));
    assert!(REFRESH_AFTER < threshold && threshold < KEYS_SERVE_FOR / 2);
}

#[test]
fn a_table_that_is_there_takes_the_place_of_the_one_that_the_stack_would_make() {
    let template = &deployment(&[parameters(&[("ExistingTable", "restored")])])[0];
    let resolution = template.resolution();
    assert_eq!(resolution.of_type("AWS::DynamoDB::Table").count(), 0);
    assert_eq!(resolution.outputs["TableName"]["Value"], "restored");
    for (id, function) in resolution.of_type("AWS::Lambda::Function") {
        let variables = &function["Properties"]["Environment"]["Variables"];
        assert_eq!(variables["HOOKPOINT_TABLE"], "restored", "{id}");
    }
    for (id, role) in roles_of_functions(&resolution) {
        let policy = &role["Properties"]["Policies"][0]["PolicyDocument"];
        let statements = policy["Statement"].as_array().unwrap().iter();
        let mut tables = statements
            .filter(|statement| statement["Action"].to_string().contains("dynamodb:"))
            .map(|statement| statement["Resource"]["Fn::Sub"].as_str().unwrap());
        assert!(
            tables.all(|table| table.ends_with(":table/${ExistingTable}")),
            "{id}"
        );
    }
    // Nothing refers to a resource that does not exist.
    let text = serde_json::to_string(&(&resolution.resources, &resolution.outputs)).unwrap();
    for reference in [r#"{"Ref":"Table"}"#, r#"["Table","Arn"]"#, "${Table}"] {
        assert!(!text.contains(reference), "{reference}");
    }
}

#[test]
fn an_alarm_of_latency_can_ring_although_hooks_are_cut_off() {
    for_each(|name, resolution, _| {
        for (id, alarm) in resolution.of_type("AWS::CloudWatch::Alarm") {
            let alarm = &alarm["Properties"];
            if alarm["Unit"] == "Milliseconds" {
                assert!(number(&alarm["Threshold"]) < 2_900, "{name}: {id}");
            }
        }
    });
}

/// The parts of the API that a resource waits for.
fn waits_for(resource: &Value, parts: &BTreeSet<&String>) -> BTreeSet<String> {
    let references = serde_json::to_string(&resource["Properties"]).unwrap();
    let is_referred_to = |id: &&&String| {
        let names = [format!("\"Ref\":\"{id}\""), format!("${{{id}}}")];
        names.iter().any(|name| references.contains(name))
    };
    let referred = parts.iter().filter(is_referred_to);
    let declared = parts.iter().filter(|id| {
        resource["DependsOn"]
            .to_string()
            .contains(&format!("\"{id}\""))
    });
    referred.chain(declared).map(|id| (**id).clone()).collect()
}

#[test]
fn no_two_parts_of_the_api_are_ever_made_at_once() {
    for_each(|name, resolution, _| {
        let is_part = |resource: &Value| {
            let kind = resource["Type"].as_str().unwrap();
            // A domain is not part of the API; its mapping is.
            let apart = ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::DomainName"];
            kind.starts_with("AWS::ApiGatewayV2::") && !apart.contains(&kind)
        };
        let resources = &resolution.resources;
        let parts = resources.iter().filter(|(_, part)| is_part(part));
        let parts: BTreeSet<&String> = parts.map(|(id, _)| id).collect();
        assert!(parts.len() > 2 * 29, "{name}");
        let mut made = BTreeSet::new();
        while made.len() < parts.len() {
            let ready = parts.iter().filter(|id| {
                !made.contains(**id) && waits_for(&resources[**id], &parts).is_subset(&made)
            });
            let ready: Vec<&String> = ready.copied().collect();
            assert_eq!(ready.len(), 1, "{name}: {ready:?} after {made:?}");
            made.insert(ready[0].clone());
        }
    });
}

#[test]
fn a_tool_finds_in_the_outputs_what_it_needs() {
    for_each(|name, resolution, _| {
        for output in [
            "ApiUrl",
            "TableName",
            "QueueUrl",
            "DeadLetterQueueUrl",
            "SecretPrefix",
            "Region",
        ] {
            assert!(resolution.outputs.contains_key(output), "{name}: {output}");
        }
    });
}
