# ---- The receiver, between the internet and your code. Nothing below needs to be edited. ----
#
# The function URL is public: the signature IS the authentication. A request is checked in this order: size, headers,
# time, signature over the raw body (Standard Webhooks 1.0.0); only then is it parsed. Each `webhook-id` is processed
# once: the table holds a lease while it is processed, and the reply after success. In all other cases the sender
# retries.

import base64
import hashlib
import hmac
import json
import math
import os
import re
import time
import traceback
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

TOLERANCE_SECONDS = 300  # Maximum difference between the sender's clock and ours, and maximum age of a copied request.
KEYS_SECONDS = 300  # How long a signing secret that was read is used.
KEYS_AGAIN_SECONDS = 10  # How soon it may be read again, after a failure or because a signature does not fit. Strangers cannot ask more often.
KEYS_AT_MOST_SECONDS = 900  # How long it is used while it cannot be read again.
MAXIMUM_REPLY_BYTES = 262144  # What the sender accepts, and what fits into an item of the table.
MAXIMUM_BODY_BYTES = int(os.environ["MAXIMUM_BODY_BYTES"])
REMEMBER_SECONDS = int(os.environ["REMEMBER_DAYS"]) * 86400
TABLE = os.environ["DELIVERIES_TABLE"]
SECRET = os.environ["SIGNING_SECRET_ARN"]


def aws(service):
    # The sender waits 3 seconds: two short attempts are better than one long one.
    return boto3.client(
        service,
        config=Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"}),
    )


# Created at start, when Lambda provides a full processor.
dynamodb = aws("dynamodb")
secretsmanager = aws("secretsmanager")


class Refused(Exception):
    """Answers the request with this status. The sender retries 429 and 5xx; any other status ends the delivery."""

    def __init__(self, status, message, retry_after=None):
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class Delivery:
    """One genuine event: `raw` is the signed bytes, `event` the parsed object."""

    def __init__(self, headers, raw, event, context):
        self.id = headers["webhook-id"]
        self.correlation_id = re.sub(r"[^!-~]", "", headers.get("nlx-correlation-id", ""))[:64]
        self.headers = headers
        self.raw = raw
        self.event = event
        self.context = context


class Keys:
    """The current and the previous signing key, so that a rotation interrupts nothing."""

    def __init__(self):
        self.keys = []
        self.read_at = self.tried_at = -math.inf

    def current(self):
        # Wall-clock time, so that a cached key ages while the function is frozen.
        now = time.time()
        if not self.keys or now - self.read_at >= KEYS_AT_MOST_SECONDS:
            self.read()
        elif now - self.read_at >= KEYS_SECONDS and now - self.tried_at >= KEYS_AGAIN_SECONDS:
            try:
                self.read()
            except Refused:
                if not self.keys:
                    raise
        return self.keys

    def changed(self):
        """Reads again, unless that was done a moment ago. Returns whether the keys have changed."""
        before = self.keys
        if time.time() - self.tried_at >= KEYS_AGAIN_SECONDS:
            self.read()
        elif self.read_at < self.tried_at:
            raise unreadable()  # The last try failed. There may be a new key, so nothing is refused for good.
        return self.keys != before

    def read(self):
        if time.time() - self.tried_at < 1:
            raise unreadable()
        self.tried_at = time.time()
        try:
            current = decode_key(secret_version("AWSCURRENT"))
            try:
                previous = decode_key(secret_version("AWSPREVIOUS"))
                self.keys = [current, previous]
            except (ValueError, secretsmanager.exceptions.ResourceNotFoundException):
                self.keys = [current]  # Never rotated, or rotated away from a value that was no key.
        except ValueError as error:
            self.keys = []  # Secrets Manager works, and those from before are no longer meant.
            log("error", f"The signing secret cannot be used: {error}")
            raise Refused(503, "The signing secret cannot be used.", retry_after=60) from None
        except (BotoCoreError, ClientError) as error:
            log("error", f"The signing secret cannot be read: {error_name(error)}")
            raise unreadable() from None
        self.read_at = time.time()


