# ---- Your hook: edit this part. ----


def hook(event, delivery):
    """Receives one event and returns a dict of effects, or None.

    `event["eventType"]` is the stage, `event["context"]` describes the conversation. The sender waits 3 seconds.
    Raise any exception to have an asynchronous delivery retried; raise `Refused(422, "why")` to end it. `delivery.id` is the same
    on every attempt: pass it on as the idempotency key of what you call. What you print goes to the log of this stack.
    """
    context = event.get("context")
    if not isinstance(context, dict):
        context = {}  # Not every stage has one.
    if event["eventType"] == "conversationStart":
        # Strings, numbers and booleans; names of letters, digits, dashes and underscores.
        return {"context": {"Greeting": "Welcome!", "ReturningVisitor": bool(context.get("userId"))}}
    if event["eventType"] == "escalation":
        return {"context": {"EscalationPriority": 1}}
    return None


# ---- Your hook ends here. ----
