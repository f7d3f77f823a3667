// Looks the caller up among the contacts of Salesforce.
import type { Events, Hook, Results } from "../../../hookpoint";
import { type Caller, callerOf, hasPhone, variablesOf } from "../../lib/conversation";
import { bearer } from "../../lib/oauth";
import { mapping } from "../../lib/profile";
import { soql, url } from "../../lib/query";
import { call } from "../../lib/request";

type Stage = "conversationStart";

export default async function lookup(event: Events[Stage], hook: Hook): Promise<Results[Stage] | undefined> {
  const country = hook.variables.SalesforceCountry ?? "US";
  const caller = callerOf(event, country);
  if (caller.phone === undefined && caller.email === undefined) return undefined;
  const pairs = mapping(hook.variables.SalesforceVariables ?? "FirstName=FirstName, LastName=LastName");
  const domain = hook.variables.SalesforceDomain ?? "";
  const version = hook.variables.SalesforceVersion ?? "v67.0";
  const { json } = await call(hook, {
    vendor: "Salesforce",
    url: url`https://${domain}/services/data/${version}/query?q=${queryFor(caller)}`,
    authorize: bearer(hook, {
      vendor: "Salesforce",
      tokenUrl: url`https://${domain}/services/oauth2/token`,
      id: hook.variables.SalesforceClientId ?? "",
      secret: hook.secrets.SalesforceClientSecret,
    }),
    failure: (body) => (areContacts(body.records) ? undefined : (body[0]?.errorCode ?? "no-records")),
  });
  const contacts = json.records as Array<{ Id: string; [field: string]: unknown }>;
  const records = contacts
    .filter((contact) => {
      const numbers = [contact.Phone, contact.MobilePhone, contact.HomePhone];
      return caller.phone === undefined || hasPhone(numbers, caller.phone, country);
    })
    .map((contact) => ({ id: contact.Id, fields: contact }));
  return { context: variablesOf(records, pairs) };
}

function areContacts(records: unknown): boolean {
  return Array.isArray(records) && records.every((record) => typeof record?.Id === "string");
}

/** The user that the app runs as decides which fields there are. Five show that a number is shared. */
function queryFor({ email, phone }: Caller): string {
  if (email !== undefined) return soql`SELECT FIELDS(ALL) FROM Contact WHERE Email = ${email} LIMIT 5`;
  // Numbers are stored as they were typed: the last eight digits in order, whatever stands between them.
  const digits = `%${(phone ?? "").slice(-8).split("").join("%")}`;
  return soql`SELECT FIELDS(ALL) FROM Contact WHERE Phone LIKE ${digits} OR MobilePhone LIKE ${digits} OR HomePhone LIKE ${digits} LIMIT 5`;
}
