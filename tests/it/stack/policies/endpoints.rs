//! The permissions of the endpoints' roles: the calls of their code, on their own resources.

use std::collections::BTreeSet;

use super::{
    inquiry::Inquiry,
    names::{Names, STACK, arn},
    simulator::Question,
};

/// Calls of the code, the template's resource they use, and a foreign resource of that kind.
const CALLS: [(&str, &str, &str); 7] = [
    ("dynamodb:DeleteItem", "Deliveries.Arn", "table/another"),
    ("dynamodb:PutItem", "Deliveries.Arn", "table/another"),
    ("events:PutEvents", "Bus.Arn", "event-bus/default"),
    ("firehose:PutRecord", "Stream.Arn", "deliverystream/another"),
    (
        "secretsmanager:GetSecretValue",
        "SigningSecret",
        "secret:another-a1B2c3",
    ),
    ("sqs:SendMessage", "Queue.Arn", "another"),
    (
        "states:StartExecution",
        "StateMachine",
        "stateMachine:another",
    ),
];
/// Actions that the code never uses on its own resources.
const NEVER: [(&str, &str); 11] = [
    ("dynamodb:GetItem", "Deliveries.Arn"),
    ("dynamodb:Scan", "Deliveries.Arn"),
    ("dynamodb:UpdateItem", "Deliveries.Arn"),
    ("dynamodb:DeleteTable", "Deliveries.Arn"),
    ("secretsmanager:PutSecretValue", "SigningSecret"),
    ("secretsmanager:DeleteSecret", "SigningSecret"),
    ("sqs:ReceiveMessage", "Queue.Arn"),
    ("sqs:PurgeQueue", "Queue.Arn"),
    ("events:DeleteEventBus", "Bus.Arn"),
    ("firehose:DeleteDeliveryStream", "Stream.Arn"),
    ("states:DeleteStateMachine", "StateMachine"),
];
/// What Firehose needs to write to a bucket: see "Grant Firehose access to an Amazon S3 destination" in the Firehose Developer Guide.
const ON_BUCKET: [&str; 3] = [
    "s3:GetBucketLocation",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
];
const ON_OBJECTS: [&str; 3] = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"];

/// Every question about every role of a template.
pub(super) fn questions(names: &Names) -> Vec<Question> {
    let roles = names.resolution.of_type("AWS::IAM::Role");
    roles.flat_map(|(id, _)| about(id, names)).collect()
}

fn about(id: &str, names: &Names) -> Vec<Question> {
    let called = match id {
        "ReceiverRole" => called(names),
        // Firehose uses this one, and the state machine the other, which has no permissions until it is edited.
        "StreamRole" | "StateMachineRole" => BTreeSet::new(),
        other => panic!("add the purpose of the role `{other}`"),
    };
    let mut role = Inquiry::about(id, names);
    for (action, reference, foreign) in CALLS {
        let is_called = called.contains(action);
        assert!(
            names.has(reference) || !is_called,
            "{action} without {reference}"
        );
        if names.has(reference) {
            role.ask(action, &role.named(reference), &[], is_called);
        }
        let (service, _) = action.split_once(':').unwrap();
        role.ask(action, &arn(service, foreign), &[], false);
    }
    for (action, reference) in NEVER {
        if names.has(reference) {
            role.ask(action, &role.named(reference), &[], false);
        }
    }
    on_logs(&mut role, id);
    on_bucket(&mut role, id, names);
    let function = role.named("Receiver.Arn");
    role.ask("lambda:InvokeFunction", &function, &[], false);
    role.ask("secretsmanager:BatchGetSecretValue", "*", &[], false);
    role.ask(
        "iam:PassRole",
        "arn:aws:iam::123456789012:role/any",
        &[],
        false,
    );
    role.questions
}

