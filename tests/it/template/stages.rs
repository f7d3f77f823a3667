//! Rules about the deployment's resources of each stage.

use std::collections::BTreeSet;

use hookpoint_engine::stages::{ModeRule, Stage};
use hookpoint_xtask::generate::template::logical_id;
use serde_json::{Value, json};

use super::{
    resolution::Resolution,
    translation::{Template, deployments},
};

/// Calls `rule` for each stage of each choice of parameters.
fn for_each(rule: impl Fn(&str, Stage, &Resolution, &Template)) {
    for template in deployments() {
        let resolution = template.resolution();
        for stage in Stage::ALL {
            let name = format!("{}: {stage}", template.name());
            rule(&name, *stage, &resolution, template);
        }
    }
}

/// A resource of a stage.
fn resource<'a>(resolution: &'a Resolution, stage: Stage, kind: &str) -> &'a Value {
    let id = logical_id(stage) + kind;
    let resource = resolution.resources.get(&id);
    &resource.unwrap_or_else(|| panic!("there is no {id}"))["Properties"]
}

#[test]
fn every_stage_has_a_function_of_its_own_binary() {
    for_each(|name, stage, resolution, template| {
        let function = resource(resolution, stage, "Function");
        let key = format!("target/lambda/{}.zip", stage.name());
        assert_eq!(function["Code"]["S3Key"], key, "{name}");
        assert_eq!(function["Runtime"], "provided.al2023", "{name}");
        assert_eq!(
            function["Role"]["Fn::GetAtt"][0],
            logical_id(stage) + "Role",
            "{name}"
        );
        let architecture = template.parameters.get("Architecture");
        let expected = architecture.map_or("arm64", String::as_str);
        assert_eq!(function["Architectures"], json!([expected]), "{name}");
        assert_eq!(
            function["VpcConfig"].is_object(),
            template.parameters.contains_key("SubnetIds"),
            "{name}"
        );
    });
}

#[test]
fn every_stage_has_a_route_to_its_function_with_the_chosen_authentication() {
    for_each(|name, stage, resolution, template| {
        let route = resource(resolution, stage, "Route");
        let key = format!(
            "POST /v1/applications/{{applicationId}}/stages/{}",
            stage.name()
        );
        assert_eq!(route["RouteKey"], key, "{name}");
        let target = format!("integrations/${{{}Integration}}", logical_id(stage));
        assert_eq!(route["Target"]["Fn::Sub"], target, "{name}");
        let chosen = template
            .parameters
            .get("Authentication")
            .map(String::as_str);
        assert_eq!(
            route["AuthorizationType"],
            chosen.unwrap_or("NONE"),
            "{name}"
        );
        assert_eq!(
            route["AuthorizerId"].is_object(),
            chosen == Some("JWT"),
            "{name}"
        );
        assert_eq!(
            resolution.resources.contains_key("JwtAuthorizer"),
            chosen == Some("JWT"),
            "{name}"
        );

        let function = logical_id(stage) + "Function";
        let integration = resource(resolution, stage, "Integration");
        assert_eq!(
            integration["IntegrationUri"]["Fn::GetAtt"][0], function,
            "{name}"
        );
        let permission = resource(resolution, stage, "Permission");
        assert_eq!(permission["FunctionName"]["Ref"], function, "{name}");
        let source = permission["SourceArn"]["Fn::Sub"].as_str().unwrap();
        let path = format!("/POST/v1/applications/*/stages/{}", stage.name());
        assert!(source.ends_with(&path), "{name}: {source}");
    });
}

