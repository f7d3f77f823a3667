# ---- What this endpoint does with an event: send it to the queue. ----

sqs = aws("sqs")
QUEUE = os.environ["QUEUE_URL"]


def process(delivery):
    # The body is the event verbatim, so that numbers keep their digits. Two characters that SQS rejects can only appear
    # in strings, where they are escaped. Receivers must expect duplicates, which have the same `webhookId`.
    attributes = {"webhookId": delivery.id, "eventType": delivery.event["eventType"]}
    if delivery.correlation_id:
        attributes["correlationId"] = delivery.correlation_id
    message = {
        "QueueUrl": QUEUE,
        "MessageBody": delivery.raw.decode().translate({0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}),
        "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    }
    if QUEUE.endswith(".fifo"):
        # Hashed, because ids may have characters that SQS rejects.
        message["MessageGroupId"] = digest(subject(delivery))
        message["MessageDeduplicationId"] = digest(delivery.id)
    sqs.send_message(**message)
    return None


def subject(delivery):
    """Whom the event is about: events of one conversation or customer keep their order."""
    for path in (("context", "conversationId"), ("customer", "info", "id"), ("context", "userId")):
        value = delivery.event
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            return value
    return delivery.id


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
