// Deletes a customer in another system, checks it, and files a signed proof.
import type { Events, Hook } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { confirmed, endpoint } from "../../lib/endpoint";
import { hmacSha256 } from "../../lib/hash";
import { plain } from "../../lib/markup";
import { url } from "../../lib/query";
import { type Call, type Reply, VendorError, call } from "../../lib/request";

type Event = Events["afterAccountDeletion"];

const VENDOR = "The system";
/** Not there: unknown, or deleted before, perhaps by an earlier attempt at this event. */
const GONE = [404, 410];
const LEAST_KEY = 32;

export default async function deletionSync(event: Event, hook: Hook): Promise<void> {
  const key = hook.secrets.DeletionProofKey ?? "";
  if (key.length < LEAST_KEY) throw new Error(`the secret DeletionProofKey has less than ${LEAST_KEY} characters`);
  const target = targetOf(event, hook);
  const headers = { authorization: `Bearer ${hook.secrets.DeletionToken}` };
  const request: Call = { vendor: VENDOR, url: target, headers, accept: GONE, expect: "any" };

  const reply = await call(hook, { ...request, method: "DELETE" });
  const statuses = [reply.status];
  if (!isGone(reply)) confirmed(VENDOR, reply);
  if (hook.variables.DeletionCheck !== "no") {
    const check = await call(hook, request);
    if (!isGone(check)) {
      const what = `still has the customer: ${check.status} after a deletion with ${reply.status}`;
      // It may be about to delete.
      throw new VendorError(VENDOR, check.status, what, true);
    }
    statuses.push(check.status);
  }
  await file(proofOf(event, hook, statuses), hook);
}

/** Whether the system says that it has no such customer. */
function isGone({ status, json, text }: Reply): boolean {
  if (!GONE.includes(status)) return false;
  // A page is not the system's word: it may be that of a gateway, or of a path that does not exist.
  if (json === undefined && text.trim() !== "") {
    throw new VendorError(VENDOR, status, `answered ${status} without JSON; check DeletionPath`);
  }
  return true;
}

/** What became of the customer. Only a 410 says that there was one: a wrong path is 404, too. */
function outcomeOf(statuses: number[]): "deleted" | "was gone" | "not found" {
  if (!GONE.includes(statuses[0] ?? 0)) return "deleted";
  return statuses.includes(410) ? "was gone" : "not found";
}

function targetOf(event: Event, hook: Hook): string {
  const values: Record<string, unknown> = { account: event.customer?.info?.id, email: emailOf(event) };
  const template = hook.variables.DeletionPath ?? "/customers/:account";
  if (!/:(account|email)\b/.test(template)) throw new Error("DeletionPath names no customer, and nothing was deleted");
  const path = template.replace(/:(account|email)\b/g, (_, name: string) => {
    const value = String(values[name] ?? "");
    // A path that ends here could name all customers.
    if (value.trim() === "") throw new Error(`the event has no ${name}, and nothing was deleted`);
    return url`${value}`;
  });
  return endpoint(hook.variables.DeletionHost, path);
}

/** What can be shown later. The account is a keyed hash: with the id, its proof can be found, and it names no person. */
function proofOf(event: Event, hook: Hook, statuses: number[]): string {
  const [status, check] = statuses;
  const outcome = outcomeOf(statuses);
  const account = String(event.customer?.info?.id ?? "");
  return JSON.stringify({
    version: 1,
    subject: hmacSha256(hook.secrets.DeletionProofKey ?? "", account),
    system: hook.variables.DeletionHost,
    store: plain(event.customer?.store ?? "unknown"),
    requestedBy: plain(event.actor?.type ?? "unknown"),
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    outcome,
    status,
    check: check === undefined ? "not checked" : outcome === "not found" ? outcome : "gone",
  });
}

async function file(proof: string, hook: Hook): Promise<void> {
  const signature = hmacSha256(hook.secrets.DeletionProofKey ?? "", proof);
  // The run's record holds it, too, in case that the archive cannot be reached.
  console.log(`proof ${proof} sha256=${signature}`);
  const reply = await call(hook, {
    vendor: "The archive",
    method: "POST",
    url: endpoint(hook.variables.DeletionProofHost, hook.variables.DeletionProofPath ?? "/deletions"),
    headers: {
      authorization: `Bearer ${hook.secrets.DeletionProofToken}`,
      "content-type": "application/json",
      "x-hookpoint-signature": `sha256=${signature}`,
      "idempotency-key": hook.deliveryId ?? hook.correlationId,
    },
    text: proof,
    expect: "any",
  });
  confirmed("The archive", reply);
}
