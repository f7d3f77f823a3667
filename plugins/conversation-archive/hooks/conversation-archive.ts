// Stores each event of a conversation as an object.
import type { Events, Hook } from "../../../hookpoint";
import { signed } from "../../lib/aws";
import { endpoint } from "../../lib/endpoint";
import { sha256 } from "../../lib/hash";
import { url } from "../../lib/query";
import { VendorError, call } from "../../lib/request";

type Event = Events["messageReceived"] | Events["escalation"] | Events["conversationEnd"];

const KINDS = { messageReceived: "message", escalation: "escalation", conversationEnd: "end" };

/** The most characters of a conversation's id in a key: keys may have 1,024 bytes. */
const MOST = 200;

export default async function archive(event: Event, hook: Hook): Promise<void> {
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  const body = JSON.stringify({ storedAt: now, stage: event.eventType, context: event.context ?? {} });
  const key = keyOf(event, now);
  const prefix = hook.variables.ArchivePrefix ?? "conversations/";
  const { status, headers } = await call(hook, {
    vendor: "The store",
    method: "PUT",
    url: endpoint(hook.variables.ArchiveHost, `${url`/${hook.variables.ArchiveBucket ?? ""}/`}${prefix}${key}`),
    headers: {
      accept: "*/*",
      "content-type": "application/json",
      ...(hook.variables.ArchiveEncryption === "AES256" ? { "x-amz-server-side-encryption": "AES256" } : {}),
    },
    text: body,
    sign: signed(
      {
        accessKeyId: hook.secrets.ArchiveAccessKeyId ?? "",
        secretAccessKey: hook.secrets.ArchiveSecretAccessKey ?? "",
      },
      hook.variables.ArchiveRegion ?? "us-east-1",
      "s3",
    ),
    expect: "any",
  });
  // A stored object has an ETag; a page of a proxy has none.
  if (!headers.get("etag")) throw new VendorError("The store", status, `answered ${status} without an ETag`);
}

/** `<conversation>/<time>-<kind>-<hash>.json`: in order of time, and one object for each event of a second. */
function keyOf(event: Event, now: string): string {
  // Stores differ in what they make of other characters; the object itself holds the id as it is.
  const id = String(event.context?.conversationId ?? "").replace(/[^A-Za-z0-9_-]/g, "_");
  const folder = id.slice(0, MOST) || "unknown";
  const hash = sha256(JSON.stringify(event)).slice(0, 16);
  return url`${folder}/${now.replace(/[-:]/g, "")}-${KINDS[event.eventType]}-${hash}.json`;
}
