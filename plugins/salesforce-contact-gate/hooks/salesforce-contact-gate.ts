// Looks the customer up among the contacts of Salesforce.
import type { Events, Hook, Results } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { bearer } from "../../lib/oauth";
import { soql, url } from "../../lib/query";
import { call } from "../../lib/request";

type Stage = "beforeRegistration";

export default async function gate(event: Events[Stage], hook: Hook): Promise<Results[Stage]> {
  const email = emailOf(event);
  if (email === undefined) return refused(hook);
  const domain = hook.variables.SalesforceDomain ?? "";
  // Salesforce compares in lower and upper case alike. The oldest contact counts where several share an address.
  const query = soql`SELECT Id FROM Contact WHERE Email = ${email} ORDER BY CreatedDate LIMIT 1`;
  const { json } = await call(hook, {
    vendor: "Salesforce",
    url: url`https://${domain}/services/data/${hook.variables.SalesforceVersion ?? "v67.0"}/query?q=${query}`,
    authorize: bearer(hook, {
      vendor: "Salesforce",
      tokenUrl: url`https://${domain}/services/oauth2/token`,
      id: hook.variables.SalesforceClientId ?? "",
      secret: hook.secrets.SalesforceClientSecret,
    }),
    failure: (body) => (areContacts(body.records) ? undefined : (body[0]?.errorCode ?? "no-records")),
  });
  const [contact] = json.records;
  if (contact === undefined) return refused(hook);
  return { attributes: { [hook.variables.SalesforceAttribute ?? "salesforceContactId"]: contact.Id } };
}

function areContacts(records: unknown): boolean {
  return Array.isArray(records) && records.every((record) => typeof record?.Id === "string");
}

function refused(hook: Hook): Results[Stage] {
  const message = hook.variables.SalesforceMessage ?? "Please ask us for an invitation.";
  return hook.variables.SalesforceUnknown === "ask"
    ? { showError: { message } }
    : { deny: { error: "not-a-contact", description: message } };
}
