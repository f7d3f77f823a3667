//! What checkov and cfn-guard say of the templates, which is kept in `cloudformation/findings.json`, and our own rules that answer it.
//!
//! The tools themselves are not a part of the tests: they would be the largest that these install. The file has the commands. What each of
//! the findings counts is counted here too, so a new resource that they would complain about is noticed.

mod wanted;

use std::{collections::BTreeMap, fs};

use hookpoint_xtask::repository;
use serde::Deserialize;
use serde_json::Value;

use self::wanted::{BY_CFN_GUARD, BY_CHECKOV, MACHINE, Wanted};
use super::{
    deployment::{for_each, properties},
    translation::{Template, all},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Findings {
    tools: Vec<Tool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Tool {
    #[serde(rename = "tool")]
    name: String,
    command: String,
    /// Where its rules come from, if it has none of its own.
    rules: Option<String>,
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Finding {
    check: String,
    says: String,
    /// How many resources of each template.
    resources: BTreeMap<String, usize>,
    /// Why it stays.
    excuse: String,
    /// The test that checks what the excuse says.
    held_by: String,
}

fn findings() -> Findings {
    let path = repository::root().join("cloudformation/findings.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The templates with their default parameters; conditions remain.
fn templates() -> impl Iterator<Item = &'static Template> {
    all()
        .iter()
        .filter(|template| template.parameters.is_empty())
}

/// How many resources of each template a check does not accept.
fn refused((_, kind, is_refused): Wanted) -> BTreeMap<String, usize> {
    let mut refused = BTreeMap::new();
    for template in templates() {
        let resources = template.document["Resources"].as_object().unwrap().values();
        let count = resources
            .filter(|resource| resource["Type"] == kind && is_refused(&resource["Properties"]))
            .count();
        if count > 0 {
            refused.insert(template.path.display().to_string(), count);
        }
    }
    refused
}

#[test]
fn every_finding_is_counted_and_excused() {
    let [checkov, guard] = &findings().tools[..] else {
        panic!("there are two tools");
    };
    assert!(guard.rules.is_some() && checkov.rules.is_none());
    for (tool, name, wanted) in [
        (checkov, "checkov ", &BY_CHECKOV[..]),
        (guard, "cfn-guard ", &BY_CFN_GUARD[..]),
    ] {
        assert!(tool.name.starts_with(name) && tool.command.starts_with(name));
        let found = tool.findings.iter();
        let found: Vec<&str> = found.map(|finding| finding.check.as_str()).collect();
        let checks: Vec<&str> = wanted.iter().map(|(check, _, _)| *check).collect();
        assert_eq!(found, checks);
        for (finding, wanted) in tool.findings.iter().zip(wanted) {
            let (check, says) = (&finding.check, &finding.says);
            assert_eq!(finding.resources, refused(*wanted), "{check}: {says}");
            assert!(finding.excuse.len() > 40, "{check}");
        }
    }
}

#[test]
fn what_an_excuse_says_is_held_by_a_test() {
    let folder = repository::root().join("tests/it/template");
    let sources: String = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for finding in findings().tools.into_iter().flat_map(|tool| tool.findings) {
        let test = format!("#[test]\nfn {}()", finding.held_by);
        assert!(
            sources.contains(&test),
            "{}: no test `{}`",
            finding.check,
            finding.held_by
        );
    }
}

#[test]
fn no_function_is_invoked_asynchronously() {
    for template in all() {
        let resolution = template.resolution();
        let name = template.name();
        assert_eq!(
            resolution.of_type("AWS::Lambda::EventInvokeConfig").count(),
            0,
            "{name}"
        );
        for (id, permission) in resolution.of_type("AWS::Lambda::Permission") {
            let principal = permission["Properties"]["Principal"].as_str().unwrap();
            // SNS, S3, EventBridge and others do not wait for an answer.
            let waits = ["apigateway.amazonaws.com", "*"].contains(&principal);
            assert!(waits, "{name}: {id}: {principal}");
        }
    }
}

#[test]
fn no_variable_holds_a_secret() {
    for template in all() {
        for (id, function) in template.resolution().of_type("AWS::Lambda::Function") {
            let variables = function["Properties"]["Environment"]["Variables"].to_string();
            assert!(
                !variables.contains("{{resolve:"),
                "{}: {id}",
                template.name()
            );
        }
    }
}

#[test]
fn a_state_machine_writes_no_event_into_a_log() {
    let mut machines = 0;
    for template in all() {
        for (id, machine) in template.resolution().of_type(MACHINE) {
            let properties = &machine["Properties"];
            for log in ["LoggingConfiguration", "TracingConfiguration"] {
                assert!(properties[log].is_null(), "{}: {id}", template.name());
            }
            machines += 1;
        }
    }
    assert!(machines > 0);
}

#[test]
fn a_receiver_has_no_part_in_a_network() {
    let mut receivers = 0;
    for template in all() {
        if !template.path.starts_with("cloudformation") {
            continue;
        }
        let resolution = template.resolution();
        let name = template.name();
        for (id, resource) in &resolution.resources {
            let kind = resource["Type"].as_str().unwrap();
            assert!(!kind.starts_with("AWS::EC2::"), "{name}: {id}");
        }
        for (id, role) in resolution.of_type("AWS::IAM::Role") {
            let role = &role["Properties"];
            assert!(role["ManagedPolicyArns"].is_null(), "{name}: {id}");
            let policies = role["Policies"].to_string();
            assert!(!policies.contains("\"ec2:"), "{name}: {id}");
        }
        receivers += 1;
    }
    assert!(receivers > 0);
}

#[test]
fn only_firehose_may_write_to_a_bucket() {
    let mut writers = 0;
    for template in all() {
        for (id, role) in template.resolution().of_type("AWS::IAM::Role") {
            let role = &role["Properties"];
            if !role["Policies"].to_string().contains("\"s3:") {
                continue;
            }
            let trusts = role["AssumeRolePolicyDocument"]["Statement"].as_array();
            for trust in trusts.unwrap() {
                let service = &trust["Principal"]["Service"];
                assert_eq!(
                    service,
                    "firehose.amazonaws.com",
                    "{}: {id}",
                    template.name()
                );
            }
            writers += 1;
        }
    }
    assert!(writers > 0);
}

#[test]
fn every_queue_that_a_function_reads_sets_messages_aside() {
    let mut read = 0;
    for template in all() {
        let resolution = template.resolution();
        for (id, mapping) in resolution.of_type("AWS::Lambda::EventSourceMapping") {
            let source = &mapping["Properties"]["EventSourceArn"]["Fn::GetAtt"][0];
            let queue = &resolution.resources[source.as_str().unwrap()]["Properties"];
            let target = &queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0];
            let dead_letters = &resolution.resources[target.as_str().unwrap()];
            assert_eq!(
                dead_letters["Type"],
                "AWS::SQS::Queue",
                "{}: {id}",
                template.name()
            );
            read += 1;
        }
    }
    assert!(read > 0);
}

#[test]
fn the_table_is_not_deleted_by_mistake() {
    for_each(|name, resolution, _| {
        let table = properties(resolution, "Table");
        let protected = &table["DeletionProtectionEnabled"];
        assert!(
            *protected == "true" || *protected == Value::Bool(true),
            "{name}: {protected}"
        );
    });
}
