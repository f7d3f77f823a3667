"""Reads and changes the resources behind an endpoint in the emulated AWS: `targets.py COMMAND ARGUMENTS…`. Prints JSON."""

import json
import sys

import boto3


def secret(arn):
    return boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]


def rotate(arn, value):
    boto3.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=value)


def distrust_previous(arn):
    """Revokes a leaked secret, like an operator."""
    client = boto3.client("secretsmanager")
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    previous = next(version for version, stages in versions.items() if "AWSPREVIOUS" in stages)
    client.update_secret_version_stage(SecretId=arn, VersionStage="AWSPREVIOUS", RemoveFromVersionId=previous)


def take_away(arn):
    """Makes reading the secret fail, until it is restored."""
    boto3.client("secretsmanager").delete_secret(SecretId=arn, RecoveryWindowInDays=7)


def give_back(arn):
    boto3.client("secretsmanager").restore_secret(SecretId=arn)


def deliveries(table):
    items = boto3.client("dynamodb").scan(TableName=table)["Items"]
    return {item["id"]["S"]: item["phase"]["S"] for item in items}


def messages(queue):
    client = boto3.client("sqs")
    found = []
    while received := client.receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
    ).get("Messages"):
        for message in received:
            attributes = message.get("MessageAttributes", {})
            found.append(
                {
                    "body": message["Body"],
                    "attributes": {name: value["StringValue"] for name, value in attributes.items()},
                    "group": message["Attributes"].get("MessageGroupId"),
                }
            )
            client.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def attach(bus):
    """A rule on the bus that sends escalations from one channel to a queue; its URL."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName=f"{bus}-escalations")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"detail-type": ["escalation"], "detail": {"event": {"context": {"channelType": ["API"]}}}}
    events.put_rule(Name="escalations", EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule="escalations", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def executions(state_machine):
    client = boto3.client("stepfunctions")
    found = client.list_executions(stateMachineArn=state_machine)["executions"]
    return [client.describe_execution(executionArn=execution["executionArn"])["input"] for execution in found]


def objects(bucket):
    client = boto3.client("s3")
    keys = [item["Key"] for item in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys}


commands = [
    secret,
    rotate,
    distrust_previous,
    take_away,
    give_back,
    deliveries,
    messages,
    attach,
    executions,
    objects,
]
command, arguments = sys.argv[1], sys.argv[2:]
json.dump({function.__name__: function for function in commands}[command](*arguments), sys.stdout)
