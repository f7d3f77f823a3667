// What a hook returned, as effects. Results are recognised by shape; anything else fails the hook.

import { console } from "hookpoint:console";
import { EFFECTS, MESSAGES, VETOES } from "hookpoint:effects";
import { host } from "hookpoint:host";
import { URL } from "hookpoint:url";

const { create, getOwnPropertyDescriptor, getPrototypeOf, prototype: objectPrototype } = Object;
const { apply, ownKeys } = Reflect;
const { isArray } = Array;
const { isFinite } = Number;
const { stringify } = JSON;
const { slice, trimStart } = String.prototype;
const { getTime, toISOString } = Date.prototype;
const internalError = InternalError.prototype;
const badResults = new WeakSet();
const { add, has } = WeakSet.prototype;

/** The error of a refusal that names none: it must not be lost for want of a text. */
const DENIED = "access_denied";
/** The error of a refusal by an `Error`: its message is for the log, not for the customer. */
const REFUSED = "refused-by-hook";

/** Effects that identify a result. Any object may have a session. */
const IDENTIFYING = EFFECTS.filter((name) => name !== "session");

/** The most characters of a text for customers that are kept: twice what the engine keeps. */
const TEXT_ROOM = 2_000;
/** The most characters of vetoes that are kept: up to three bytes each, within the limit of a response. */
const VETO_ROOM = 80_000;

export const isBadResult = (error) => typeof error === "object" && error !== null && apply(has, badResults, [error]);
/** Where not even an error fits, the engine throws `null`. */
const isOutOfMemory = (error) => error === null || (typeof error === "object" && getPrototypeOf(error) === internalError);
export const absent = (value) => value === undefined || value === null;

export function bad(message) {
  const error = new TypeError(message);
  apply(add, badResults, [error]);
  return error;
}

/** Objects that are no records, however much they look like some. */
const OPAQUE = [
  Map, Set, WeakMap, WeakSet, Promise, RegExp, ArrayBuffer, DataView, Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array,
  Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, String, Number, Boolean,
  Symbol, BigInt,
];
const NAMES = OPAQUE.map((Kind) => Kind.name);
const generator = getPrototypeOf((function* () {}).prototype);
const asyncGenerator = getPrototypeOf((async function* () {}).prototype);

/** As many members as fit into a response: `"":0,` is five bytes. */
const MEMBER_LIMIT = 52_000;
/** As deep as the engine reads. */
const DEPTH_LIMIT = 100;

// A script may replace every method of every prototype, iteration included. So lists are walked by index here, and nothing is called
// on them.

/** What a value is, for messages; `null` for what may be a record or a list. */
function opaque(value) {
  if (typeof value !== "object") return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  if (!isClass(getPrototypeOf(value))) return null;
  for (let index = 0; index < OPAQUE.length; index++) if (value instanceof OPAQUE[index]) return `a ${NAMES[index]}`;
  for (let prototype = getPrototypeOf(value); prototype !== null; prototype = getPrototypeOf(prototype)) {
    if (prototype === generator || prototype === asyncGenerator) return "a generator";
  }
  return null;
}

const below = (path, key) => (path === "" ? key : `${path}.${key}`);
const isClass = (prototype) => prototype !== null && prototype !== objectPrototype;

