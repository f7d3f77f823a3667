// ---- Your hook: edit this part. ----

// Receives one event and returns what should happen, as an object, or nothing.
//
// `event.eventType` says which stage it is, `event.context` what is known about the conversation. The sender waits 3 seconds. Throw any
// error to have an asynchronous delivery tried again; throw `new Refused(422, "why")` to end it. `delivery.id` is the same on every
// attempt: pass it on as the idempotency key of what you call. What you print goes to the log of this stack.
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
