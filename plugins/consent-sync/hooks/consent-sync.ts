// Carries given and withdrawn consents to an audience of Mailchimp.
import type { Hook } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { endpoint } from "../../lib/endpoint";
import { md5 } from "../../lib/hash";
import { url } from "../../lib/query";
import { type Call, type Reply, VendorError, call } from "../../lib/request";
import { type Consent, type Event, carried } from "./consents";

export default async function consentSync(event: Event, hook: Hook): Promise<void> {
  const consents = carried(event, hook);
  if (consents.length === 0) return console.log("no consent that ConsentSyncIds names");
  const email = emailOf(event);
  if (email === undefined) return console.warn("not carried: the event has no e-mail address");
  // One audience, one state: the latest consent counts.
  const latest = consents.reduce((latest, consent) => (timeOf(consent) >= timeOf(latest) ? consent : latest));
  if (latest.accepted !== true) return await unsubscribe(hook, email);
  await subscribe(hook, email, timeOf(latest));
}

function timeOf({ timestamp }: { timestamp?: unknown }): number {
  return Date.parse(String(timestamp ?? "")) || 0;
}

async function unsubscribe(hook: Hook, email: string): Promise<void> {
  refuse(await put(hook, email, "unsubscribed"));
}

async function subscribe(hook: Hook, email: string, time: number): Promise<void> {
  const member = await known(hook, email);
  if (member?.status === "subscribed") return console.log("the address is subscribed already");
  // Deliveries come late and out of order: what the person decided afterwards stands.
  if (member?.status === "unsubscribed" && time > 0 && member.changed > time) {
    return console.warn("not subscribed: the address was unsubscribed, or changed, after this consent");
  }
  const first = hook.variables.ConsentSyncConfirm === "yes" ? "pending" : "subscribed";
  const reply = await put(hook, email, first);
  // Mailchimp does not subscribe a person again who unsubscribed there, unless that person confirms it by mail.
  const isRefused = reply.status === 400 && reply.json?.title === "Member In Compliance State";
  refuse(isRefused && first !== "pending" ? await put(hook, email, "pending") : reply);
}

/** Throws what Mailchimp answered in place of a member. */
function refuse({ status, json }: Reply): void {
  if (status !== 400) return;
  const title = /^[A-Za-z ]{1,64}$/.test(json?.title ?? "") ? ` (${json.title})` : "";
  throw new VendorError("Mailchimp", status, `answered 400${title}`);
}

/** The member with an address, and when it changed last; `undefined` when the audience has none. */
async function known(hook: Hook, email: string): Promise<{ status: string; changed: number } | undefined> {
  const { status, json } = await call(hook, {
    ...member(hook, email),
    accept: [404],
    failure: (body) => (typeof body.status === "string" ? undefined : "no-status"),
  });
  // Only Mailchimp's own 404 says that there is no such member: a page may be a gateway's.
  if (status === 404 && json?.status === 404) return undefined;
  const known: unknown = json?.status;
  if (typeof known !== "string") throw new VendorError("Mailchimp", status, `answered ${status} without a status`);
  return { status: known, changed: timeOf({ timestamp: json.last_changed }) };
}

async function put(hook: Hook, email: string, status: string): Promise<Reply> {
  return await call(hook, {
    ...member(hook, email),
    method: "PUT",
    json: { email_address: email, status_if_new: status, status },
    accept: [400],
    failure: (body) => (body.status === status ? undefined : "another-status"),
  });
}

/** What every request for the member with an address has. */
function member(hook: Hook, email: string): Call {
  const host = hook.variables.ConsentSyncHost ?? "";
  const audience = hook.variables.ConsentSyncAudience ?? "";
  if (host === "" || audience === "") {
    throw new Error("Mailchimp needs the variables ConsentSyncHost and ConsentSyncAudience");
  }
  return {
    vendor: "Mailchimp",
    url: endpoint(host, url`/3.0/lists/${audience}/members/${md5(email.toLowerCase())}`),
    headers: { authorization: `Basic ${btoa(`hookpoint:${hook.secrets.ConsentSyncToken ?? ""}`)}` },
  };
}
