// Posts one record to an endpoint for logs for each event.
import type { Events, Hook } from "../../../hookpoint";
import { endpoint } from "../../lib/endpoint";
import { record, sentence, unmarked } from "../../lib/feed";
import { VendorError, call } from "../../lib/request";

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
  const { status, text } = await call(hook, {
    vendor: VENDOR,
    method: "POST",
    url: endpoint(hook.variables.HttpLogHost, hook.variables.HttpLogPath ?? "/"),
    headers: {
      [hook.variables.HttpLogHeader ?? "authorization"]: hook.secrets.HttpLogCredentials ?? "",
      // The same for each attempt at this event: endpoints that know the header take it once.
      "idempotency-key": hook.correlationId,
      ...(shape === "lines" ? { "content-type": "application/x-ndjson" } : {}),
    },
    ...(shape === "lines" ? { text: `${JSON.stringify(entry)}\n` } : { json: shape === "array" ? [entry] : entry }),
    expect: "any",
  });
  refuse(status, text, hook.variables.HttpLogReply === "any");
}

/** Throws for replies with a good status that are no success: pages of proxies, and failures inside a 200. */
function refuse(status: number, text: string, isAnythingGood: boolean): void {
  if (status === 201 || status === 202 || status === 204) return;
  const body = text.trim();
  let json: any;
  try {
    json = JSON.parse(body);
  } catch {
    if (isAnythingGood && !/^<(!doctype|html|\?xml)/i.test(body)) return;
    throw new VendorError(VENDOR, status, `answered ${status} without JSON; see the parameter HttpLogReply`);
  }
  // Elastic and others report what they refused inside a 200.
  const hasFailed = json?.errors === true || json?.success === false || json?.ok === false || json?.error;
  if (hasFailed) throw new VendorError(VENDOR, status, `answered ${status} with a failure inside`);
}