def unreadable():
    return Refused(503, "The signing secret cannot be read.", retry_after=1)


def secret_version(stage):
    return secretsmanager.get_secret_value(SecretId=SECRET, VersionStage=stage).get("SecretString", "")


def decode_key(value):
    """The bytes of a signing secret: base64, with or without the prefix `whsec_`."""
    try:
        key = base64.b64decode(value.strip().removeprefix("whsec_"), validate=True)
    except ValueError:
        raise ValueError("it is not base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("it does not have 24 to 64 bytes")
    return key


keys = Keys()


def verify(headers, raw):
    """Returns if the request is genuine and fresh, else raises. Compares every signature with every key in constant time."""
    identifier = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "")
    # No dots in the id: `<id>.<timestamp>.<body>` must be unambiguous.
    if not re.fullmatch(r"[!-\-/-~]{1,255}", identifier) or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise Refused(401, "The headers webhook-id and webhook-timestamp are missing or malformed.")
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise Refused(401, "The header webhook-timestamp is more than five minutes from now.")
    offered = []
    for signature in signatures[:2048].split(" "):
        version, _, encoded = signature.partition(",")
        if version == "v1" and len(encoded) == 44:
            try:
                offered.append(base64.b64decode(encoded, validate=True))
            except ValueError:
                continue
    if not offered:
        raise Refused(401, "The header webhook-signature has no v1 signature.")
    signed = f"{identifier}.{timestamp}.".encode() + raw
    if not fits(keys.current(), signed, offered) and not (keys.changed() and fits(keys.current(), signed, offered)):
        raise Refused(401, "No signature matches.")


def fits(candidates, signed, offered):
    found = False
    for key in candidates:
        expected = hmac.digest(key, signed, hashlib.sha256)
        for signature in offered:
            found |= hmac.compare_digest(expected, signature)
    return found


def body_of(request):
    body = request.get("body") or ""
    if len(body) > MAXIMUM_BODY_BYTES * 4 // 3 + 4:
        raise Refused(413, f"The body has more than {MAXIMUM_BODY_BYTES} bytes.")
    try:
        raw = base64.b64decode(body) if request.get("isBase64Encoded") else body.encode()
    except ValueError:
        raise Refused(400, "The body cannot be decoded.") from None
    if len(raw) > MAXIMUM_BODY_BYTES:
        raise Refused(413, f"The body has more than {MAXIMUM_BODY_BYTES} bytes.")
    return raw


def no_constant(name):
    raise ValueError(name)  # Python reads NaN and Infinity, which are not JSON.