/** The data members of a record, on an object without prototype. What would be lost on the way to JSON is an error. */
function members(value, path) {
  const found = create(null);
  const keys = ownKeys(value);
  if (keys.length > MEMBER_LIMIT) throw tooLarge();
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (typeof key === "symbol") throw bad(`${path === "" ? "the result" : `\`${path}\``} has a symbol for a name, which JSON has not`);
    const { enumerable, get, set, value: held } = getOwnPropertyDescriptor(value, key);
    if (get || set) throw bad(`\`${below(path, key)}\` is an accessor; return its value`);
    if (!enumerable) throw bad(`\`${below(path, key)}\` is not enumerable and would be lost`);
    found[key] = held;
  }
  const prototype = getPrototypeOf(value);
  for (let above = prototype; isClass(above); above = getPrototypeOf(above)) inherits(above, path);
  if (keys.length === 0 && isClass(prototype)) {
    const name = prototype.constructor?.name;
    throw bad(`${path === "" ? "the hook returned" : `\`${path}\` is`} an instance of ${name || "a class"} without members`);
  }
  return found;
}

/** A class may have methods; what else it has would be lost. */
function inherits(prototype, path) {
  const keys = ownKeys(prototype);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === "constructor" || typeof key === "symbol") continue;
    const inherited = getOwnPropertyDescriptor(prototype, key);
    if (inherited.get || inherited.set) throw bad(`\`${below(path, key)}\` is an accessor of a class; return its value`);
    if (typeof inherited.value !== "function") throw bad(`\`${below(path, key)}\` is inherited and would be lost; make it a member`);
  }
}

const tooLarge = () => bad(`the result has more than ${MEMBER_LIMIT} members, which no response may have`);

/** A value as plain data, safe to write as JSON. `seen` counts, and holds what is above. */
function plain(value, path, seen) {
  seen.count += 1;
  if (seen.count > MEMBER_LIMIT) throw tooLarge();
  switch (typeof value) {
    case "string": case "boolean": return value;
    case "number":
      if (isFinite(value)) return value;
      throw bad(`\`${path}\` is ${value}, which has no JSON form`);
    case "bigint": throw bad(`the response has no JSON form: \`${path}\` is a BigInt; make it a string or a number`);
    case "object": break;
    default: throw bad(`\`${path}\` is a ${typeof value}`);
  }
  if (value === null) return null;
  for (let depth = 0; depth < seen.depth; depth++) {
    if (seen[depth] === value) throw bad(`the response has no JSON form: \`${path}\` is a circular reference`);
  }
  if (seen.depth >= DEPTH_LIMIT) throw bad(`the response is nested more than ${DEPTH_LIMIT} levels deep`);
  const isRecord = !isArray(value) && !isClass(getPrototypeOf(value));
  if (!isRecord && value instanceof Date) {
    const time = apply(getTime, value, []);
    if (!isFinite(time)) throw bad(`\`${path}\` is an invalid Date`);
    return apply(toISOString, value, []);
  }
  if (!isRecord && value instanceof URL) return value.href;
  seen[seen.depth] = value;
  seen.depth += 1;
  const copy = isRecord ? plainMembers(members(value, path), path, seen) : isArray(value) ? list(value, path, seen) : record(value, path, seen);
  seen.depth -= 1;
  return copy;
}

function list(value, path, seen) {
  const copy = [];
  if (value.length > MEMBER_LIMIT) throw tooLarge();
  for (let index = 0; index < value.length; index++) {
    const held = value[index];
    copy[index] = held === undefined ? null : plain(held, `${path}[${index}]`, seen);
  }
  return copy;
}

function record(value, path, seen) {
  if (value instanceof Error) throw bad(`\`${path}\` is an Error: ${value.message}`);
  const what = opaque(value);
  if (what) throw bad(`\`${path}\` is ${what}`);
  return plainMembers(members(value, path), path, seen);
}

function plainMembers(found, path, seen) {
  const copy = create(null);
  const keys = ownKeys(found);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (found[key] !== undefined) copy[key] = plain(found[key], below(path, key), seen);
  }
  return copy;
}

function refuse(error, mayDeny, description) {
  const said = `${error.name}: ${error.message}`;
  if (!mayDeny) throw bad(`the hook refused with an Error (${said}), and this stage accepts no \`deny\``);
  console.error(`refused with an Error: ${said}`);
  return { deny: { error: REFUSED, ...(!absent(description) && { description: String(description) }) } };
}

