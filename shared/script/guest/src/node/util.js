// node:util.

import { TextDecoder, TextEncoder } from "hookpoint:encoding";
import { format, inspect as show } from "hookpoint:inspect";

export const inspect = (value, options) => (typeof value === "string" ? JSON.stringify(value) : show(value, options?.depth ?? 4));
inspect.custom = Symbol.for("nodejs.util.inspect.custom");

const custom = Symbol.for("nodejs.util.promisify.custom");

export function promisify(original) {
  if (typeof original !== "function") throw new TypeError("promisify needs a function");
  if (original[custom]) return original[custom];
  return function (...values) {
    return new Promise((resolve, reject) => {
      original.call(this, ...values, (error, value) => (error ? reject(error) : resolve(value)));
    });
  };
}
promisify.custom = custom;

export function callbackify(original) {
  return function (...values) {
    const callback = values.pop();
    original.apply(this, values).then((value) => queueMicrotask(() => callback(null, value)), (error) => queueMicrotask(() => callback(error)));
  };
}

export function deprecate(original) { return original; }

export function inherits(constructor, parent) {
  constructor.super_ = parent;
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

export function isDeepStrictEqual(left, right) {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  if (left instanceof Date) return left.getTime() === right.getTime();
  if (left instanceof RegExp) return String(left) === String(right);
  if (left instanceof Map || left instanceof Set) return left.size === right.size && isDeepStrictEqual([...left], [...right]);
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && isDeepStrictEqual(left[key], right[key]));
}

const kind = (name) => (value) => Object.prototype.toString.call(value) === `[object ${name}]`;

export const types = {
  isDate: (value) => value instanceof Date,
  isRegExp: (value) => value instanceof RegExp,
  isNativeError: (value) => value instanceof Error,
  isPromise: (value) => value instanceof Promise,
  isMap: (value) => value instanceof Map,
  isSet: (value) => value instanceof Set,
  isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  isUint8Array: (value) => value instanceof Uint8Array,
  isArrayBuffer: (value) => value instanceof ArrayBuffer,
  isAnyArrayBuffer: (value) => value instanceof ArrayBuffer,
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isAsyncFunction: kind("AsyncFunction"),
  isGeneratorFunction: kind("GeneratorFunction"),
  isCryptoKey: kind("CryptoKey"),
  isKeyObject: () => false,
  isProxy: () => false,
};

export const { isArray } = Array;
export { TextDecoder, TextEncoder, format };
export default {
  TextDecoder, TextEncoder, callbackify, deprecate, format, inherits, inspect, isArray, isDeepStrictEqual, promisify, types,
};
