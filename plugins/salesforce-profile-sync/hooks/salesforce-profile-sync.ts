// Carries new accounts and their changes to Salesforce.
import type { Events, Hook } from "../../../hookpoint";
import { emailOf } from "../../lib/customer";
import { bearer } from "../../lib/oauth";
import { type FieldValue, changedFields, fieldsOf, mapping } from "../../lib/profile";
import { url } from "../../lib/query";
import { type Reply, VendorError, call, errorCode } from "../../lib/request";

/** Contacts have to have a last name; Salesforce's own word for none. */
const NO_NAME = "[not provided]";

export default async function sync(
  event: Events["afterRegistration"] | Events["afterAccountUpdate"],
  hook: Hook,
): Promise<void> {
  const account = event.customer.info.id;
  if (typeof account !== "string" || account === "") throw new Error("the event has no account id");
  const pairs = mapping(
    hook.variables.SalesforceFields ?? "name.given=FirstName, name.family=LastName, emails.primaryEmail=Email",
  );
  if (event.eventType === "afterRegistration") {
    const email = emailOf(event);
    const defaults = { LastName: NO_NAME, ...(email === undefined ? {} : { Email: email }) };
    await write(hook, account, { ...defaults, ...fieldsOf(event, pairs) });
    return;
  }
  const fields = changedFields(event, pairs);
  if (fields.LastName === null || fields.LastName === "") fields.LastName = NO_NAME;
  if (Object.keys(fields).length === 0) return console.log("nothing to synchronise");
  const { status, json } = await write(hook, account, fields, "updateOnly=true", [404]);
  if (status !== 404) return;
  const code = errorCode(json);
  if (code !== "NOT_FOUND") throw new VendorError("Salesforce", status, `answered 404 (${code ?? "without a code"})`);
  console.log("not synchronised: Salesforce has no contact with this account id");
}

/** Writes the contact that belongs to an account. */
function write(
  hook: Hook,
  account: string,
  fields: Record<string, FieldValue>,
  option = "",
  accept: number[] = [],
): Promise<Reply> {
  const domain = hook.variables.SalesforceDomain ?? "";
  const version = hook.variables.SalesforceVersion ?? "v67.0";
  const field = hook.variables.SalesforceAccountField ?? "HookpointAccount__c";
  const contact = url`https://${domain}/services/data/${version}/sobjects/Contact/${field}/${account}`;
  return call(hook, {
    vendor: "Salesforce",
    method: "PATCH",
    url: option === "" ? contact : `${contact}?${option}`,
    json: fields,
    authorize: bearer(hook, {
      vendor: "Salesforce",
      tokenUrl: url`https://${domain}/services/oauth2/token`,
      id: hook.variables.SalesforceClientId ?? "",
      secret: hook.secrets.SalesforceClientSecret,
    }),
    accept,
    failure: (body) =>
      body.success === true ? undefined : (body.errors?.[0]?.statusCode ?? errorCode(body) ?? "no-success"),
  });
}