/** Whether a record has at least one member, and none but these. */
function isShape(found, names) {
  const keys = ownKeys(found);
  for (let index = 0; index < keys.length; index++) if (!isAmong(names, keys[index])) return false;
  return keys.length > 0;
}

function isAmong(names, name) {
  for (let index = 0; index < names.length; index++) if (names[index] === name) return true;
  return false;
}

/** The first of these members that is there and holds something. */
function firstOf(found, names) {
  for (let index = 0; index < names.length; index++) if (!absent(found[names[index]])) return names[index];
}

const take = (found, names) => found[firstOf(found, names) ?? ""];

/** Effects from the vendor's names, with what stands beside those: the session, and our own vetoes, none of which may be lost. */
function withSession(effects, found) {
  if (!absent(found.session)) effects.session = found.session;
  for (let index = 0; index < VETOES.length; index++) {
    const name = VETOES[index];
    if (absent(effects[name]) && !absent(found[name])) effects[name] = found[name];
  }
  return effects;
}

function text(value, what) {
  if (typeof value === "string") return value;
  if (value instanceof URL || typeof value === "number") return String(value);
  throw bad(`${what} is ${opaque(value) ?? "an object"}, not a text`);
}

const REDIRECT = ["redirect_url", "redirectUrl"];
const MESSAGE = ["error_message", "errorMessage"];
const AUTHENTICATORS = ["additionalAuthenticators", "additional_authenticators"];
const ALLOW = ["allowRememberedAuthenticators", "allow_remembered_authenticators"];
const IGNORE = ["authenticatorsToIgnore", "authenticators_to_ignore"];

/** A record of one of the vendor's shapes, as effects; any other is taken for effects already. */
function toEffects(found, isInstance) {
  if (isShape(found, ["error", "description"])) return toDenial(found.error, found.description);
  const named = firstOf(found, IDENTIFYING);
  if (!absent(found.error)) {
    if (named === undefined) return withSession(toDenial(found.error, found.description), found);
    throw bad(`the result has \`error\` beside \`${named}\`; refuse with \`deny: { error, description }\``);
  }
  const url = take(found, REDIRECT);
  if (url !== undefined) return withSession({ redirect: { url: text(url, "the URL of the redirect") } }, found);
  const isMessage = isShape(found, ["message", "error_message", "errorMessage", "session"]);
  const message = take(found, isMessage ? ["error_message", "errorMessage", "message"] : MESSAGE);
  if (message !== undefined) return withSession({ showError: { message: text(message, "the message") } }, found);
  if (found.authentication === "ALLOW" || firstOf(found, ALLOW) || firstOf(found, IGNORE)) {
    const authentication = {};
    const remembered = take(found, ALLOW);
    const ignored = take(found, IGNORE);
    if (remembered !== undefined) authentication.allowRememberedAuthenticators = remembered;
    if (ignored !== undefined) authentication.authenticatorsToIgnore = ignored;
    return withSession({ authentication }, found);
  }
  // An object that was made to redirect or to refuse, and has no text to do it with.
  const meant = "redirectUrl" in found || "redirect_url" in found ? "redirect" : "error_message" in found || "errorMessage" in found ? "message" : "";
  if (isInstance && meant !== "" && named === undefined) throw bad(`the result's ${meant} is empty`);
  const authenticators = take(found, AUTHENTICATORS);
  if (isInstance && named === undefined && authenticators === undefined && absent(found.session)) {
    const other = firstOf(found, ownKeys(found));
    if (other !== undefined) throw bad(`the hook returned an instance of a class with \`${other}\` and without an effect`);
  }
  if (authenticators !== undefined) found.additionalAuthenticators = authenticators;
  // The vendor's names say nothing when they hold nothing.
  for (let index = 0; index < EMPTY.length; index++) delete found[EMPTY[index]];
  if (absent(found.session)) delete found.session;
  return found;
}

const EMPTY = ["additional_authenticators", "redirect_url", "redirectUrl", "error_message", "errorMessage"];

