// Sends one event to Splunk's HTTP Event Collector for each event.
import type { Events, Hook } from "../../../hookpoint";
import { endpoint } from "../../lib/endpoint";
import { record } from "../../lib/feed";
import { call } from "../../lib/request";

type Event = Events["afterSelfServiceLogin"] | Events["afterMfaChange"] | Events["afterConsentUpdate"];

export default async function splunkFeed(event: Event, hook: Hook): Promise<void> {
  const isFull = hook.variables.SplunkShowAddress !== "no";
  const index = hook.variables.SplunkIndex ?? "";
  await call(hook, {
    vendor: "Splunk",
    method: "POST",
    url: endpoint(hook.variables.SplunkHost, "/services/collector/event", hook.variables.SplunkPort ?? "443"),
    headers: { authorization: `Splunk ${hook.secrets.SplunkToken}` },
    json: {
      time: Math.floor(Date.now() / 1000),
      host: "hookpoint",
      source: `hookpoint:${event.application?.clientId ?? "unknown"}`,
      sourcetype: "_json",
      ...(index === "" ? {} : { index }),
      event: record(event, isFull),
    },
    // The collector says what it did by a code of its own: 0 is success.
    failure: (body) => (body.code === 0 ? undefined : String(body.code ?? "no-code")),
  });
}
