"""Creates the stack of a template in the emulated AWS: `stack.py TEMPLATE NAME PARAMETERS`. Prints the result as JSON.

CloudFormation of the emulator makes what it can. The types that it does not know are made here, from the same properties, before it or
after it; a type that is on neither list is an error.
"""

import json
import sys

import boto3
from cfnlint.decode import decode

EMULATED = {
    "AWS::DynamoDB::Table",
    "AWS::Events::Archive",
    "AWS::Events::EventBus",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
}
# Resources that no event passes through.
ABSENT = {"AWS::CloudWatch::Alarm", "AWS::Logs::LogStream", "AWS::S3::BucketPolicy"}


def secret(stack, logical_id, properties):
    """Implements `GenerateSecretString`."""
    client = boto3.client("secretsmanager")
    wanted = dict(properties["GenerateSecretString"])
    value = client.get_random_password(**wanted)["RandomPassword"]
    assert len(value) == wanted["PasswordLength"] and value.isalnum(), value
    return client.create_secret(Name=f"{stack}-{logical_id}", SecretString=value)["ARN"]


def url(stack, logical_id, properties):
    assert properties["AuthType"] == "NONE", properties
    return "http://127.0.0.1/"


def stream_name(stack, logical_id, properties):
    return f"{stack}-{logical_id}"


# Created first; they become parameters, so that the rest can refer to them.
BEFORE = {
    "AWS::KinesisFirehose::DeliveryStream": stream_name,
    "AWS::Lambda::Url": url,
    "AWS::SecretsManager::Secret": secret,
}


def replace_attributes(node, made):
    """Turns `Fn::GetAtt` of a resource created before into a `Ref` to its parameter."""
    if isinstance(node, list):
        return [replace_attributes(item, made) for item in node]
    if isinstance(node, dict):
        target = node.get("Fn::GetAtt")
        if target and (target.split(".")[0] if isinstance(target, str) else target[0]) in made:
            return {"Ref": target.split(".")[0] if isinstance(target, str) else target[0]}
        return {key: replace_attributes(value, made) for key, value in node.items()}
    return node


def make_stream(name, properties, resources):
    destination = properties["ExtendedS3DestinationConfiguration"]
    boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType=properties["DeliveryStreamType"],
        ExtendedS3DestinationConfiguration={
            "BucketARN": f"arn:aws:s3:::{resources['Bucket']}",
            "RoleARN": f"arn:aws:iam::123456789012:role/{resources['StreamRole']}",
            "Prefix": destination["Prefix"],
            "ErrorOutputPrefix": destination["ErrorOutputPrefix"],
        },
    )


def main(path, stack, parameters):
    template, errors = decode(path)
    assert not errors, errors
    template = json.loads(json.dumps(template, default=str))
    made, streams = {}, {}
    for logical_id, resource in list(template["Resources"].items()):
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in BEFORE:
            made[logical_id] = BEFORE[kind](stack, logical_id, properties)
            if kind == "AWS::KinesisFirehose::DeliveryStream":
                streams[logical_id] = properties
            template["Parameters"][logical_id] = {"Type": "String", "Default": made[logical_id]}
        else:
            assert kind in EMULATED | ABSENT, f"{kind}: add how to create it"
        if kind in BEFORE or kind in ABSENT:
            del template["Resources"][logical_id]
    template = replace_attributes(template, made)
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    )
    status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    assert status == "CREATE_COMPLETE", status
    summaries = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    resources = {summary["LogicalResourceId"]: summary["PhysicalResourceId"] for summary in summaries} | made
    for logical_id, properties in streams.items():
        make_stream(made[logical_id], properties, resources)
    function = boto3.client("lambda").get_function_configuration(FunctionName=resources["Receiver"])
    return {
        "code": template["Resources"]["Receiver"]["Properties"]["Code"]["ZipFile"],
        "runtime": function["Runtime"],
        "timeoutSeconds": function["Timeout"],
        "environment": {key: str(value) for key, value in function["Environment"]["Variables"].items()},
        "resources": resources,
    }


path, stack, parameters = sys.argv[1:]
json.dump(main(path, stack, json.loads(parameters)), sys.stdout)
