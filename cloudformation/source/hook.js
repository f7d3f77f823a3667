// ---- Your hook: edit this part. ----

// Receives one event and returns an object of effects, or nothing.
//
// `event.eventType` is the stage, `event.context` describes the conversation. The sender waits 3 seconds. Throw any
// error to have an asynchronous delivery retried; throw `new Refused(422, "why")` to end it. `delivery.id` is the same
// on every attempt: pass it on as idempotency key to the systems you call. Output goes to the log of this stack.
async function hook(event, delivery) {
  const context = event.context ?? {};
  switch (event.eventType) {
    case "conversationStart":
      // Strings, numbers and booleans; names of letters, digits, dashes and underscores.
      return { context: { Greeting: "Welcome!", ReturningVisitor: Boolean(context.userId) } };
    case "escalation":
      return { context: { EscalationPriority: 1 } };
    default:
      return undefined;
  }
}

// ---- Your hook ends here. ----
