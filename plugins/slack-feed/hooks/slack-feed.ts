// Posts one line to Slack for each event.
import type { Events, Hook } from "../../../hookpoint";
import { nameOf, placeOf } from "../../lib/customer";
import { slack } from "../../lib/markup";
import { call } from "../../lib/request";

type Event = Events["afterSelfServiceLogin"] | Events["afterMfaChange"] | Events["afterConsentUpdate"];

export default async function slackFeed(event: Event, hook: Hook): Promise<void> {
  const target = URL.parse(hook.secrets.SlackUrl ?? "");
  if (target?.protocol !== "https:" || target.hostname !== "hooks.slack.com") {
    throw new Error("the secret SlackUrl is not a webhook of Slack: https://hooks.slack.com/services/…");
  }
  await call(hook, {
    vendor: "Slack",
    method: "POST",
    url: target.href,
    json: { text: lineOf(event, hook) },
    expect: "text",
    failure: (body) => (body.trim() === "ok" ? undefined : body.trim()),
  });
}

function lineOf(event: Event, hook: Hook): string {
  const isFull = hook.variables.SlackShowAddress !== "no";
  const who = isFull ? nameOf(event) : (event.customer?.info?.id ?? "unknown account");
  const from = isFull ? [event.customer?.ipAddress, placeOf(event)].filter(Boolean).join(", ") : "";
  return what(event, who) + (from === "" ? "" : slack` from ${from}`);
}

function what(event: Event, who: string): string {
  const application = event.application?.name ?? "an application";
  switch (event.eventType) {
    case "afterSelfServiceLogin":
      return slack`:bust_in_silhouette: ${who} logged in to ${application}`;
    case "afterMfaChange":
      return slack`:closed_lock_with_key: ${who} ${event.change} a factor (${event.authenticator?.type ?? "unknown"}) in ${application}`;
    case "afterConsentUpdate": {
      const consents = event.consents ?? [];
      const changes = consents.map(({ id, version, accepted }) =>
        `${accepted ? "accepted" : "withdrew"} ${id} ${version ?? ""}`.trim(),
      );
      return slack`:page_facing_up: ${who} ${changes.join(", ") || "changed consents"} in ${application}`;
    }
  }
}
