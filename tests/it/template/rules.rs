//! Rules about every template: the deployment's, and those that customers deploy.

use serde_json::Value;

use super::{
    resolution::Resolution,
    translation::{Template, all},
};

/// Actions that AWS cannot limit to a resource.
const WITHOUT_RESOURCE: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
/// The only AWS-managed policies that roles may have: network interfaces for functions in subnets, and moving aliases
/// for `CodeDeploy`.
const MANAGED_POLICIES: [&str; 2] = [
    ":iam::aws:policy/service-role/AWSLambdaENIManagementAccess",
    ":iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited",
];

/// Calls `rule` for every resource of a type in any template, with a name for messages. There must be one.
fn for_each(kind: &str, mut rule: impl FnMut(&str, &Value, &Resolution, &Template)) {
    let mut found = 0;
    for template in all() {
        let resolution = template.resolution();
        for (id, resource) in resolution.of_type(kind) {
            let name = format!("{}: {id}", template.name());
            rule(&name, &resource["Properties"], &resolution, template);
            found += 1;
        }
    }
    assert!(found > 0, "no template has a resource of the type {kind}");
}

/// The statements of a policy, one or several.
fn statements(policy: &Value) -> Vec<&Value> {
    list(&policy["Statement"])
}

/// One value or a list, as in policies.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

#[test]
fn a_role_may_do_nothing_everywhere_but_what_has_no_resource() {
    for_each("AWS::IAM::Role", |name, role, _, _| {
        for policy in list(&role["Policies"]) {
            for statement in statements(&policy["PolicyDocument"]) {
                assert_eq!(statement["Effect"], "Allow", "{name}");
                let actions = list(&statement["Action"]);
                let resources = list(&statement["Resource"]);
                assert!(
                    !actions.is_empty() && !resources.is_empty(),
                    "{name}: {statement}"
                );
                for action in &actions {
                    let action = action.as_str().unwrap();
                    assert!(!action.contains('*'), "{name}: {action}");
                    assert!(
                        !resources.iter().any(|resource| *resource == "*")
                            || WITHOUT_RESOURCE.contains(&action),
                        "{name}: {action} on every resource"
                    );
                }
            }
        }
        for policy in list(&role["ManagedPolicyArns"]) {
            let arn = policy["Fn::Sub"].as_str().unwrap_or_default();
            let is_known = MANAGED_POLICIES.iter().any(|known| arn.ends_with(known));
            assert!(is_known, "{name}: {policy}");
        }
    });
}

#[test]
fn a_role_fits_into_its_quota() {
    for_each("AWS::IAM::Role", |name, role, _, _| {
        let policies = list(&role["Policies"]);
        let length: usize = policies
            .iter()
            .map(|policy| policy["PolicyDocument"].to_string().len())
            .sum();
        // References here become ARNs of about 150 characters; the limit of AWS is 10,240.
        assert!(length < 5_000, "{name}: {length} characters");
    });
}

#[test]
fn no_template_has_policies_apart_from_its_roles() {
    for template in all() {
        for kind in [
            "AWS::IAM::Policy",
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::User",
        ] {
            assert_eq!(
                template.resolution().of_type(kind).count(),
                0,
                "{}",
                template.name()
            );
        }
    }
}

#[test]
fn every_table_is_encrypted_and_forgets() {
    for_each("AWS::DynamoDB::Table", |name, table, _, _| {
        assert_eq!(table["SSESpecification"]["SSEEnabled"], true, "{name}");
        assert_eq!(table["TimeToLiveSpecification"]["Enabled"], true, "{name}");
    });
}

#[test]
fn every_queue_is_encrypted() {
    for_each("AWS::SQS::Queue", |name, queue, _, _| {
        let has_key = !queue["KmsMasterKeyId"].is_null();
        assert!(has_key || queue["SqsManagedSseEnabled"] == true, "{name}");
    });
}

#[test]
fn every_bucket_is_encrypted_and_closed_to_the_public() {
    for template in all() {
        let resolution = template.resolution();
        for (id, bucket) in resolution.of_type("AWS::S3::Bucket") {
            let name = format!("{}: {id}", template.name());
            let bucket = &bucket["Properties"];
            assert!(bucket["BucketEncryption"].is_object(), "{name}");
            for lock in [
                "BlockPublicAcls",
                "BlockPublicPolicy",
                "IgnorePublicAcls",
                "RestrictPublicBuckets",
            ] {
                let closed = &bucket["PublicAccessBlockConfiguration"][lock];
                assert_eq!(closed, true, "{name}: {lock}");
            }
        }
    }
}

#[test]
fn every_secret_is_generated_and_never_written_down() {
    for_each("AWS::SecretsManager::Secret", |name, secret, _, _| {
        assert!(secret["GenerateSecretString"].is_object(), "{name}");
        assert!(secret["SecretString"].is_null(), "{name}");
    });
}

#[test]
fn every_log_group_is_cleared_after_some_time() {
    for_each("AWS::Logs::LogGroup", |name, group, _, _| {
        assert!(!group["RetentionInDays"].is_null(), "{name}");
    });
}

