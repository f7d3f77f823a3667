// node:util. Values as text are written by the `node-inspect-extracted` package.

import { host } from "hookpoint:host";
import { console } from "hookpoint:console";
import { TextDecoder, TextEncoder } from "hookpoint:encoding";
import { isDeepEqual } from "hookpoint:equality";
import text from "package:inspect";
import types from "node:util/types";

export const { format, formatWithOptions, inspect, stripVTControlCharacters } = text;

const custom = Symbol.for("nodejs.util.promisify.custom");

function checkedFunction(value, name = "original") {
  if (typeof value === "function") return value;
  const error = new TypeError(`The "${name}" argument must be of type function. ${host.builtIn("node:buffer").received(value)}`);
  error.code = "ERR_INVALID_ARG_TYPE";
  throw error;
}

export function promisify(original) {
  checkedFunction(original);
  if (original[custom]) return checkedFunction(original[custom], "util.promisify.custom");
  function promised(...values) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...values, (error, value) => (error ? reject(error) : resolve(value))]);
    });
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  Object.defineProperty(promised, custom, { value: promised, configurable: true });
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = custom;

export function callbackify(original) {
  checkedFunction(original);
  function called(...values) {
    const callback = checkedFunction(values.pop(), "last argument");
    Reflect.apply(original, this, values).then(
      (value) => queueMicrotask(() => callback(null, value)),
      (reason) => queueMicrotask(() => {
        if (reason) return callback(reason);
        const error = new Error("Promise was rejected with a falsy value");
        error.code = "ERR_FALSY_VALUE_REJECTION";
        error.reason = reason;
        callback(error);
      }),
    );
  }
  const descriptors = Object.getOwnPropertyDescriptors(original);
  if (typeof descriptors.length.value === "number") descriptors.length.value++;
  if (typeof descriptors.name.value === "string") descriptors.name.value += "Callbackified";
  return Object.defineProperties(called, descriptors);
}

const warned = new Set();

export function deprecate(original, message, code) {
  let isNew = true;
  function deprecated(...values) {
    if (isNew) {
      isNew = false;
      if (code === undefined || !warned.has(code)) console.warn(`DeprecationWarning: ${message}`);
      warned.add(code);
    }
    return new.target ? Reflect.construct(original, values, new.target) : Reflect.apply(original, this, values);
  }
  Object.setPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated;
}

export function inherits(constructor, parent) {
  Object.defineProperty(constructor, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

export const isDeepStrictEqual = (left, right) => isDeepEqual(left, right, true);

/** A logger that is off: it would listen to the environment, and there is none. */
export function debuglog() { return Object.assign(() => {}, { enabled: false }); }
export const debug = debuglog;

export function toUSVString(value) { return String(value).toWellFormed(); }

export function styleText(style, value, { validateStream = true } = {}) {
  let styled = String(value);
  for (const name of [style].flat().toReversed()) {
    const codes = inspect.colors[name];
    if (!codes) {
      const error = new TypeError(`The argument 'format' must be one of the names of colours. Received '${name}'`);
      error.code = "ERR_INVALID_ARG_VALUE";
      throw error;
    }
    // As for a stream that is no terminal.
    if (!validateStream) styled = `\u001b[${codes[0]}m${styled}\u001b[${codes[1]}m`;
  }
  return styled;
}

export function aborted(signal) {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

export function log(...values) { console.log(...values); }
export const { isArray } = Array;
export const isBoolean = (value) => typeof value === "boolean";
export const isBuffer = (value) => host.builtIn("node:buffer").Buffer.isBuffer(value);
export const isDate = (value) => types.isDate(value);
export const isError = (value) => types.isNativeError(value) || value instanceof Error;
export const isFunction = (value) => typeof value === "function";
export const isNull = (value) => value === null;
export const isNullOrUndefined = (value) => value === null || value === undefined;
export const isNumber = (value) => typeof value === "number";
export const isObject = (value) => value !== null && typeof value === "object";
export const isPrimitive = (value) => value === null || (typeof value !== "object" && typeof value !== "function");
export const isRegExp = (value) => types.isRegExp(value);
export const isString = (value) => typeof value === "string";
export const isSymbol = (value) => typeof value === "symbol";
export const isUndefined = (value) => value === undefined;
export const _extend = (target, source) => (isObject(source) ? Object.assign(target, source) : target);

const unsupported = (name) => ({ [name]() { throw new Error(`util.${name} is not supported in the sandbox`); } })[name];
export const parseArgs = unsupported("parseArgs");
export const getSystemErrorName = unsupported("getSystemErrorName");
export const getSystemErrorMap = unsupported("getSystemErrorMap");
export const getCallSites = unsupported("getCallSites");
export const parseEnv = unsupported("parseEnv");

export { TextDecoder, TextEncoder, types };
export default {
  TextDecoder, TextEncoder, _extend, aborted, callbackify, debug, debuglog, deprecate, format, formatWithOptions, getCallSites,
  getSystemErrorMap, getSystemErrorName, inherits, inspect, isArray, isBoolean, isBuffer, isDate, isDeepStrictEqual, isError, isFunction,
  isNull, isNullOrUndefined, isNumber, isObject, isPrimitive, isRegExp, isString, isSymbol, isUndefined, log, parseArgs, parseEnv, promisify,
  stripVTControlCharacters, styleText, toUSVString, types,
};
