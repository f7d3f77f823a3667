"""What a stack holds. Standard input: {"table", "queues": their URLs}. Standard output: every item of the table by its key, the number of
messages in each queue, the versions of every secret, and what the log groups have. What is left of a trial to expire does not count: entries
that led to its records, and the continuations that it used."""

import json
import sys

import boto3

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")
secrets = boto3.client("secretsmanager")
logs = boto3.client("logs")


def pages(client, operation, key, **arguments):
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def is_left_to_expire(key, item):
    leads_to_records = "#runs: " in key or ":hooks:" in key
    is_left = leads_to_records or "#idempotency:" in key
    return is_left and "hookpoint-smoke-" in key and "expires" in item


def main(table, queues):
    items = pages(dynamodb, "scan", "Items", TableName=table)
    keyed = {f"{item['pk']['S']} {item['sk']['S']}": item for item in items}
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    return {
        "items": {key: item for key, item in keyed.items() if not is_left_to_expire(key, item)},
        "messages": {url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"] for url in queues},
        "secrets": {secret["Name"]: secret["SecretVersionsToStages"] for secret in pages(secrets, "list_secrets", "SecretList")},
        "logs": {group["logGroupName"]: group["storedBytes"] for group in pages(logs, "describe_log_groups", "logGroups")},
    }


json.dump(main(**json.load(sys.stdin)), sys.stdout, default=repr)
