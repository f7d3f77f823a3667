// Attributes of an account as fields of another system's record.

import { wellFormed } from "./text";

/** Which attribute goes into which field: `[["name.family", "LastName"]]`. */
export type Mapping = ReadonlyArray<readonly [path: string, field: string]>;

/** What a field can hold; `null` empties it. */
export type FieldValue = string | number | boolean | null;

/** Reads `name.given=firstname, name.family=lastname`. */
export function mapping(text: string): Mapping {
  const pairs = text.split(",").map((pair) => pair.trim());
  return pairs
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [, path, field] = /^([A-Za-z]\w*(?:\.\w+)*)\s*=\s*([A-Za-z]\w*)$/.exec(pair) ?? [];
      if (path === undefined || field === undefined) {
        throw new Error(
          `\`${pair}\` does not say which attribute goes into which field, as in \`name.family=lastname\``,
        );
      }
      return [path, field] as const;
    });
}

/** The fields of a new account. Attributes that it does not have are left out. */
export function fieldsOf(event: { customer?: any }, pairs: Mapping): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {};
  for (const [path, field] of pairs) {
    const value =
      fieldValue(valueAt(event.customer?.attributes, path)) ?? fieldValue(valueAt(event.customer?.info, path));
    if (value !== undefined && value !== null) fields[field] = value;
  }
  return fields;
}

/** The fields that a change of an account touches. A change may name an attribute, or an object that holds it. */
export function changedFields(
  event: { changes?: Array<{ [name: string]: any }> },
  pairs: Mapping,
): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {};
  for (const [path, field] of pairs) {
    for (const change of event.changes ?? []) {
      const value = fieldValue(valueIn(change, "after", path));
      if (value !== undefined) fields[field] = value;
    }
  }
  return fields;
}

/**
 * The value of an attribute before or after a change; `undefined` when the change is one of something else, `null` when the attribute was
 * absent.
 */
export function valueIn(change: { [name: string]: any }, moment: "before" | "after", path: string): unknown {
  if (change.attribute === path) return change[moment] ?? null;
  const isWithin = typeof change.attribute === "string" && path.startsWith(`${change.attribute}.`);
  return isWithin ? (valueAt(change[moment], path.slice(change.attribute.length + 1)) ?? null) : undefined;
}

/** What stands at a path such as `name.given`. */
export function valueAt(object: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<any>(
      (value, name) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined,
      object,
    );
}

/** Lists become `a;b`, as in fields with several choices. Objects have no place in a field. */
function fieldValue(value: unknown): FieldValue | undefined {
  if (typeof value === "string") return wellFormed(value);
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (!Array.isArray(value)) return undefined;
  const items = value.map(fieldValue);
  return items.every((item) => item !== undefined && item !== null) ? items.join(";") : undefined;
}
