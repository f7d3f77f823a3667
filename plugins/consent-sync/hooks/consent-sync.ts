// Carries given and withdrawn consents to Mailchimp or to an API.
import type { Events, Hook } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { confirmed, endpoint } from "../../lib/endpoint";
import { md5 } from "../../lib/hash";
import { plain } from "../../lib/markup";
import { url } from "../../lib/query";
import { type Reply, VendorError, call } from "../../lib/request";

type Event = Events["afterConsentUpdate"];
type Consent = Event["consents"][number];

export default async function consentSync(event: Event, hook: Hook): Promise<void> {
  const ids = (hook.variables.ConsentSyncIds ?? "").split(",").map((id) => id.trim());
  const isCarried = ({ id }: Consent) => ids.join("") === "" || ids.includes(String(id));
  const consents = (Array.isArray(event.consents) ? event.consents : []).filter(isCarried);
  if (consents.length === 0) return console.log("no consent that ConsentSyncIds names");
  if (hook.variables.ConsentSyncKind === "http") return await post(event, hook, consents);
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

async function put(hook: Hook, email: string, status: string): Promise<Reply> {
  const audience = hook.variables.ConsentSyncTarget ?? "";
  return await call(hook, {
    vendor: "Mailchimp",
    method: "PUT",
    url: endpoint(hook.variables.ConsentSyncHost, url`/3.0/lists/${audience}/members/${md5(email.toLowerCase())}`),
    headers: { authorization: `Basic ${btoa(`hookpoint:${hook.secrets.ConsentSyncToken ?? ""}`)}` },
    json: { email_address: email, status_if_new: status, status },
    accept: [400],
    failure: (body) => (body.status === status ? undefined : "another-status"),
  });
}

async function post(event: Event, hook: Hook, consents: Consent[]): Promise<void> {
  const textOf = (value: unknown) => (value === undefined || value === null ? undefined : plain(value));
  const reply = await call(hook, {
    vendor: "The consent API",
    method: "POST",
    url: endpoint(hook.variables.ConsentSyncHost, hook.variables.ConsentSyncTarget ?? "/"),
    headers: {
      authorization: `Bearer ${hook.secrets.ConsentSyncToken}`,
      // The same for each attempt at this event: an API that knows the header takes it once.
      "idempotency-key": hook.deliveryId ?? hook.correlationId,
    },
    json: {
      account: textOf(event.customer?.info?.id),
      email: emailOf(event),
      store: textOf(event.customer?.store),
      application: textOf(event.application?.clientId),
      consents: consents.map(({ id, version, accepted, timestamp }) => ({
        id: textOf(id),
        version: textOf(version),
        accepted: accepted === true,
        timestamp: textOf(timestamp),
      })),
    },
    expect: "any",
  });
  confirmed("The consent API", reply);
}
