// Puts one entry on a bus of EventBridge for each event.
import type { Events, Hook } from "../../../hookpoint";
import { jsonHeaders, signed } from "../../lib/aws";
import { url } from "../../lib/query";
import { VendorError, call, isTemporaryCode } from "../../lib/request";

type Stage =
  | "afterRegistration"
  | "afterSelfServiceLogin"
  | "afterMfaChange"
  | "afterConsentUpdate"
  | "afterAccountUpdate"
  | "afterAccountDeletion";

/** What stays here: data of the journey, which readers of the bus do not need. */
const LEFT_OUT = new Set([
  "eventType",
  "context",
  "session",
  "oidcContext",
  "continueContext",
  "continueRequestParameters",
]);

/** The most bytes of a detail as it is sent, as JSON inside JSON: a request of a hook may have 256 KB. */
const MOST_BYTES = 250_000;

export default async function eventBridgeFeed(event: Events[Stage], hook: Hook): Promise<void> {
  const failure = await put(event, hook);
  if (failure === undefined) return;
  const what = `answered 200 and refused the entry (${failure})`;
  throw new VendorError("EventBridge", 200, what, isTemporaryCode(failure));
}

/** Puts the entry, and returns the code of its failure. */
async function put(event: Events[Stage], hook: Hook): Promise<string | undefined> {
  const region = hook.variables.EventBridgeRegion ?? "";
  const keys = {
    accessKeyId: hook.secrets.EventBridgeAccessKeyId ?? "",
    secretAccessKey: hook.secrets.EventBridgeSecretAccessKey ?? "",
  };
  const { json } = await call(hook, {
    vendor: "EventBridge",
    method: "POST",
    url: url`https://events.${region}.amazonaws.com/`,
    headers: jsonHeaders("AWSEvents.PutEvents", "1.1"),
    json: {
      Entries: [
        {
          EventBusName: hook.variables.EventBridgeBus ?? "default",
          Source: hook.variables.EventBridgeSource ?? "hookpoint",
          DetailType: event.eventType,
          Detail: detailOf(event, hook.variables.EventBridgeDetail !== "ids"),
        },
      ],
    },
    sign: signed(keys, region, "events"),
    failure: (body) => (typeof body.FailedEntryCount === "number" ? undefined : (body.__type ?? "no-count")),
  });
  if (json.FailedEntryCount === 0) return undefined;
  const code = json.Entries?.[0]?.ErrorCode;
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : "no-code";
}

function detailOf(event: Events[Stage], isFull: boolean): string {
  const { application, customer } = event;
  const ids = { clientId: application?.clientId, store: customer?.store, account: customer?.info?.id };
  if (!isFull) return JSON.stringify(ids);
  const members = Object.entries(event).filter(([name]) => !LEFT_OUT.has(name));
  const detail = JSON.stringify({ ...ids, ...Object.fromEntries(members) });
  if (new TextEncoder().encode(JSON.stringify(detail)).length <= MOST_BYTES) return detail;
  console.warn("the event is too large for EventBridge: the entry has only ids");
  return JSON.stringify({ ...ids, isCut: true });
}
