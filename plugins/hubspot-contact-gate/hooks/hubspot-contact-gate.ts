// Looks the customer up among the contacts of HubSpot.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { call } from "../../lib/request";

type Stage = "beforeRegistration";

const SEARCH = "https://api.hubapi.com/crm/v3/objects/contacts/search";

export default async function gate(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const email = emailOf(event);
  if (email === undefined) return refused(hook);
  const { json } = await call(hook, {
    vendor: "HubSpot",
    method: "POST",
    url: SEARCH,
    headers: { authorization: `Bearer ${hook.secrets.HubSpotToken}` },
    json: {
      filterGroups: [{ filters: [{ propertyName: "email", operator: "EQ", value: email.toLowerCase() }] }],
      properties: ["email"],
      limit: 1,
    },
    failure: (body) => (Array.isArray(body.results) ? undefined : (body.category ?? body.status ?? "no-results")),
  });
  const id = json.results[0]?.id;
  if (id === undefined) return refused(hook);
  return { attributes: { [hook.variables.HubSpotAttribute ?? "hubSpotContactId"]: String(id) } };
}

function refused(hook: Hook): Results[Stage] {
  const message = hook.variables.HubSpotMessage ?? "Please ask us for an invitation.";
  return hook.variables.HubSpotUnknown === "ask"
    ? { showError: { message } }
    : { deny: { error: "not-a-contact", description: message } };
}
