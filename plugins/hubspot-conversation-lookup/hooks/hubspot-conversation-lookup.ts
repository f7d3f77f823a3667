// Looks the caller up among the contacts of HubSpot.
import type { Events, Hook, Results } from "../../../hookpoint";
import { type Caller, callerOf, hasPhone, variablesOf } from "../../lib/conversation";
import { mapping } from "../../lib/profile";
import { call } from "../../lib/request";

type Stage = "conversationStart";

const SEARCH = "https://api.hubapi.com/crm/v3/objects/contacts/search";

/** Enough to see that a number is shared. */
const MOST = 10;

export default async function lookup(event: Events[Stage], hook: Hook): Promise<Results[Stage] | undefined> {
  const country = hook.variables.HubSpotCountry ?? "US";
  const caller = callerOf(event, country);
  if (caller.phone === undefined && caller.email === undefined) return undefined;
  const pairs = mapping(hook.variables.HubSpotVariables ?? "firstname=FirstName, lastname=LastName");
  const { json } = await call(hook, {
    vendor: "HubSpot",
    method: "POST",
    url: SEARCH,
    headers: { authorization: `Bearer ${hook.secrets.HubSpotToken}` },
    json: {
      filterGroups: groupsFor(caller),
      properties: [...new Set(["phone", "mobilephone", ...pairs.map(([property]) => property)])],
      limit: MOST,
    },
    failure: (body) => (areContacts(body.results) ? undefined : (body.category ?? body.status ?? "no-results")),
  });
  const contacts = json.results as Array<{ id: string; properties?: Record<string, unknown> }>;
  const records = contacts
    .filter(({ properties }) => {
      const numbers = [properties?.phone, properties?.mobilephone];
      return caller.phone === undefined || hasPhone(numbers, caller.phone, country);
    })
    .map(({ id, properties }) => ({ id, fields: properties }));
  return { context: variablesOf(records, pairs) };
}

function areContacts(results: unknown): boolean {
  return Array.isArray(results) && results.every((result) => typeof result?.id === "string");
}

/** Groups are alternatives, at most five. */
function groupsFor({ email, phone }: Caller): unknown[] {
  if (email !== undefined) return [group({ propertyName: "email", operator: "EQ", value: email.toLowerCase() })];
  // HubSpot's own form of a number lacks the country code, which has one to three digits: what is found is compared in full.
  const digits = (phone ?? "").slice(1);
  const values = [digits, digits.slice(1), digits.slice(2), digits.slice(3)];
  return [
    group({ propertyName: "phone", operator: "EQ", value: phone }),
    group({ propertyName: "mobilephone", operator: "EQ", value: phone }),
    group({ propertyName: "hs_searchable_calculated_phone_number", operator: "IN", values }),
    group({ propertyName: "hs_searchable_calculated_mobile_number", operator: "IN", values }),
  ];
}

function group(filter: object): unknown {
  return { filters: [filter] };
}