#[test]
fn every_function_has_its_own_role_and_log_group() {
    for template in all() {
        let resolution = template.resolution();
        let mut taken = Vec::new();
        for (id, function) in resolution.of_type("AWS::Lambda::Function") {
            let name = format!("{}: {id}", template.name());
            let function = &function["Properties"];
            let role = function["Role"]["Fn::GetAtt"][0].as_str();
            let group = function["LoggingConfig"]["LogGroup"]["Ref"].as_str();
            for (what, kind) in [(role, "AWS::IAM::Role"), (group, "AWS::Logs::LogGroup")] {
                let what = what.unwrap_or_else(|| panic!("{name} has no {kind} of this template"));
                assert_eq!(resolution.resources[what]["Type"], kind, "{name}");
                assert!(!taken.contains(&what.to_owned()), "{name} shares {what}");
                taken.push(what.to_owned());
            }
        }
        assert!(!taken.is_empty(), "{} has no function", template.name());
    }
}

#[test]
fn every_batch_of_messages_reports_its_failures_one_by_one() {
    for_each("AWS::Lambda::EventSourceMapping", |name, mapping, _, _| {
        let answers = list(&mapping["FunctionResponseTypes"]);
        assert!(
            answers.contains(&&Value::from("ReportBatchItemFailures")),
            "{name}"
        );
    });
}

#[test]
fn every_api_is_throttled_and_keeps_an_access_log() {
    for_each("AWS::ApiGatewayV2::Stage", |name, stage, resolution, _| {
        let settings = &stage["DefaultRouteSettings"];
        for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
            assert!(!settings[limit].is_null(), "{name}: {limit}");
        }
        let log = &stage["AccessLogSettings"];
        let group = log["DestinationArn"]["Fn::GetAtt"][0].as_str().unwrap();
        assert!(resolution.resources.contains_key(group), "{name}");
        let format = log["Format"].as_str().unwrap();
        let (line, variables) = filled_in(format);
        serde_json::from_str::<Value>(&line).unwrap_or_else(|error| panic!("{name}: {error}"));
        for variable in variables {
            assert!(
                LOGGED.contains(&variable.as_str()),
                "{name}: {variable} in the access log"
            );
        }
    });
}

/// Allowed variables in an access log: nothing secret, and no free text from callers or functions, which could contain
/// quotation marks.
const LOGGED: [&str; 12] = [
    "requestId",
    "requestTime",
    "identity.sourceIp",
    "routeKey",
    "status",
    "responseLength",
    "responseLatency",
    "integrationLatency",
    "integration.integrationStatus",
    "integration.status",
    "awsEndpointRequestId",
    "error.responseType",
];

/// A line of an access log with a number for each variable, and the names of the variables.
fn filled_in(format: &str) -> (String, Vec<String>) {
    let mut parts = format.split("$context.");
    let mut line = parts.next().unwrap_or_default().to_owned();
    let mut variables = Vec::new();
    for part in parts {
        let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
        let end = part.find(|letter| !is_of_name(letter)).unwrap();
        variables.push(part[..end].to_owned());
        line = line + "7" + &part[end..];
    }
    (line, variables)
}

#[test]
fn a_public_url_leads_only_to_code_that_checks_signatures() {
    for_each("AWS::Lambda::Url", |name, url, resolution, _| {
        if url["AuthType"] != "NONE" {
            return;
        }
        let target = &url["TargetFunctionArn"];
        let function = target["Ref"].as_str().or(target["Fn::GetAtt"][0].as_str());
        let function = &resolution.resources[function.unwrap()]["Properties"];
        let code = function["Code"]["ZipFile"]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: the code is not in the template"));
        for necessary in [
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "sha256",
        ] {
            assert!(code.contains(necessary), "{name} does not use {necessary}");
        }
        let in_constant_time = ["compare_digest(", "timingSafeEqual("];
        assert!(
            in_constant_time
                .iter()
                .any(|comparison| code.contains(comparison)),
            "{name} does not compare signatures in constant time"
        );
    });
}

#[test]
fn nothing_but_a_url_is_public() {
    for_each("AWS::Lambda::Permission", |name, permission, _, _| {
        let only_by_url = permission["FunctionUrlAuthType"] == "NONE"
            || permission["InvokedViaFunctionUrl"] == true;
        assert!(permission["Principal"] != "*" || only_by_url, "{name}");
        let is_service = permission["Principal"]
            .as_str()
            .unwrap()
            .ends_with(".amazonaws.com");
        assert!(
            !is_service || !permission["SourceArn"].is_null(),
            "{name} has no source"
        );
    });
}

#[test]
fn no_template_is_too_large() {
    for template in all() {
        let resources = template.document["Resources"].as_object().unwrap().len();
        let length = template.document.to_string().len();
        assert!(
            resources <= 500,
            "{}: {resources} resources",
            template.name()
        );
        assert!(length <= 1_000_000, "{}: {length} bytes", template.name());
    }
}