#[test]
fn every_stage_has_alarms_when_they_are_asked_for() {
    for_each(|name, stage, resolution, template| {
        let wanted = template
            .parameters
            .get("Alarms")
            .is_some_and(|alarms| alarms == "PerStage");
        for kind in ["Errors", "Throttles", "Latency", "FailedRuns"] {
            let id = format!("{}{kind}Alarm", logical_id(stage));
            assert_eq!(
                resolution.resources.contains_key(&id),
                wanted,
                "{name}: {id}"
            );
            if wanted {
                let alarm = resource(resolution, stage, &format!("{kind}Alarm"));
                let function = json!([
                    {"Name": "FunctionName", "Value": {"Ref": logical_id(stage) + "Function"}},
                ]);
                let hooks = json!([
                    {"Name": "Stack", "Value": {"Ref": "AWS::StackName"}},
                    {"Name": "Stage", "Value": stage.name()},
                ]);
                let expected = if kind == "FailedRuns" {
                    hooks
                } else {
                    function
                };
                assert_eq!(alarm["Dimensions"], expected, "{name}: {id}");
            }
        }
    });
}

/// The partitions that a role reads and writes.
fn partitions(role: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut reads = BTreeSet::new();
    let mut writes = BTreeSet::new();
    for statement in table_statements(role) {
        let condition = &statement["Condition"];
        // Without this, a request that names no partition would pass: `ForAllValues` is true for none.
        assert_eq!(
            condition["Null"]["dynamodb:LeadingKeys"], "false",
            "{statement}"
        );
        let keys = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].as_array();
        let keys = keys
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap().to_owned());
        for action in actions(statement) {
            match action.as_str() {
                "dynamodb:GetItem" | "dynamodb:Query" => reads.extend(keys.clone()),
                "dynamodb:PutItem" | "dynamodb:DeleteItem" | "dynamodb:BatchWriteItem" => {
                    writes.extend(keys.clone());
                }
                other => panic!("{other} on the table"),
            }
        }
    }
    (reads, writes)
}

#[test]
fn the_role_of_a_stage_reads_its_own_partitions_and_writes_runs_and_answers() {
    for_each(|name, stage, resolution, _| {
        let own = |kind: &&str| format!("{}#{kind}:*", stage.name());
        let mut readable: BTreeSet<String> = ["application", "store", "hook", "idempotency"]
            .iter()
            .map(own)
            .collect();
        readable.insert("application#*".to_owned());
        let writable = ["idempotency", "runs"].iter().map(own).collect();
        let role = resource(resolution, stage, "Role");
        assert_eq!(partitions(role), (readable, writable), "{name}");
    });
}

#[test]
fn the_role_of_the_worker_reads_what_is_published_and_writes_runs_and_marks() {
    for template in deployments() {
        let resolution = template.resolution();
        let role = &resolution.resources["HookWorkerRole"]["Properties"];
        let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let readable = set(&[
            "application#*",
            "*#application:*",
            "*#store:*",
            "*#hook:*",
            "*#gone:*",
        ]);
        assert_eq!(
            partitions(role),
            (readable, set(&["*#runs:*", "*#gone:*"])),
            "{}",
            template.name()
        );
    }
}

#[test]
fn the_role_of_a_stage_sends_to_the_queue_where_hooks_may_be_asynchronous() {
    for_each(|name, stage, resolution, _| {
        let role = resource(resolution, stage, "Role");
        let sends = statements(role)
            .into_iter()
            .filter(|statement| actions(statement).contains(&"sqs:SendMessage".to_owned()));
        let queues: Vec<&Value> = sends
            .map(|statement| &statement["Resource"]["Fn::GetAtt"][0])
            .collect();
        match stage.definition().mode {
            ModeRule::SynchronousOnly => assert!(queues.is_empty(), "{name}"),
            ModeRule::SynchronousByDefault | ModeRule::AsynchronousOnly => {
                assert_eq!(queues, ["Queue"], "{name}");
            }
        }
    });
}

fn statements(role: &Value) -> Vec<&Value> {
    let policies = role["Policies"].as_array().unwrap().iter();
    policies
        .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
        .collect()
}

fn table_statements(role: &Value) -> Vec<&Value> {
    let statements = statements(role).into_iter();
    statements
        .filter(|statement| statement["Resource"]["Fn::GetAtt"][0] == "Table")
        .collect()
}

fn actions(statement: &Value) -> Vec<String> {
    let action = &statement["Action"];
    let actions = action
        .as_array()
        .map_or_else(|| vec![action], |all| all.iter().collect());
    actions
        .into_iter()
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}
