// The CommonJS form: `module.exports = async function ({ application, … }, callback, deny) { … }`.
//
// Scripts written for that product declare the result classes themselves, so results are recognised by shape.

import { require } from "hookpoint:require";
import { isTimer } from "hookpoint:timers";

class RegistrationData {
  constructor({ attributes, additionalAuthenticators, session } = {}) {
    Object.assign(this, { attributes, additionalAuthenticators, session });
  }
}
class AdditionalAuthenticator {
  constructor(type, target) {
    if (type !== null && typeof type === "object") ({ type, target } = type);
    this.type = type;
    this.target = target;
  }
}
class AllowAuthentication {
  constructor({ session, allowRememberedAuthenticators = true, authenticatorsToIgnore = [] } = {}) {
    Object.assign(this, { authentication: "ALLOW", session, allowRememberedAuthenticators, authenticatorsToIgnore });
  }
}
class RedirectRequest {
  constructor(redirect_url, session) { Object.assign(this, { redirect_url, session }); }
}
class ShowErrorMessage {
  constructor(error_message, session) { Object.assign(this, { error_message, session }); }
}
class DenyRequest {
  constructor(error, description) { Object.assign(this, { error, description }); }
}

export const resultClasses = {
  RegistrationData, AdditionalAuthenticator, AllowAuthentication, RedirectRequest, ShowErrorMessage, DenyRequest,
};

const hasOwn = Object.hasOwn;
const absent = (value) => value === undefined || value === null;
const first = (object, keys) => {
  for (const key of keys) if (hasOwn(object, key) && !absent(object[key])) return object[key];
};

/** The error of a refusal that names none: it must not be lost for want of a text. */
const DENIED = "access_denied";

/** Only what is there: `session: null` is nothing to replace the session with. */
function effects(members, session) {
  const result = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) result[name] = value;
  if (session !== undefined && session !== null) result.session = session;
  return result;
}

/** A result of one of the known shapes, as effects; anything else is taken for effects already. */
function toEffects(result) {
  if (absent(result)) return {};
  if (typeof result !== "object" || Array.isArray(result)) return result;
  const kind = result.constructor?.name;
  if (kind === "DenyRequest") return toDenial(result);
  const url = first(result, ["redirect_url", "redirectUrl"]);
  if (url !== undefined) return effects({ redirect: { url: String(url) } }, result.session);
  const message = first(result, ["error_message", "errorMessage"]);
  if (message !== undefined || kind === "ShowErrorMessage") {
    return effects({ showError: { message: String(message ?? "Access denied") } }, result.session);
  }
  if (result.authentication === "ALLOW") {
    const authentication = {};
    for (const [ours, keys] of [
      ["allowRememberedAuthenticators", ["allowRememberedAuthenticators", "allow_remembered_authenticators"]],
      ["authenticatorsToIgnore", ["authenticatorsToIgnore", "authenticators_to_ignore"]],
    ]) {
      const value = first(result, keys);
      if (value !== undefined) authentication[ours] = value;
    }
    return effects({ authentication }, result.session);
  }
  const authenticators = first(result, ["additionalAuthenticators", "additional_authenticators"]);
  // The names of the shapes above say nothing when they hold nothing.
  const { session, additional_authenticators, redirect_url, redirectUrl, error_message, errorMessage, ...rest } = result;
  return effects({ ...rest, additionalAuthenticators: authenticators }, session);
}

/** A denial by shape: `new DenyRequest(error, description)`, the same as two arguments, or an error. */
function toDenial(error, description) {
  if (error !== null && typeof error === "object") {
    const reason = error;
    return toDenial(reason.error ?? reason.name, reason.description ?? reason.message ?? description);
  }
  const deny = { error: absent(error) || error === "" ? DENIED : String(error) };
  if (!absent(description)) deny.description = String(description);
  return { deny };
}

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The members of an object under their snake_case names; what they hold stays as it is. */
function snakeCase(object) {
  if (object === null || typeof object !== "object" || Array.isArray(object)) return object;
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [snake(name), value]));
}

/** The event as that product passes it: snake_case where names are the product's, untouched where they are the customer's. */
function toArguments(event) {
  const input = snakeCase(event);
  for (const name of ["application", "oidc_context", "customer", "continue_request_parameters"]) {
    if (name in input) input[name] = snakeCase(input[name]);
  }
  if (input.customer?.location) {
    input.customer.location = snakeCase(input.customer.location);
  }
  input.continue_context ??= null;
  return input;
}

function exportedFunction(exports) {
  for (const candidate of [exports, exports?.default, exports?.handler]) {
    if (typeof candidate === "function") return candidate;
  }
  throw new TypeError(
    "the hook exports no function: write `module.exports = async function ({ … }, callback, deny) { … }` or `export default async function (event, hook) { … }`",
  );
}

/**
 * Runs the hook to its first answer: a call of `callback` or `deny`, or a returned value.
 *
 * A function that returns nothing may still answer later, however many parameters it seems to have: it is waited for until
 * nothing is under way. Then silence is an answer only from a function that does not ask for a callback.
 */
export function runCommonJs(factory, event, hook, onIdle) {
  return new Promise((resolve, reject) => {
    const module = { exports: {} };
    Object.defineProperty(globalThis, "hook", { value: hook, writable: true, configurable: true, enumerable: false });
    factory.call(module.exports, module.exports, require, module, "hook.js", ".", globalThis);
    const exported = exportedFunction(module.exports);
    const takesCallback = exported.length >= 2;
    let answered = false;
    let returned = false;

    /** The first answer counts, also when it is a promise that is still to settle. */
    async function answer(map, values) {
      if (answered) return;
      answered = true;
      try {
        for (let index = 0; index < values.length; index++) values[index] = await values[index];
        resolve(map(values[0], values[1]));
      } catch (error) {
        reject(error);
      }
    }
    const callback = (result) => void answer(toEffects, [result]);
    const deny = (error, description) => void answer(toDenial, [error, description]);

    async function call() {
      try {
        const value = await exported(toArguments(event), callback, deny, hook);
        returned = true;
        // `(…) => setTimeout(…)` returns a timer and means nothing by it.
        if (!absent(value) && !isTimer(value)) answer(toEffects, [value]);
      } catch (error) {
        if (!answered) reject(error);
      }
    }
    onIdle(() => {
      if (!returned || answered) return;
      if (takesCallback) reject(new Error("the hook ended without calling `callback` or `deny`"));
      else resolve({});
    });
    call();
  });
}
