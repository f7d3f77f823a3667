// node:util/types. What a value is, is asked of methods that work on that kind of value only: a prototype may lie.

import { host } from "hookpoint:host";

function brand(prototype, member) {
  const { get, value } = Object.getOwnPropertyDescriptor(prototype, member);
  const method = get ?? value;
  return (candidate) => {
    if (candidate === null || typeof candidate !== "object") return false;
    try {
      Reflect.apply(method, candidate, []);
      return true;
    } catch {
      return false;
    }
  };
}

const kindOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const typed = (name) => (value) => ArrayBuffer.isView(value) && Reflect.apply(kindOf, value, []) === name;
const tagged = (name) => (value) => value !== null && typeof value === "object" && Object.prototype.toString.call(value) === `[object ${name}]`;

export const isDate = brand(Date.prototype, "getTime");
export const isMap = brand(Map.prototype, "size");
export const isSet = brand(Set.prototype, "size");
export const isArrayBuffer = brand(ArrayBuffer.prototype, "byteLength");
export const isDataView = (value) => ArrayBuffer.isView(value) && Reflect.apply(kindOf, value, []) === undefined;
export const isRegExp = tagged("RegExp");
export const isNativeError = (value) => value instanceof Error && Object.prototype.toString.call(value) === "[object Error]";
export const isPromise = (value) => host.promiseState(value) !== undefined;
export const isWeakMap = brand(WeakMap.prototype, "has");
export const isWeakSet = brand(WeakSet.prototype, "has");
export const isSharedArrayBuffer = () => false;
export const isAnyArrayBuffer = isArrayBuffer;
export const isArrayBufferView = (value) => ArrayBuffer.isView(value);
export const isTypedArray = (value) => ArrayBuffer.isView(value) && !isDataView(value);
export const isUint8Array = typed("Uint8Array");
export const isUint8ClampedArray = typed("Uint8ClampedArray");
export const isUint16Array = typed("Uint16Array");
export const isUint32Array = typed("Uint32Array");
export const isInt8Array = typed("Int8Array");
export const isInt16Array = typed("Int16Array");
export const isInt32Array = typed("Int32Array");
export const isFloat32Array = typed("Float32Array");
export const isFloat64Array = typed("Float64Array");
export const isBigInt64Array = typed("BigInt64Array");
export const isBigUint64Array = typed("BigUint64Array");
export const isBooleanObject = tagged("Boolean");
export const isNumberObject = tagged("Number");
export const isStringObject = tagged("String");
export const isSymbolObject = brand(Symbol.prototype, "valueOf");
export const isBigIntObject = brand(BigInt.prototype, "valueOf");
export const isBoxedPrimitive = (value) => [isBooleanObject, isNumberObject, isStringObject, isSymbolObject, isBigIntObject].some((is) => is(value));
export const isArgumentsObject = tagged("Arguments");
export const isGeneratorObject = tagged("Generator");
export const isMapIterator = tagged("Map Iterator");
export const isSetIterator = tagged("Set Iterator");
export const isModuleNamespaceObject = tagged("Module");
export const isAsyncFunction = (value) => host.functionKind(value).startsWith("async");
export const isGeneratorFunction = (value) => host.functionKind(value).endsWith("generator");
export const isCryptoKey = tagged("CryptoKey");
export const isKeyObject = (value) => value !== null && typeof value === "object" && /^(?:Secret|Public|Private)KeyObject$/.test(value.constructor?.name);
export const isExternal = () => false;
// The engine does not say whether a value is a proxy.
export const isProxy = () => false;

export default {
  isAnyArrayBuffer, isArgumentsObject, isArrayBuffer, isArrayBufferView, isAsyncFunction, isBigInt64Array, isBigIntObject, isBigUint64Array,
  isBooleanObject, isBoxedPrimitive, isCryptoKey, isDataView, isDate, isExternal, isFloat32Array, isFloat64Array, isGeneratorFunction,
  isGeneratorObject, isInt16Array, isInt32Array, isInt8Array, isKeyObject, isMap, isMapIterator, isModuleNamespaceObject, isNativeError,
  isNumberObject, isPromise, isProxy, isRegExp, isSet, isSetIterator, isSharedArrayBuffer, isStringObject, isSymbolObject, isTypedArray,
  isUint16Array, isUint32Array, isUint8Array, isUint8ClampedArray, isWeakMap, isWeakSet,
};
