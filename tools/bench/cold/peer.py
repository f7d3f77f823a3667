"""A hook as one would write it for Python: boto3, the reads at once where they can be."""

import http.client
import json
import os
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

import boto3

TABLE = os.environ["HOOKPOINT_TABLE"]
INVOCATION = "/2018-06-01/runtime/invocation"
session = boto3.session.Session()
dynamodb = session.client("dynamodb")
secrets_manager = session.client("secretsmanager")
threads = ThreadPoolExecutor(2)
known = {}
connections = {}


def kept(name, seconds, load):
    if name not in known or time.monotonic() - known[name][0] > seconds:
        known[name] = (time.monotonic(), load())
    return known[name][1]


def application():
    key = {"pk": {"S": "application#" + os.environ["PEER_APPLICATION"]}, "sk": {"S": "meta"}}
    return json.loads(dynamodb.get_item(TableName=TABLE, Key=key)["Item"]["body"]["S"])


def binding():
    found = dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": os.environ["PEER_PARTITION"]}, ":sk": {"S": "binding#"}},
    )
    if not found["Items"]:
        raise LookupError("nothing is bound")
    # It stands in for the hook, so that this program need not read one.
    return json.loads(os.environ["PEER_HOOK"])


def read():
    reads = [threads.submit(load) for load in (application, binding)]
    return [each.result() for each in reads]


def post(url, token, body):
    parts = urllib.parse.urlsplit(url)
    if parts.netloc not in connections:
        connections[parts.netloc] = http.client.HTTPConnection(parts.netloc)
    headers = {"content-type": "application/json", "webhook-id": str(uuid.uuid4()), "x-token": token}
    connections[parts.netloc].request("POST", parts.path, body, headers)
    return json.loads(connections[parts.netloc].getresponse().read())


def handle(event):
    stored, hook = kept("hooks", 10, read)
    if not stored["ingestKeys"] or "authorization" not in event["headers"]:
        return {"statusCode": 401}
    response = hook.get("response")
    if "url" in hook:
        load = lambda: secrets_manager.get_secret_value(SecretId=hook["secret"])["SecretString"]
        response = post(hook["url"], kept(hook["secret"], 300, load), event["body"])
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(response)}


runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    runtime.request("GET", INVOCATION + "/next")
    invocation = runtime.getresponse()
    event = json.loads(invocation.read())
    path = f"{INVOCATION}/{invocation.headers['lambda-runtime-aws-request-id']}/response"
    runtime.request("POST", path, json.dumps(handle(event)))
    runtime.getresponse().read()
