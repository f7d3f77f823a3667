// Carries new accounts and their changes to HubSpot.
import type { Events, Hook } from "../../../hookpoint";
import { emailOf, normalEmail } from "../../lib/customer";
import { changedFields, fieldsOf, mapping, valueIn } from "../../lib/profile";
import { url } from "../../lib/query";
import { VendorError, call, errorCode } from "../../lib/request";

const CONTACTS = "https://api.hubapi.com/crm/v3/objects/contacts";

export default async function sync(
  event: Events["afterRegistration"] | Events["afterAccountUpdate"],
  hook: Hook,
): Promise<void> {
  return event.eventType === "afterRegistration" ? registered(event, hook) : updated(event, hook);
}

async function registered(event: Events["afterRegistration"], hook: Hook): Promise<void> {
  const email = emailOf(event)?.toLowerCase();
  const consent = hook.variables.HubSpotConsent ?? "";
  const hasConsent = event.customer.consents?.some(({ id, accepted }) => id === consent && accepted === true);
  if (email === undefined) return console.log("not synchronised: the account has no e-mail address");
  if (consent !== "" && !hasConsent) return console.log("not synchronised: the consent was not given");
  const properties = texts({ ...fieldsOf(event, pairs(hook)), email });
  await call(hook, {
    vendor: "HubSpot",
    method: "POST",
    url: `${CONTACTS}/batch/upsert`,
    headers: { authorization: `Bearer ${hook.secrets.HubSpotToken}` },
    json: { inputs: [{ idProperty: "email", id: email, properties }] },
    // A batch that failed in part is 207, with the failures beside the results.
    failure: (body) => {
      const isWhole = body.results?.[0]?.id !== undefined && !(body.numErrors > 0);
      return isWhole ? undefined : (errorCode(body.errors) ?? errorCode(body) ?? "no-results");
    },
  });
}

async function updated(event: Events["afterAccountUpdate"], hook: Hook): Promise<void> {
  const path = hook.variables.HubSpotEmailAttribute ?? "emails.primaryEmail";
  const address = (moment: "before" | "after"): string | undefined =>
    event.changes
      .map((change) => valueIn(change, moment, path))
      .filter((value) => typeof value === "string")
      .map((value) => normalEmail(value)?.toLowerCase())
      .at(-1);
  const known = address("before") ?? address("after") ?? emailOf(event)?.toLowerCase();
  const after = address("after");
  const properties = texts({
    ...changedFields(event, pairs(hook)),
    ...(after === undefined ? {} : { email: after }),
  });
  if (known === undefined || Object.keys(properties).length === 0) return console.log("nothing to synchronise");
  const { status, json } = await call(hook, {
    vendor: "HubSpot",
    method: "PATCH",
    url: `${CONTACTS}/${url`${known}`}?idProperty=email`,
    headers: { authorization: `Bearer ${hook.secrets.HubSpotToken}` },
    json: { properties },
    accept: [404],
    failure: (body) => (body.id === undefined ? (errorCode(body) ?? "no-id") : undefined),
  });
  if (status !== 404) return;
  // A page without JSON is not HubSpot's word that there is no such contact.
  if (json?.status !== "error") throw new VendorError("HubSpot", status, "answered 404 without saying why");
  console.log("not synchronised: HubSpot has no contact with this address");
}

function pairs(hook: Hook) {
  return mapping(hook.variables.HubSpotProperties ?? "name.given=firstname, name.family=lastname");
}

/** Properties are texts; an empty one clears. */
function texts(fields: Record<string, string | number | boolean | null>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value ?? "")]));
}
