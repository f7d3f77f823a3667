// Whom a conversation is with, by the id that its channel gives: a telephone number, an e-mail address or neither.

import { normalEmail, normalPhone } from "./customer";
import { plain } from "./markup";
import { type Mapping, valueAt } from "./profile";

/** At most one of these. */
export interface Caller {
  email?: string;
  /** As E.164. */
  phone?: string;
}

/** The caller. `country` is that of numbers without `+`. */
export function callerOf(event: { context?: { [name: string]: any } }, country: string): Caller {
  const id: unknown = event.context?.userId;
  if (typeof id !== "string") return {};
  const phone = normalPhone(id, country);
  if (phone !== undefined) return { phone };
  const email = normalEmail(id);
  return email === undefined ? {} : { email };
}

/** Whether one of a record's numbers, in whatever form, is the caller's. */
export function hasPhone(numbers: unknown[], phone: string, country: string): boolean {
  return numbers.some((number) => typeof number === "string" && normalPhone(number, country) === phone);
}

/**
 * The variables of a conversation: `Contacts`, how many records there are, and for a single one its id and what the mapping asks for.
 * A caller is never addressed by the name of another customer who shares the number.
 */
export function variablesOf(
  records: Array<{ id: string; fields: unknown }>,
  pairs: Mapping,
): Record<string, string | number | boolean> {
  const variables: Record<string, string | number | boolean> = { Contacts: records.length };
  const [record] = records;
  if (records.length !== 1 || record === undefined) return variables;
  variables.ContactId = record.id;
  for (const [field, name] of pairs) {
    const value = valueAt(record.fields, field);
    if (typeof value === "string" && value !== "") variables[name] = plain(value, 1000);
    else if (typeof value === "number" || typeof value === "boolean") variables[name] = value;
  }
  return variables;
}
