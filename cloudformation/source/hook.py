# ---- Your hook: edit this part. ----


def hook(event, delivery):
    """Receives one event and returns what should happen, as a dict, or None for nothing.

    `event["eventType"]` says which stage it is, `event["context"]` what is known about the conversation. The sender waits 3 seconds.
    Raise any exception to have an asynchronous delivery tried again; raise `Refused(422, "why")` to end it. `delivery.id` is the same
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
