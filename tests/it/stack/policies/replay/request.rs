//! Which permissions a request to AWS needs.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::super::names::arn;

/// The parts of a request that say what it needs.
pub(super) struct Request {
    /// `DynamoDB_20120810.Query`; empty in the protocol of forms.
    pub(super) target: String,
    pub(super) body: Vec<u8>,
}

/// Something that a role must be allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    pub(super) action: &'static str,
    /// The ARN.
    pub(super) resource: String,
    /// The partitions of a table.
    pub(super) keys: Vec<String>,
    /// The attributes that an update names.
    pub(super) attributes: Vec<String>,
}

impl Access {
    fn to(action: &'static str, resource: String) -> Self {
        Self {
            action,
            resource,
            keys: Vec::new(),
            attributes: Vec::new(),
        }
    }
}

impl Request {
    /// What it needs. Panics on one that is not known here.
    pub(super) fn accesses(&self) -> Vec<Access> {
        let Some((service, operation)) = self.target.split_once('.') else {
            return self.of_form();
        };
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        match service {
            "DynamoDB_20120810" => of_table(operation, &body),
            "secretsmanager" => vec![of_secret(operation, &body)],
            "AmazonSQS" => vec![of_queue(operation, &body)],
            _ => panic!("{}: unknown service", self.target),
        }
    }

    fn of_form(&self) -> Vec<Access> {
        let form: Map<String, Value> = form_urlencoded::parse(&self.body)
            .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
            .collect();
        match form["Action"].as_str().unwrap() {
            "DescribeStacks" => {
                let stack = form["StackName"].as_str().unwrap();
                let resource = arn("cloudformation", &format!("stack/{stack}/51af3dc0"));
                vec![Access::to("cloudformation:DescribeStacks", resource)]
            }
            // It needs no permission.
            "GetCallerIdentity" => Vec::new(),
            other => panic!("unknown action `{other}`"),
        }
    }
}

fn of_table(operation: &str, body: &Value) -> Vec<Access> {
    let one = |action, keys: Vec<String>| {
        let table = table(&body["TableName"]);
        let resource = match body["IndexName"].as_str() {
            Some(index) => format!("{table}/index/{index}"),
            None => table,
        };
        vec![Access {
            keys,
            ..Access::to(action, resource)
        }]
    };
    match operation {
        "GetItem" => one("dynamodb:GetItem", vec![partition(&body["Key"])]),
        "PutItem" => one("dynamodb:PutItem", vec![partition(&body["Item"])]),
        "DeleteItem" => one("dynamodb:DeleteItem", vec![partition(&body["Key"])]),
        "Query" => {
            let condition = body["KeyConditionExpression"].as_str().unwrap();
            assert!(condition.starts_with("pk = :pk"), "{condition}");
            let key = text(&body["ExpressionAttributeValues"][":pk"]["S"]);
            one("dynamodb:Query", vec![key])
        }
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().unwrap().iter();
            let access = |(name, wanted): (&String, &Value)| Access {
                keys: distinct(wanted["Keys"].as_array().unwrap().iter().map(partition)),
                ..Access::to("dynamodb:BatchGetItem", table(&name.as_str().into()))
            };
            tables.map(access).collect()
        }
        "TransactWriteItems" => transaction(body["TransactItems"].as_array().unwrap()),
        _ => panic!("unknown operation `{operation}`"),
    }
}

/// Needs what its writes need, each kind of them for all its partitions at once: the stricter reading of what AWS documents.
fn transaction(writes: &[Value]) -> Vec<Access> {
    const KINDS: [(&str, &str, &str); 3] = [
        ("Put", "Item", "dynamodb:PutItem"),
        ("Delete", "Key", "dynamodb:DeleteItem"),
        ("Update", "Key", "dynamodb:UpdateItem"),
    ];
    let known = |write: &Value| KINDS.iter().any(|(kind, ..)| !write[*kind].is_null());
    assert!(writes.iter().all(known), "{writes:?}");
    let kinds = KINDS.iter().filter_map(|(kind, of, action)| {
        let of_kind = || writes.iter().filter(|write| !write[*kind].is_null());
        let table = table(&of_kind().next()?[*kind]["TableName"]);
        Some(Access {
            keys: distinct(of_kind().map(|write| partition(&write[*kind][*of]))),
            attributes: distinct(of_kind().flat_map(|write| updated(&write[*kind]))),
            ..Access::to(action, table)
        })
    });
    kinds.collect()
}

/// The attributes that an update names, the key's included; none for other writes.
fn updated(write: &Value) -> Vec<String> {
    let Some(update) = write["UpdateExpression"].as_str() else {
        return Vec::new();
    };
    let condition = write["ConditionExpression"].as_str().unwrap();
    let words = format!("{update} {condition}");
    let names = words.split([' ', ',', '=', '(', ')']);
    let is_name = |word: &&str| word.starts_with(|first: char| first.is_ascii_lowercase());
    let key = write["Key"].as_object().unwrap().keys();
    key.cloned()
        .chain(names.filter(is_name).map(str::to_owned))
        .collect()
}

fn of_secret(operation: &str, body: &Value) -> Access {
    let (action, name) = match operation {
        "ListSecrets" => return Access::to("secretsmanager:ListSecrets", "*".to_owned()),
        "CreateSecret" => {
            assert!(
                body["Tags"].is_null(),
                "tags need a permission of their own"
            );
            ("secretsmanager:CreateSecret", &body["Name"])
        }
        "PutSecretValue" => ("secretsmanager:PutSecretValue", &body["SecretId"]),
        "RestoreSecret" => ("secretsmanager:RestoreSecret", &body["SecretId"]),
        "DeleteSecret" => ("secretsmanager:DeleteSecret", &body["SecretId"]),
        "GetSecretValue" => ("secretsmanager:GetSecretValue", &body["SecretId"]),
        _ => panic!("unknown operation `{operation}`"),
    };
    let name = format!("secret:{}-a1B2c3", text(name));
    Access::to(action, arn("secretsmanager", &name))
}

fn of_queue(operation: &str, body: &Value) -> Access {
    // Batches need the permission of their parts.
    let action = match operation.trim_end_matches("Batch") {
        "ReceiveMessage" => "sqs:ReceiveMessage",
        "ChangeMessageVisibility" => "sqs:ChangeMessageVisibility",
        "DeleteMessage" => "sqs:DeleteMessage",
        "GetQueueAttributes" => "sqs:GetQueueAttributes",
        "SendMessage" => "sqs:SendMessage",
        _ => panic!("unknown operation `{operation}`"),
    };
    let url = text(&body["QueueUrl"]);
    Access::to(action, arn("sqs", url.rsplit('/').next().unwrap()))
}

fn table(name: &Value) -> String {
    arn("dynamodb", &format!("table/{}", text(name)))
}

fn partition(item: &Value) -> String {
    text(&item["pk"]["S"])
}

fn distinct(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    keys.dedup();
    keys
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
