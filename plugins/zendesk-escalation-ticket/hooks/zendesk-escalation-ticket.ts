// Opens a ticket in Zendesk for a conversation that goes to an agent.
import type { Events, Hook, Results } from "../../../hookpoint";
import { normalEmail } from "../../lib/customer";
import { sha256 } from "../../lib/hash";
import { plain } from "../../lib/markup";
import { url } from "../../lib/query";
import { call } from "../../lib/request";

type Stage = "escalation";

export default async function ticket(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const host = hook.variables.ZendeskHost ?? "";
  const context = event.context ?? {};
  const credentials = `${hook.variables.ZendeskAgent ?? ""}/token:${hook.secrets.ZendeskToken}`;
  const { json } = await call(hook, {
    vendor: "Zendesk",
    method: "POST",
    url: url`https://${host}/api/v2/tickets.json`,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
      "idempotency-key": keyOf(event, hook),
    },
    json: {
      ticket: {
        subject: subjectOf(context),
        comment: { body: bodyOf(context, hook), public: false },
        priority: hook.variables.ZendeskPriority ?? "normal",
        tags: list(hook.variables.ZendeskTags ?? "hookpoint"),
        ...(context.conversationId ? { external_id: plain(context.conversationId, 255) } : {}),
        ...requesterOf(context, hook),
      },
    },
    failure: (body) =>
      Number.isSafeInteger(body.ticket?.id) ? undefined : typeof body.error === "string" ? body.error : "no-ticket",
  });
  const { id } = json.ticket;
  return { context: { ZendeskTicketId: id, ZendeskTicketUrl: url`https://${host}/agent/tickets/${id}` } };
}

/** One key for each event, however often the request is made. Callers choose correlation ids, and may use one for several events. */
function keyOf(event: Events[Stage], hook: Hook): string {
  return sha256(`${hook.correlationId} ${JSON.stringify(event)}`);
}

type Context = NonNullable<Events[Stage]["context"]>;

function subjectOf(context: Context): string {
  const words = plain(context.lastUtterance, 80);
  return words === "" ? "Conversation handed to an agent" : `Conversation: ${words}`;
}

/** What the agent needs to know, a line each. */
function bodyOf(context: Context, hook: Hook): string {
  const facts: Array<[label: string, value: unknown]> = [
    ["Last words", context.lastUtterance],
    ["Intent", context.intentId],
    ["Customer", context.userId],
    ["Channel", context.channelType],
    ["Language", context.languageCode],
    ["Conversation", context.conversationId],
    ...list(hook.variables.ZendeskVariables ?? "").map((name): [string, unknown] => [name, valueOf(context, name)]),
  ];
  const lines = facts.map(([label, value]) => [label, plain(value, 2000)]).filter(([, value]) => value !== "");
  return lines.map(([label, value]) => `${label}: ${value}`).join("\n") || "The conversation gave no details.";
}

/** Zendesk finds the customer by address, or makes a user, who has to have a name. */
function requesterOf(context: Context, hook: Hook): { requester?: { name: string; email: string } } {
  const email = normalEmail(plain(valueOf(context, hook.variables.ZendeskEmailVariable ?? "Email"), 300));
  if (email === undefined) return {};
  return {
    requester: { name: plain(valueOf(context, hook.variables.ZendeskNameVariable ?? "Name"), 100) || email, email },
  };
}

/** A variable of the conversation; objects as JSON. */
function valueOf(context: Context, name: string): unknown {
  const value: unknown = Object.hasOwn(context, name) ? context[name] : undefined;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
