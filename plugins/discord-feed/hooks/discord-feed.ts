// Posts one line to Discord for each event.
import type { Events, Hook } from "../../../hookpoint";
import { sentence } from "../../lib/feed";
import { markdown } from "../../lib/markup";
import { call } from "../../lib/request";

type Event = Events["afterSelfServiceLogin"] | Events["afterMfaChange"] | Events["afterConsentUpdate"];

/** The most characters of a message. */
const MOST = 2000;

const ICONS = { afterSelfServiceLogin: "👤", afterMfaChange: "🔐", afterConsentUpdate: "📄" };

export default async function discordFeed(event: Event, hook: Hook): Promise<void> {
  const line = `${ICONS[event.eventType]} ${sentence(event, hook.variables.DiscordShowAddress !== "no", markdown)}`;
  await call(hook, {
    vendor: "Discord",
    method: "POST",
    url: target(hook),
    // An empty list: whatever the text holds, no user is mentioned.
    json: { content: cut(line), allowed_mentions: { parse: [] } },
    // With `wait=true` the reply is the message as it was saved.
    failure: (body) => (typeof body.id === "string" ? undefined : String(body.code ?? "no-message")),
  });
}

function target(hook: Hook): string {
  const parsed = URL.parse(hook.secrets.DiscordUrl ?? "");
  const isWebhook = /^\/api\/(v\d+\/)?webhooks\/\d+\/[\w-]+\/?$/.test(parsed?.pathname ?? "");
  if (parsed?.protocol !== "https:" || parsed.hostname !== "discord.com" || !isWebhook) {
    throw new Error("the secret DiscordUrl is not a webhook of Discord: https://discord.com/api/webhooks/…/…");
  }
  const parameters = new URLSearchParams({ wait: "true" });
  const thread = hook.variables.DiscordThread ?? "";
  if (thread !== "") parameters.set("thread_id", thread);
  parsed.search = parameters.toString();
  return parsed.href;
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= MOST ? text : `${characters.slice(0, MOST - 1).join("").replace(/\\+$/, "")}…`;
}
