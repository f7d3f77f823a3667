// Looks the customer up among the active contacts of Dynamics 365.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { bearer } from "../../lib/oauth";
import { odata, url } from "../../lib/query";
import { call } from "../../lib/request";

type Stage = "beforeRegistration";

export default async function gate(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const email = emailOf(event);
  if (email === undefined) return refused(hook);
  const host = hook.variables.DynamicsHost ?? "";
  // Dataverse compares in lower and upper case alike; 0 is the state of active rows.
  const filter = odata`emailaddress1 eq ${email} and statecode eq 0`;
  const { json } = await call(hook, {
    vendor: "Dynamics 365",
    url: url`https://${host}/api/data/v9.2/contacts?$select=contactid&$filter=${filter}&$orderby=createdon&$top=1`,
    headers: { "odata-version": "4.0", "odata-maxversion": "4.0" },
    authorize: bearer(hook, {
      vendor: "Microsoft Entra",
      tokenUrl: url`https://login.microsoftonline.com/${hook.variables.DynamicsTenant ?? ""}/oauth2/v2.0/token`,
      id: hook.variables.DynamicsClientId ?? "",
      secret: hook.secrets.DynamicsClientSecret,
      scope: url`https://${host}/.default`,
    }),
    failure: (body) => (areContacts(body.value) ? undefined : (body.error?.code ?? "no-value")),
  });
  const [contact] = json.value;
  if (contact === undefined) return refused(hook);
  return { attributes: { [hook.variables.DynamicsAttribute ?? "dynamicsContactId"]: contact.contactid } };
}

function areContacts(rows: unknown): boolean {
  return Array.isArray(rows) && rows.every((row) => typeof row?.contactid === "string");
}

function refused(hook: Hook): Results[Stage] {
  const message = hook.variables.DynamicsMessage ?? "Please ask us for an invitation.";
  return hook.variables.DynamicsUnknown === "ask"
    ? { showError: { message } }
    : { deny: { error: "not-a-contact", description: message } };
}
