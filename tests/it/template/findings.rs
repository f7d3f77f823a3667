//! What checkov says of the templates, which is kept in `cloudformation/findings.json`, and our own rules that answer it.
//!
//! Checkov itself is not a part of the tests: it would be the largest tool that they install. The file has the command. What each of its
//! findings counts is counted here too, so a new resource that it would complain about is noticed.

use std::{collections::BTreeMap, fs};

use hookpoint_xtask::repository;
use serde::Deserialize;
use serde_json::Value;

use super::{
    deployment::{for_each, properties},
    translation::{Template, all},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Findings {
    tool: String,
    command: String,
    #[serde(rename = "findings")]
    all: Vec<Finding>,
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
    /// The test that holds what the excuse says.
    held_by: String,
}

/// What a check wants: a type, and the property that it must have.
const WANTED: [(&str, &str, &str); 10] = [
    ("CKV_AWS_116", "AWS::Lambda::Function", "DeadLetterConfig"),
    ("CKV_AWS_117", "AWS::Lambda::Function", "VpcConfig"),
    (
        "CKV_AWS_119",
        "AWS::DynamoDB::Table",
        "/SSESpecification/KMSMasterKeyId",
    ),
    ("CKV_AWS_149", "AWS::SecretsManager::Secret", "KmsKeyId"),
    ("CKV_AWS_158", "AWS::Logs::LogGroup", "KmsKeyId"),
    ("CKV_AWS_173", "AWS::Lambda::Function", "KmsKeyArn"),
    ("CKV_AWS_18", "AWS::S3::Bucket", "LoggingConfiguration"),
    ("CKV_AWS_21", "AWS::S3::Bucket", "VersioningConfiguration"),
    ("CKV_AWS_258", "AWS::Lambda::Url", ""),
    ("CKV_AWS_27", "AWS::SQS::Queue", "KmsMasterKeyId"),
];

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

/// How many resources of each template lack a property, or, without one, are open to all.
fn lacking(kind: &str, property: &str) -> BTreeMap<String, usize> {
    let mut lacking = BTreeMap::new();
    for template in templates() {
        let resources = template.document["Resources"].as_object().unwrap().values();
        let count = resources
            .filter(|resource| resource["Type"] == kind)
            .map(|resource| &resource["Properties"])
            .filter(|properties| match property {
                "" => properties["AuthType"] == "NONE",
                path if path.starts_with('/') => properties.pointer(path).is_none(),
                name => properties[name].is_null(),
            })
            .count();
        if count > 0 {
            lacking.insert(template.path.display().to_string(), count);
        }
    }
    lacking
}

#[test]
fn every_finding_is_counted_and_excused() {
    let findings = findings();
    assert!(findings.tool.starts_with("checkov ") && findings.command.starts_with("checkov "));
    let found: Vec<&str> = findings
        .all
        .iter()
        .map(|finding| finding.check.as_str())
        .collect();
    assert_eq!(found, WANTED.map(|(check, _, _)| check));
    for (finding, (check, kind, property)) in findings.all.iter().zip(WANTED) {
        let counted = lacking(kind, property);
        assert_eq!(finding.resources, counted, "{check}: {}", finding.says);
        assert!(finding.excuse.len() > 40, "{check}");
    }
}

#[test]
fn what_an_excuse_says_is_held_by_a_test() {
    let folder = repository::root().join("tests/it/template");
    let sources: String = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    for finding in findings().all {
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
