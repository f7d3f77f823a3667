// Streams each change of a conversation's state as one line of JSON.
import type { Events, Hook } from "../../../hookpoint";
import { jsonHeaders, signed } from "../../lib/aws";
import { confirmed, endpoint } from "../../lib/endpoint";
import { VendorError, call, isTemporaryCode } from "../../lib/request";
import { wellFormed } from "../../lib/text";

type Event = Events["stateModification"];

/** The most records of a request to Firehose, and the most bytes of them: as base64, they must fit into 256 KB. */
const MOST_RECORDS = 500;
const MOST_BYTES = 180_000;
/** How often refused records are sent, and the wait before the second attempt. */
const ATTEMPTS = 3;
const WAIT_MS = 250;

export default async function stateStream(event: Event, hook: Hook): Promise<void> {
  const modifications = Array.isArray(event.events) ? event.events : [];
  const values = hook.variables.StateStreamValues ?? "all";
  const lines = modifications.map((modification) => lineOf(event, modification, values));
  for (const batch of batches(lines)) {
    if (hook.variables.StateStreamKind === "http") await post(batch, hook);
    else await put(batch, hook);
  }
}

function* batches(lines: string[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const length = Buffer.byteLength(line);
    if (batch.length === MOST_RECORDS || (batch.length > 0 && bytes + length > MOST_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}

function lineOf(event: Event, modification: Record<string, any>, values: string): string {
  const { name, before, after, timestamp } = modification;
  const changed = changedNames(before, after);
  const only = (state: any) =>
    Object.fromEntries(changed.filter((member) => has(state, member)).map((member) => [member, state[member]]));
  const common = {
    name,
    timestamp: Number(timestamp) || undefined,
    conversationId: event.context?.conversationId,
    botId: event.context?.botId,
    userId: event.context?.userId,
    changed,
  };
  const all = values === "all" ? { before, after } : {};
  const states = values === "changed" ? { before: only(before), after: only(after) } : all;
  const line = `${wellFormed(JSON.stringify({ ...common, ...states }))}\n`;
  if (Buffer.byteLength(line) <= MOST_BYTES) return line;
  console.warn("a change is too large for a record: the record has no values");
  return `${wellFormed(JSON.stringify({ ...common, changed: changed.slice(0, 100), isCut: true }))}\n`;
}

/** The members that differ, in the order of both. */
function changedNames(before: any, after: any): string[] {
  const names = [...new Set([before, after].flatMap((state) => (has(state) ? Object.keys(state) : [])))];
  return names.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
}

function has(state: any, name?: string): boolean {
  return typeof state === "object" && state !== null && (name === undefined || Object.hasOwn(state, name));
}

async function post(lines: string[], hook: Hook): Promise<void> {
  const reply = await call(hook, {
    vendor: "The sink",
    method: "POST",
    url: endpoint(hook.variables.StateStreamHost, hook.variables.StateStreamTarget ?? "/"),
    headers: {
      authorization: hook.secrets.StateStreamCredentials ?? "",
      "content-type": "application/x-ndjson",
      // The same for each attempt at this event: sinks that know the header take it once.
      "idempotency-key": hook.deliveryId ?? hook.correlationId,
    },
    text: lines.join(""),
    expect: "any",
  });
  confirmed("The sink", reply);
}

/** Puts records, and those once more that Firehose refuses inside a 200. */
async function put(lines: string[], hook: Hook): Promise<void> {
  const [accessKeyId = "", secretAccessKey = ""] = (hook.secrets.StateStreamCredentials ?? "").split(":");
  const host = hook.variables.StateStreamHost ?? "";
  let records = lines.map((line) => ({ Data: Buffer.from(line).toString("base64") }));
  for (let attempt = 1; ; attempt += 1) {
    const { json } = await call(hook, {
      vendor: "Firehose",
      method: "POST",
      url: endpoint(host, "/"),
      headers: jsonHeaders("Firehose_20150804.PutRecordBatch", "1.1"),
      json: { DeliveryStreamName: hook.variables.StateStreamTarget ?? "", Records: records },
      sign: signed({ accessKeyId, secretAccessKey }, host.split(".")[1] ?? "", "firehose"),
      failure: (body) => (typeof body.FailedPutCount === "number" ? undefined : (body.__type ?? "no-count")),
    });
    if (json.FailedPutCount === 0) return;
    const results: any[] = json.RequestResponses ?? [];
    const code = results.find((result) => result?.ErrorCode)?.ErrorCode ?? "no-code";
    records = records.filter((_, index) => results[index]?.RecordId === undefined);
    if (attempt === ATTEMPTS || records.length === 0) {
      const what = `answered 200 and refused ${records.length} records (${code})`;
      throw new VendorError("Firehose", 200, what, isTemporaryCode(code));
    }
    await new Promise<void>((resolve) => setTimeout(() => resolve(), WAIT_MS * attempt));
  }
}
