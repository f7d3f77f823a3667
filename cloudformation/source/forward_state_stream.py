# ---- What this endpoint does with an event: write it to the stream, as one line. ----

firehose = aws("firehose")
EVENT_TYPES = {name for name in os.environ["EVENT_TYPES"].split(",") if name}


def process(delivery):
    if EVENT_TYPES and delivery.event["eventType"] not in EVENT_TYPES:
        raise Refused(422, f"This endpoint accepts {', '.join(sorted(EVENT_TYPES))}, not {delivery.event['eventType']}.")
    # The event is copied verbatim, so that numbers keep their digits. A line break can only be between two JSON tokens,
    # never inside a string, so a space can replace it.
    event = delivery.raw.decode().translate({10: " ", 13: " "})
    about = {"webhookId": delivery.id, "correlationId": delivery.correlation_id, "receivedAt": int(time.time() * 1000)}
    line = json.dumps(about)[:-1] + ', "event": ' + event + "}\n"
    firehose.put_record(DeliveryStreamName=os.environ["DELIVERY_STREAM"], Record={"Data": line.encode()})
    return None
