# ---- What this endpoint does with an event: put it on the bus. ----

# Final causes: the sender gives the delivery up and keeps it with this reason.
FINAL = {"InvalidArgument", "InvalidArgumentException", "MalformedDetail", "ValidationException"}

events = aws("events")


def process(delivery):
    # The event is copied verbatim, so that numbers keep their digits. Rules match on `detail.event`.
    about = {"webhookId": delivery.id, "correlationId": delivery.correlation_id}
    detail = json.dumps(about)[:-1] + ', "event": ' + delivery.raw.decode() + "}"
    entry = {
        "EventBusName": os.environ["EVENT_BUS"],
        "Source": os.environ["EVENT_SOURCE"],
        "DetailType": delivery.event["eventType"],
        "Detail": detail,
    }
    # A successful call may still report that the bus refused the entry.
    result = events.put_events(Entries=[entry])["Entries"][0]
    if "EventId" not in result:
        code = result.get("ErrorCode", "unknown")
        raise Refused(422 if code in FINAL else 503, f"The bus refused the event: {code}.")
    return None
