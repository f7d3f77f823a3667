// The CommonJS form: `module.exports = async function ({ application, … }, callback, deny) { … }`.

import { require } from "hookpoint:require";
import { absent, bad, toDenial, toResponse } from "hookpoint:result";
import { isTimer } from "hookpoint:timers";

/** The members of a class from its arguments: by position, or from one object that has some of them. */
function named(values, names) {
  const [first] = values;
  const isRecord = values.length === 1 && first !== null && typeof first === "object" && !Array.isArray(first);
  const keys = isRecord ? Object.keys(first) : [];
  if (isRecord && keys.length > 0 && keys.every((key) => names.includes(key))) return names.map((name) => first[name]);
  return names.map((name, index) => values[index]);
}

class RegistrationData {
  constructor(...values) {
    [this.attributes, this.additionalAuthenticators, this.session] = named(values, ["attributes", "additionalAuthenticators", "session"]);
  }
}
class AdditionalAuthenticator {
  constructor(...values) { [this.type, this.target] = named(values, ["type", "target"]); }
}
class AllowAuthentication {
  constructor(...values) {
    const names = ["session", "allowRememberedAuthenticators", "authenticatorsToIgnore"];
    const [session, allowRememberedAuthenticators = true, authenticatorsToIgnore = []] = named(values, names);
    Object.assign(this, { authentication: "ALLOW", session, allowRememberedAuthenticators, authenticatorsToIgnore });
  }
}
class RedirectRequest {
  constructor(...values) {
    [this.redirectUrl, this.session] = named(values, ["redirectUrl", "session"]);
    if (absent(this.redirectUrl)) throw new TypeError("RedirectRequest needs a URL");
  }
}
class ShowErrorMessage {
  constructor(...values) {
    const [message, session] = named(values, ["message", "session"]);
    this.errorMessage = absent(message) ? "Access denied" : message;
    this.session = session;
  }
}
class DenyRequest {
  constructor(...values) { [this.error, this.description] = named(values, ["error", "description"]); }
}

export const resultClasses = {
  RegistrationData, AdditionalAuthenticator, AllowAuthentication, RedirectRequest, ShowErrorMessage, DenyRequest,
};

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

/** Evaluates the module; returns the function that it exports. */
export function loadCommonJs(factory) {
  const module = { exports: {} };
  factory.call(module.exports, module.exports, require, module, "hook.js", ".", globalThis);
  const { exports } = module;
  for (const candidate of [exports, exports?.default, exports?.handler]) {
    if (typeof candidate === "function") return candidate;
  }
  throw new TypeError(
    "the hook exports no function: write `module.exports = async function ({ … }, callback, deny) { … }` or `export default async function (event, hook) { … }`",
  );
}

/**
 * Runs the hook to its first result: a call of `callback` or `deny`, or a returned value.
 *
 * A function that returns nothing may still call back later, however many parameters it seems to have: it is waited for until
 * nothing is under way. Then silence is a result only of a function that does not ask for a callback.
 */
export function runCommonJs(exported, event, hook, { isConversation, mayDeny, onIdle }) {
  return new Promise((resolve, reject) => {
    const takesCallback = exported.length >= 2;
    let ended = false;
    let returned = false;

    /** The first result counts, also when it is a promise that is still to settle. */
    async function end(map, values) {
      if (ended) return;
      ended = true;
      try {
        for (let index = 0; index < values.length; index++) values[index] = await values[index];
        resolve(map(...values));
      } catch (error) {
        reject(error);
      }
    }
    const fromCallback = (result, ...more) => {
      if (!(result instanceof Error) && more.some((value) => !absent(value))) {
        throw bad("`callback` was called with a second argument; it takes the result alone: `callback({ deny: { error } })`");
      }
      return toResponse(result, mayDeny, "`callback` was called with");
    };
    const callback = (...values) => void end(fromCallback, values);
    const deny = (error, description) => void end((...reason) => toResponse(toDenial(...reason), mayDeny), [error, description]);

    async function call() {
      try {
        const value = await exported(isConversation ? event : toArguments(event), callback, deny, hook);
        returned = true;
        // `(…) => setTimeout(…)` returns a timer and means nothing by it.
        if (!absent(value) && !isTimer(value)) end((result) => toResponse(result, mayDeny), [value]);
      } catch (error) {
        if (!ended) reject(error);
      }
    }
    onIdle(() => {
      if (!returned || ended) return;
      if (takesCallback) reject(new Error("the hook ended without calling `callback` or `deny`"));
      else resolve({});
    });
    call();
  });
}
