// The CommonJS form: `module.exports = async function ({ application, … }, callback, deny) { … }`.
//
// Scripts written for that product declare the result classes themselves, so results are recognised by shape.

import { require } from "hookpoint:require";

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

const has = (object, key) => Object.hasOwn(object, key) && object[key] !== undefined;
const first = (object, keys) => { for (const key of keys) if (has(object, key)) return object[key]; };

/** Only what is there: `session: null` is nothing to replace the session with. */
function effects(members, session) {
  const result = {};
  for (const [name, value] of Object.entries(members)) if (value !== undefined) result[name] = value;
  if (session !== undefined && session !== null) result.session = session;
  return result;
}

/** A result of one of the known shapes, as effects; anything else is taken for effects already. */
function toEffects(result) {
  if (result === undefined || result === null) return {};
  if (typeof result !== "object" || Array.isArray(result)) return result;
  const url = first(result, ["redirect_url", "redirectUrl"]);
  if (url !== undefined) return effects({ redirect: { url: String(url) } }, result.session);
  const message = first(result, ["error_message", "errorMessage"]);
  if (message !== undefined) return effects({ showError: { message: String(message) } }, result.session);
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
  const { session, additional_authenticators, ...rest } = result;
  return effects({ ...rest, additionalAuthenticators: authenticators }, session);
}

/** A denial by shape: `new DenyRequest(error, description)`, the same as two arguments, or an error. */
function toDenial(error, description) {
  if (error !== null && typeof error === "object") {
    const reason = error;
    return toDenial(reason.error ?? reason.name ?? "access_denied", reason.description ?? reason.message ?? description);
  }
  const deny = { error: error === undefined ? "access_denied" : String(error) };
  if (description !== undefined && description !== null) deny.description = String(description);
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

export function runCommonJs(factory, event, hook, onIdle) {
  return new Promise((resolve, reject) => {
    const module = { exports: {} };
    Object.defineProperty(globalThis, "hook", { value: hook, writable: true, configurable: true, enumerable: false });
    factory.call(module.exports, module.exports, require, module, "hook.js", ".", globalThis);
    const exported = exportedFunction(module.exports);
    const callback = (result) => resolve(toEffects(result));
    const deny = (error, description) => resolve(toDenial(error, description));
    const answers = exported.length >= 2;
    let returned;
    onIdle(() => {
      if (returned?.value !== undefined) callback(returned.value);
      else if (returned) reject(new Error("the hook ended without calling `callback` or `deny`"));
    });
    Promise.resolve(exported(toArguments(event), callback, deny, hook)).then((value) => {
      returned = { value };
      // A hook that takes no callback answers with what it returns. One that does may call it later.
      if (!answers) callback(value);
    }, reject);
  });
}
