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
  const { accepted } = consents.reduce((latest, consent) => (timeOf(consent) >= timeOf(latest) ? consent : latest));
  await subscribe(hook, email, accepted === true);
}

function timeOf({ timestamp }: Consent): number {
  return Date.parse(String(timestamp ?? "")) || 0;
}

async function subscribe(hook: Hook, email: string, isGiven: boolean): Promise<void> {
  const first = hook.variables.ConsentSyncConfirm === "yes" ? "pending" : "subscribed";
  // Mailchimp sends a pending member nothing: one who is subscribed stays so.
  if (isGiven && first === "pending" && (await statusOf(hook, email)) === "subscribed") {
    return console.log("the address is subscribed already");
  }
  let { status, json } = await put(hook, email, isGiven ? first : "unsubscribed");
  // Mailchimp does not subscribe a person again who unsubscribed there, unless that person confirms it by mail.
  if (status === 400 && isGiven && first !== "pending" && json?.title === "Member In Compliance State") {
    ({ status, json } = await put(hook, email, "pending"));
  }
  if (status === 400) {
    const title = /^[A-Za-z ]{1,64}$/.test(json?.title ?? "") ? ` (${json.title})` : "";
    throw new VendorError("Mailchimp", status, `answered 400${title}`);
  }
}

/** The status of the member with an address; `undefined` when the audience has none. */
async function statusOf(hook: Hook, email: string): Promise<string | undefined> {
  const { status, json } = await call(hook, {
    ...member(hook, email),
    accept: [404],
    failure: (body) => (typeof body.status === "string" ? undefined : "no-status"),
  });
  // Only Mailchimp's own 404 says that there is no such member: a page may be a gateway's.
  if (status === 404 && json?.status === 404) return undefined;
  const known: unknown = json?.status;
  if (typeof known !== "string") throw new VendorError("Mailchimp", status, `answered ${status} without a status`);
  return known;
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
