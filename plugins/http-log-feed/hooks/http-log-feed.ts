// Posts one record to an endpoint for logs for each event.
import type { Events, Hook } from "../../../hookpoint";
import { confirmed, endpoint } from "../../lib/endpoint";
import { record, sentence, unmarked } from "../../lib/feed";
import { call } from "../../lib/request";

type Event = Events["afterSelfServiceLogin"] | Events["afterMfaChange"] | Events["afterConsentUpdate"];

const VENDOR = "The endpoint for logs";

export default async function httpLogFeed(event: Event, hook: Hook): Promise<void> {
  const isFull = hook.variables.HttpLogShowAddress !== "no";
  const entry = {
    "@timestamp": `${new Date().toISOString().slice(0, 19)}Z`,
    level: "info",
    service: "hookpoint",
    message: sentence(event, isFull, unmarked),
    ...record(event, isFull),
  };
  const shape = hook.variables.HttpLogShape ?? "object";
  const reply = await call(hook, {
    vendor: VENDOR,
    method: "POST",
    url: endpoint(hook.variables.HttpLogHost, hook.variables.HttpLogPath ?? "/"),
    headers: {
      [hook.variables.HttpLogHeader ?? "authorization"]: hook.secrets.HttpLogCredentials ?? "",
      // The same for each attempt at this event: endpoints that know the header take it once.
      "idempotency-key": hook.deliveryId ?? hook.correlationId,
      ...(shape === "lines" ? { "content-type": "application/x-ndjson" } : {}),
    },
    ...(shape === "lines" ? { text: `${JSON.stringify(entry)}\n` } : { json: shape === "array" ? [entry] : entry }),
    expect: "any",
  });
  const isPage = /^\s*<(!doctype|html|\?xml)/i.test(reply.text);
  if (hook.variables.HttpLogReply === "any" && reply.json === undefined && !isPage) return;
  confirmed(VENDOR, reply);
}
