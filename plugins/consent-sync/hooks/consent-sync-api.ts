// Carries given and withdrawn consents to an API.
import type { Hook } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { confirmed, endpoint } from "../../lib/endpoint";
import { plain } from "../../lib/markup";
import { call } from "../../lib/request";
import { type Event, carried } from "./consents";

export default async function consentSyncApi(event: Event, hook: Hook): Promise<void> {
  const consents = carried(event, hook);
  if (consents.length === 0) return console.log("no consent that ConsentSyncIds names");
  const host = hook.variables.ConsentSyncApiHost ?? "";
  if (host === "") throw new Error("an API of yours needs the variable ConsentSyncApiHost");
  const textOf = (value: unknown) => (value === undefined || value === null ? undefined : plain(value));
  const reply = await call(hook, {
    vendor: "The consent API",
    method: "POST",
    url: endpoint(host, hook.variables.ConsentSyncApiPath ?? "/consents"),
    headers: {
      authorization: `Bearer ${hook.secrets.ConsentSyncApiToken}`,
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
