// Looks the customer up among the active contacts of ServiceNow.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { bearer } from "../../lib/oauth";
import { UnsearchableValue, encodedQuery, url } from "../../lib/query";
import { call } from "../../lib/request";

type Stage = "beforeRegistration";

export default async function gate(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const email = emailOf(event);
  const query = email === undefined ? undefined : queryFor(email);
  if (email === undefined || query === undefined) return refused(hook);
  const host = hook.variables.ServiceNowHost ?? "";
  const table = hook.variables.ServiceNowTable ?? "customer_contact";
  const { json } = await call(hook, {
    vendor: "ServiceNow",
    url: url`https://${host}/api/now/table/${table}?sysparm_query=${query}&sysparm_fields=sys_id%2Cemail&sysparm_limit=1`,
    authorize: bearer(hook, {
      vendor: "ServiceNow",
      tokenUrl: url`https://${host}/oauth_token.do`,
      id: hook.variables.ServiceNowClientId ?? "",
      secret: hook.secrets.ServiceNowClientSecret,
    }),
    failure: (body) => (areRows(body.result) ? undefined : "no-result"),
  });
  const [contact] = json.result;
  // An instance drops a condition on a field that it does not know or show, and returns any row: only the address proves a match.
  const isSame = typeof contact?.email === "string" && contact.email.trim().toLowerCase() === email.toLowerCase();
  if (!isSame) return refused(hook);
  return { attributes: { [hook.variables.ServiceNowAttribute ?? "serviceNowContactId"]: contact.sys_id } };
}

function areRows(result: unknown): boolean {
  return Array.isArray(result) && result.every((row) => typeof row?.sys_id === "string");
}

/** `undefined` for an address that no query can hold: no contact has it. */
function queryFor(email: string): string | undefined {
  try {
    return encodedQuery`email=${email}^active=true^ORDERBYsys_created_on`;
  } catch (error) {
    if (error instanceof UnsearchableValue) return undefined;
    throw error;
  }
}

function refused(hook: Hook): Results[Stage] {
  const message = hook.variables.ServiceNowMessage ?? "Please ask us for an invitation.";
  return hook.variables.ServiceNowUnknown === "ask"
    ? { showError: { message } }
    : { deny: { error: "not-a-contact", description: message } };
}
