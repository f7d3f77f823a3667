//! Names of a stack's resources: resolves references in policies to the ARNs on AWS.

use serde_json::{Map, Value};

use crate::template::{
    resolution::Resolution,
    translation::{Parameters, REGION, Template},
};

/// The name of the stack.
pub(super) const STACK: &str = "prod";
/// The unique part of the stack's id.
const UNIQUE: &str = "51af3dc0-da77-11e4-872e-1234567abcde";
/// The account id of the stack.
pub(super) const ACCOUNT: &str = "123456789012";

/// An ARN in the stack's region and account.
pub(super) fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

/// The stack that a template would create.
pub(super) struct Names {
    pub(super) resolution: Resolution,
    parameters: Parameters,
}

impl Names {
    pub(super) fn of(template: &Template) -> Self {
        Self {
            resolution: template.resolution(),
            parameters: template.parameters.clone(),
        }
    }

    /// The properties of a resource.
    pub(super) fn properties(&self, id: &str) -> &Value {
        &self.resolution.resources[id]["Properties"]
    }

    /// Whether the target of a reference exists.
    pub(super) fn has(&self, reference: &str) -> bool {
        let id = reference.split('.').next();
        id.is_some_and(|id| self.resolution.resources.contains_key(id))
    }

    /// A value with its references resolved.
    pub(super) fn resolved(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolved(item)).collect(),
            Value::Object(members) => self.object(members),
            other => other.clone(),
        }
    }

    fn object(&self, members: &Map<String, Value>) -> Value {
        let mut entries = members.iter();
        match (entries.next(), entries.next()) {
            (Some((function, operand)), None) if function == "Ref" || function.contains("::") => {
                self.called(function, operand)
            }
            _ => {
                let members = members.iter();
                members
                    .map(|(name, member)| (name.clone(), self.resolved(member)))
                    .collect()
            }
        }
    }

    /// Evaluates an intrinsic function. Panics on an unknown one.
    fn called(&self, function: &str, operand: &Value) -> Value {
        let text = |value: &Value| self.resolved(value).as_str().unwrap().to_owned();
        match function {
            "Ref" => self.reference(&text(operand)).into(),
            "Fn::Sub" => self.substituted(&text(operand)).into(),
            "Fn::GetAtt" => {
                let parts = operand.as_array();
                let parts = parts.map_or_else(
                    || vec![text(operand)],
                    |parts| parts.iter().map(text).collect(),
                );
                self.reference(&parts.join(".")).into()
            }
            "Fn::Join" => {
                let parts = operand[1].as_array().unwrap().iter().map(text);
                parts.collect::<Vec<_>>().join(&text(&operand[0])).into()
            }
            "Fn::Select" => {
                let index = usize::try_from(operand[0].as_u64().unwrap()).unwrap();
                self.resolved(&operand[1])[index].clone()
            }
            "Fn::Split" => text(&operand[1]).split(&text(&operand[0])).collect(),
            other => panic!("unknown function `{other}`"),
        }
    }

    fn substituted(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${") else {
            return text.to_owned();
        };
        let (name, after) = rest.split_once('}').unwrap();
        let value = match name.strip_prefix('!') {
            // For IAM, which puts in a variable of the request.
            Some(variable) => format!("${{{variable}}}"),
            None => self.reference(name),
        };
        before.to_owned() + &value + &self.substituted(after)
    }

    /// The value of a reference to a resource or one of its attributes.
    pub(super) fn reference(&self, name: &str) -> String {
        match name {
            "AWS::StackName" => return STACK.to_owned(),
            "AWS::AccountId" => return ACCOUNT.to_owned(),
            "AWS::Region" => return REGION.to_owned(),
            "AWS::StackId" => return arn("cloudformation", &format!("stack/{STACK}/{UNIQUE}")),
            "AWS::Partition" => return "aws".to_owned(),
            _ => {}
        }
        // Parameters are already resolved, except within text.
        if let Some(value) = self.parameters.get(name) {
            return value.clone();
        }
        let (id, attribute) = name.split_once('.').unwrap_or((name, ""));
        let kind = self.resolution.resources[id]["Type"].as_str().unwrap();
        let name = self.name(id);
        match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", &format!("table/{name}")),
            ("AWS::Events::EventBus", "Arn") => arn("events", &format!("event-bus/{name}")),
            ("AWS::KinesisFirehose::DeliveryStream", "Arn") => {
                arn("firehose", &format!("deliverystream/{name}"))
            }
            ("AWS::Lambda::Function", "Arn") => arn("lambda", &format!("function:{name}")),
            // It ends in `:*`, the streams of the group.
            ("AWS::Logs::LogGroup", "Arn") => arn("logs", &format!("log-group:{name}:*")),
            ("AWS::Logs::LogGroup", "") => name,
            ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{name}"),
            // It ends in six letters that Secrets Manager chooses.
            ("AWS::SecretsManager::Secret", "") => {
                arn("secretsmanager", &format!("secret:{name}-a1B2c3"))
            }
            ("AWS::SQS::Queue", "Arn") => arn("sqs", &name),
            ("AWS::StepFunctions::StateMachine", "") => {
                arn("states", &format!("stateMachine:{name}"))
            }
            other => panic!("{other:?} in a policy"),
        }
    }

    /// The name of a resource in the template, or a generated one.
    fn name(&self, id: &str) -> String {
        let properties = self.properties(id);
        let given = ["Name", "QueueName", "LogGroupName"]
            .iter()
            .find_map(|name| properties.get(name));
        match given {
            Some(name) => self.resolved(name).as_str().unwrap().to_owned(),
            None => format!("{}-{}-abc123", STACK, id.to_lowercase()),
        }
    }
}