def parse(raw):
    try:
        event = json.loads(raw.decode(), parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON.") from None
    kind = event.get("eventType") if isinstance(event, dict) else None
    if not isinstance(kind, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", kind):
        raise Refused(400, "The body is not an event: it has no eventType.")
    return event


def claim(identifier, context):
    """Leases the delivery for this attempt. Returns the attempt's token, or the stored reply of an earlier success."""
    token = str(uuid.uuid4())
    now = time.time()
    # Lambda ends this attempt at its timeout, so the lease need not last longer.
    lease = math.ceil(now * 1000) + context.get_remaining_time_in_millis() + 500
    item = {
        "id": {"S": identifier},
        "phase": {"S": "working"},
        "claimedBy": {"S": token},
        "leaseUntil": {"N": str(lease)},
        "expires": {"N": str(int(now) + REMEMBER_SECONDS)},
    }
    try:
        dynamodb.put_item(
            TableName=TABLE,
            Item=item,
            # Items may exist for days after `expires`, so it is checked here as well.
            ConditionExpression="attribute_not_exists(id) OR expires <= :now OR (phase = :working AND leaseUntil <= :nowMs)",
            ExpressionAttributeValues={
                ":now": {"N": str(int(now))},
                ":nowMs": {"N": str(int(now * 1000))},
                ":working": {"S": "working"},
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return token, None
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        found = error.response.get("Item", {})
    if found.get("claimedBy", {}).get("S") == token:
        return token, None  # The first try of this very call came through after all.
    if found.get("phase", {}).get("S") == "done":
        return None, answer(int(found["status"]["N"]), found["reply"]["S"], {"hookpoint-replayed": "true"})
    # Not 409, which the sender would treat as final.
    left = int(found.get("leaseUntil", {}).get("N", "0")) / 1000 - now
    raise Refused(503, "This delivery is being processed.", retry_after=max(1, math.ceil(left)))


def finish(identifier, token, response):
    """Stores the reply, so that a duplicate gets the same one. If that fails, the work stays done."""
    item = {
        "id": {"S": identifier},
        "phase": {"S": "done"},
        "claimedBy": {"S": token},
        "status": {"N": str(response["statusCode"])},
        "reply": {"S": response["body"]},
        "expires": {"N": str(int(time.time()) + REMEMBER_SECONDS)},
    }
    try:
        dynamodb.put_item(
            TableName=TABLE,
            Item=item,
            ConditionExpression="claimedBy = :token",
            ExpressionAttributeValues={":token": {"S": token}},
        )
    except (BotoCoreError, ClientError) as error:
        log("error", f"The reply could not be stored; a duplicate will run again: {error_name(error)}", webhookId=identifier)


def release(identifier, token):
    """Releases the delivery after a failure, so that it can be retried at once."""
    try:
        dynamodb.delete_item(
            TableName=TABLE,
            Key={"id": {"S": identifier}},
            ConditionExpression="claimedBy = :token",
            ExpressionAttributeValues={":token": {"S": token}},
        )
    except (BotoCoreError, ClientError) as error:
        log("warn", f"The delivery stays leased until its lease ends: {error_name(error)}", webhookId=identifier)


def reply_of(value):
    if value is None:
        return answer(204, "")
    if not isinstance(value, dict):
        raise TypeError("the reply must be a dict or None")
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(text.encode()) > MAXIMUM_REPLY_BYTES:
        raise ValueError(f"the reply has more than {MAXIMUM_REPLY_BYTES} bytes")
    return answer(200, text)


def answer(status, text, headers=None):
    kind = {"content-type": "application/json"} if text else {}
    return {"statusCode": status, "headers": {**kind, **(headers or {})}, "body": text}


def refusal(error):
    headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
    return answer(error.status, json.dumps({"error": str(error)}), headers)


def log(level, message, **fields):
    # One line of JSON. Never a body, a signature or a secret.
    print(json.dumps({"level": level, "message": message, **fields}), flush=True)


def error_name(error):
    response = getattr(error, "response", None) or {}
    return response.get("Error", {}).get("Code") or type(error).__name__


def work(delivery):
    try:
        token, stored = claim(delivery.id, delivery.context)
    except (BotoCoreError, ClientError) as error:
        log("error", f"The table is unreachable: {error_name(error)}", webhookId=delivery.id)
        raise Refused(503, "The table is unreachable.", retry_after=1) from None
    if stored:
        return stored
    try:
        response = reply_of(process(delivery))
    except BaseException:
        release(delivery.id, token)
        raise
    finish(delivery.id, token, response)
    return response


def handler(request, context):
    """The handler of requests to the function URL."""
    started = time.time()
    fields = {}
    try:
        if request["requestContext"]["http"]["method"] != "POST":
            raise Refused(405, "Only POST is allowed.")
        headers = request["headers"]
        raw = body_of(request)
        verify(headers, raw)
        fields["webhookId"] = headers["webhook-id"]
        event = parse(raw)
        delivery = Delivery(headers, raw, event, context)
        fields |= {"correlationId": delivery.correlation_id, "eventType": event["eventType"]}
        response = work(delivery)
    except Refused as error:
        response = refusal(error)
        fields["reason"] = str(error)
    except Exception as error:
        # Logs where it happened, without the message, which may quote an event.
        frames = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        log("error", "The event could not be processed", error=error_name(error), frames=frames[-8:], **fields)
        response = answer(500, json.dumps({"error": "The event could not be processed."}))
    fields |= {"status": response["statusCode"], "milliseconds": round((time.time() - started) * 1000)}
    log("info" if response["statusCode"] < 500 else "error", "Delivery answered", **fields)
    return response