/** A denial: an error and a description, an object that has them, or an `Error`, whose message is for the log. */
export function toDenial(error, description) {
  if (error instanceof Error) return refuse(error, true, description);
  if (error !== null && typeof error === "object") {
    return toDenial(error.error ?? error.name, error.description ?? error.message ?? description);
  }
  const deny = { error: absent(error) || error === "" ? DENIED : String(error) };
  if (!absent(description)) deny.description = String(description);
  return { deny };
}

/** Effects as plain data. */
export function toResponse(result, mayDeny, what = "the hook returned") {
  if (absent(result)) return {};
  if (result instanceof Error) return refuse(result, mayDeny);
  if (isArray(result)) throw bad(`${what} an array; return an object of effects, or nothing`);
  const kind = result instanceof Date ? "a Date" : opaque(result);
  if (kind) throw bad(`${what} ${kind}; return an object of effects, or nothing`);
  let effects = result;
  try {
    effects = toEffects(members(result, ""), isClass(getPrototypeOf(result)));
    return plainMembers(effects, "", { count: 0, depth: 1, 0: result });
  } catch (error) {
    const isFull = isOutOfMemory(error);
    if (isFull) {
      host.useMemoryReserve();
      if (effects === result) effects = toEffects(members(result, ""), isClass(getPrototypeOf(result)));
    }
    const vetoes = isFull ? toVetoes(effects, "out of memory") : isBadResult(error) ? toVetoes(effects, error.message) : undefined;
    if (vetoes === undefined) throw error;
    return vetoes;
  }
}

/**
 * What a refused response vetoes, as plain data, and a line in the log that the rest is left out. `undefined` without a sound veto.
 * Long texts are cut: the engine makes those of a message shorter still.
 */
export function toVetoes(effects, why) {
  const vetoes = create(null);
  let kept = "";
  let room = VETO_ROOM;
  for (let index = 0; index < VETOES.length; index++) {
    const name = VETOES[index];
    let veto, size;
    try {
      veto = vetoOf(effects, name);
      if (veto === undefined) continue;
      size = stringify(veto).length;
    } catch (error) {
      // One that does not fit must not take the others along.
      if (!isOutOfMemory(error)) throw error;
      continue;
    }
    if (size > room) continue;
    room -= size;
    vetoes[name] = veto;
    kept += `${kept === "" ? "" : ", "}\`${name}\``;
  }
  if (kept === "") return undefined;
  try {
    console.warn(`of the response, only ${kept} counts: ${why}`);
  } catch {
    // It calls what a script may have replaced.
  }
  return vetoes;
}

/** The texts of a denial or a message, without what is no text; `undefined` without those that it must have. */
function messageOf(name, value) {
  if (typeof value !== "object" || isArray(value) || opaque(value)) return undefined;
  const veto = create(null);
  for (const member in MESSAGES[name]) {
    const { enumerable, value: held } = getOwnPropertyDescriptor(value, member) ?? create(null);
    // What is not enumerable, as the message of an `Error`, is not for customers.
    if (enumerable && typeof held === "string") veto[member] = apply(slice, apply(trimStart, held, []), [0, TEXT_ROOM]);
    if (MESSAGES[name][member] && !veto[member]) return undefined;
  }
  return veto;
}

/** A veto as plain data; `undefined` if there is none, or it has no JSON form. A password that is accepted is none. */
function vetoOf(effects, name) {
  const { get, set, value } = getOwnPropertyDescriptor(effects, name) ?? create(null);
  if (get || set || absent(value)) return undefined;
  try {
    if (MESSAGES[name] !== undefined) return messageOf(name, value);
    const veto = plain(value, name, { count: 0, depth: 1, 0: effects });
    return name === "password" && veto.valid !== false ? undefined : veto;
  } catch (error) {
    if (!isBadResult(error)) throw error;
  }
}
