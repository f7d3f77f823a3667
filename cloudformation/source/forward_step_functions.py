# ---- What this endpoint does with an event: start an execution. ----

stepfunctions = aws("stepfunctions")


def process(delivery):
    # The name is derived from the webhook-id, and Step Functions keeps names unique for 90 days: a duplicate starts
    # nothing, even if the table of this stack has lost the first one.
    name = f"{delivery.event['eventType'][:40]}-{hashlib.sha256(delivery.id.encode()).hexdigest()[:32]}"
    # The event is copied verbatim, so that numbers keep their digits.
    about = {"webhookId": delivery.id, "correlationId": delivery.correlation_id}
    text = json.dumps(about)[:-1] + ', "event": ' + delivery.raw.decode() + "}"
    try:
        stepfunctions.start_execution(stateMachineArn=os.environ["STATE_MACHINE_ARN"], name=name, input=text)
    except stepfunctions.exceptions.ExecutionAlreadyExists:
        log("info", "The execution was started before", webhookId=delivery.id)
    return None