fn on_logs(role: &mut Inquiry<'_>, id: &str) {
    let stream = |group: &str, stream: &str| {
        arn(
            "logs",
            &format!("log-group:/hookpoint/{group}:log-stream:{stream}"),
        )
    };
    let own = format!("endpoints/{STACK}");
    for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
        let is_receiver = id == "ReceiverRole";
        role.ask(action, &stream(&own, "2026/01/01/1"), &[], is_receiver);
        role.ask(
            action,
            &stream("endpoints/production", "2026/01/01/1"),
            &[],
            false,
        );
        role.ask(
            action,
            &stream("prod/hook-worker", "2026/01/01/1"),
            &[],
            false,
        );
    }
    role.ask("logs:GetLogEvents", &stream(&own, "firehose"), &[], false);
    if id == "StreamRole" {
        role.ask("logs:PutLogEvents", &stream(&own, "firehose"), &[], true);
    }
}

fn on_bucket(role: &mut Inquiry<'_>, id: &str, names: &Names) {
    let is_stream = id == "StreamRole";
    let another = "arn:aws:s3:::another".to_owned();
    let own = names.has("Bucket");
    let own = own.then(|| role.named("Bucket.Arn"));
    for (bucket, is_own) in own.iter().map(|own| (own, true)).chain([(&another, false)]) {
        for action in ON_BUCKET {
            role.ask(action, bucket, &[], is_stream && is_own);
        }
        for action in ON_OBJECTS {
            for folder in ["state", "errors/format"] {
                let object = format!("{bucket}/{folder}/date=2026-01-01/1.gz");
                role.ask(action, &object, &[], is_stream && is_own);
            }
            role.ask(action, &format!("{bucket}/private.txt"), &[], false);
        }
        role.ask(
            "s3:DeleteObject",
            &format!("{bucket}/state/1.gz"),
            &[],
            false,
        );
        role.ask("s3:PutBucketPolicy", bucket, &[], false);
    }
}

/// The actions behind the calls in the code of a template's function.
fn called(names: &Names) -> BTreeSet<String> {
    let function = names.properties("Receiver");
    let code = function["Code"]["ZipFile"].as_str().unwrap();
    let runtime = function["Runtime"].as_str().unwrap();
    let called = if runtime.starts_with("python") {
        called_in_python(code)
    } else {
        called_in_javascript(code)
    };
    let known = CALLS.map(|(action, ..)| action);
    for action in &called {
        assert!(
            known.contains(&action.as_str()),
            "add the resource of {action} to CALLS"
        );
    }
    assert!(called.len() >= 3, "{called:?}");
    called
}

/// `dynamodb = aws("dynamodb")` makes a client, and `dynamodb.put_item(` calls it.
fn called_in_python(code: &str) -> BTreeSet<String> {
    let clients = code.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" = aws(\"")?;
        Some((name, rest.split_once('"')?.0))
    });
    let mut called = BTreeSet::new();
    for (name, service) in clients {
        let prefix = if service == "stepfunctions" {
            "states"
        } else {
            service
        };
        for rest in code.split(&format!("{name}.")).skip(1) {
            let method = identifier(rest);
            if rest[method.len()..].starts_with('(') {
                let words = method.split('_');
                let name: String = words
                    .map(|word| word[..1].to_uppercase() + &word[1..])
                    .collect();
                called.insert(format!("{prefix}:{name}"));
            }
        }
    }
    called
}

/// `const { PutItemCommand } = require("@aws-sdk/client-dynamodb");` names what is called.
fn called_in_javascript(code: &str) -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    for line in code.lines() {
        let Some((imported, rest)) = line.split_once("require(\"@aws-sdk/client-") else {
            continue;
        };
        let service = rest.split_once('"').unwrap().0.replace('-', "");
        let imported = imported.split(|letter: char| !letter.is_alphanumeric());
        for name in imported.filter_map(|name| name.strip_suffix("Command")) {
            called.insert(format!("{service}:{name}"));
        }
    }
    called
}

/// The word at the beginning of some code.
fn identifier(code: &str) -> &str {
    let end = code.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &code[..end.unwrap_or(code.len())]
}
