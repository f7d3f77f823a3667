// Accounts that move from another system when their owner logs in.
//
// Unknown identifiers are looked up in the other system. If it knows one, the platform gets the profile, makes an account that is marked
// as pending, and identifies again. The first password of a pending account is checked against the other system, and stored if it is right.

import { verify } from "hookpoint:password";

/** An account of the other system. */
export interface Account {
  /** Attributes of the platform's account. */
  attributes: Record<string, unknown>;
  /** The hash of the password, in one of the formats of `hookpoint:password`; `undefined` when the other system keeps it to itself. */
  hash?: string | object;
}

/** What the other system says of a password. */
export interface Verdict {
  isRight: boolean;
  /** For an account that the platform does not have yet. */
  attributes?: Record<string, unknown>;
}

/** Values of the attribute that marks accounts. */
export const PENDING = "pending";
export const DONE = "done";

/** The longest identifier that is looked up. */
const LONGEST = 320;

/** The events, read defensively. */
type Event = { identifier?: unknown; customer?: any; session?: any; failure?: any };

/** The identifier that the customer typed; `undefined` when no account can have it. */
export function identifierOf(event: Event): string | undefined {
  const typed: unknown = event.identifier ?? event.customer?.info?.userName;
  const identifier = typeof typed === "string" ? typed.normalize("NFC").trim() : "";
  const isPossible = identifier !== "" && identifier.length <= LONGEST && !/[\u0000-\u001f\u007f]/.test(identifier);
  return isPossible ? identifier : undefined;
}

/** At `atFailedIdentification`: what to do with an identifier that did not resolve. Nothing, unless the other system knows it. */
export async function identified(
  event: Event,
  marker: string,
  find: (identifier: string) => Promise<Account | undefined>,
) {
  const identifier = identifierOf(event);
  // Accounts that exist and are disabled stay so. What was found once in a journey and still does not resolve is not asked again.
  const wasFound = identifier !== undefined && event.session?.migration?.identifier === identifier;
  if (identifier === undefined || wasFound || event.failure?.reason !== "notFound") return undefined;
  const account = await find(identifier);
  if (account === undefined) return undefined;
  return {
    attributes: { ...account.attributes, [marker]: PENDING },
    session: { ...event.session, migration: { identifier } },
    nextStep: "reidentify" as const,
  };
}

/**
 * At `beforePasswordValidation`: the verdict on the password of a pending account. Nothing for all others, whose password the platform
 * checks itself.
 */
export async function validated(
  event: Event,
  marker: string,
  check: (identifier: string) => Promise<Verdict | undefined>,
) {
  const identifier = identifierOf(event);
  const info = event.customer?.info;
  // The account may have moved since this journey found it, in another journey. Its password is the platform's from then on.
  if (isMarked(info, marker, DONE)) return undefined;
  const wasFound = identifier !== undefined && event.session?.migration?.identifier === identifier;
  const isPending = wasFound || isMarked(info, marker, PENDING);
  if (info !== undefined && info !== null && !isPending) return undefined;
  const verdict = identifier === undefined ? undefined : await check(identifier);
  // A pending account has a password of its own after a reset, which the platform then checks; without one it refuses.
  if (!verdict?.isRight) return info ? undefined : { password: { valid: false, migrate: false } };
  const { migration, ...session } = event.session ?? {};
  // A stored account has had its attributes before, and its owner or an import may have changed them.
  const attributes = info ? {} : verdict.attributes;
  return {
    password: { valid: true, migrate: true },
    attributes: { ...attributes, [marker]: DONE },
    session,
  };
}

/**
 * Whether a password belongs to a hash. Throws when the hash is in no known format, or too expensive to derive: neither is a wrong password.
 */
export async function isPasswordOf(hash: string | object, password: string): Promise<boolean> {
  try {
    return await verify(hash, password);
  } catch (error) {
    // The message of this failure quotes the beginning of what may be a password in plain text.
    const isUnknown = String(error).includes("the format of the hash is not known");
    throw isUnknown ? new Error("the hash of the other system is in no known format") : error;
  }
}

/** Both stages, with a system that returns the hash of an account's password: the password is checked here. */
export async function migratedByHash(
  event: Event & { eventType: string; password?: string },
  marker: string,
  find: (identifier: string) => Promise<Account | undefined>,
) {
  if (event.eventType === "atFailedIdentification") return identified(event, marker, find);
  const { password = "" } = event;
  return validated(event, marker, async (identifier) => {
    const account = await find(identifier);
    if (account === undefined) return undefined;
    // An account that never had a password, such as one of a social login.
    const isRight = account.hash !== undefined && (await isPasswordOf(account.hash, password));
    return { isRight, attributes: account.attributes };
  });
}

/** The account in the rows of a query, whose column `password_hash` may be empty. `query` names the query in messages. */
export function accountOfRows(
  rows: Array<Record<string, unknown>>,
  query: string,
  pairs: string,
): Account | undefined {
  const [row] = rows;
  if (row === undefined) return undefined;
  if (rows.length > 1) throw new Error(`the query of ${query} returned several accounts for one identifier`);
  if (!Object.hasOwn(row, "password_hash")) throw new Error(`the query of ${query} returns no column password_hash`);
  const { password_hash: hash } = row;
  return {
    attributes: attributesFrom(row, pairs),
    ...(typeof hash === "string" && hash !== "" ? { hash: hash.trim() } : {}),
  };
}

function isMarked(info: any, marker: string, state: string): boolean {
  return [info?.[marker], info?.attributes?.[marker]].includes(state);
}

/** Attributes from fields of a record, as a mapping `given_name=name.given` says. Fields without a value are left out. */
export function attributesFrom(fields: Record<string, unknown>, text: string): Record<string, unknown> {
  const attributes: Record<string, any> = {};
  for (const pair of text.split(",").map((pair) => pair.trim())) {
    if (pair === "") continue;
    const [, field, path] = /^([A-Za-z]\w*)\s*=\s*([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)$/.exec(pair) ?? [];
    if (field === undefined || path === undefined) {
      throw new Error(`\`${pair}\` does not say which field becomes which attribute, as in \`given_name=name.given\``);
    }
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (value === undefined || value === null) continue;
    const names = path.split(".");
    const last = names.pop() ?? path;
    let object = attributes;
    for (const name of names) object = Object.hasOwn(object, name) ? object[name] : (object[name] = {});
    if (typeof object !== "object") throw new Error(`\`${pair}\` needs an attribute that has a value already`);
    object[last] = value;
  }
  return attributes;
}
