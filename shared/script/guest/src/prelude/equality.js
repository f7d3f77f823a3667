// Deep equality, as `util.isDeepStrictEqual` and `assert.deepEqual` know it.

const tag = (value) => Object.prototype.toString.call(value);
const enumerable = (value) => [
  ...Object.keys(value),
  ...Object.getOwnPropertySymbols(value).filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol)),
];

function sameBytes(left, right) {
  if (left.byteLength !== right.byteLength) return false;
  const [first, second] = [left, right].map((view) => (
    view instanceof ArrayBuffer ? new Uint8Array(view) : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)));
  return first.every((byte, index) => byte === second[index]);
}

/** Whether two values are equal; `strict` compares as `Object.is` does, and prototypes too. */
export function isDeepEqual(left, right, strict, seen = []) {
  if (strict ? Object.is(left, right) : left == right || (Number.isNaN(left) && Number.isNaN(right))) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (strict && Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  if (tag(left) !== tag(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  for (const [one, other] of seen) if (one === left) return other === right;
  const inner = [...seen, [left, right]];
  const equal = (one, other) => isDeepEqual(one, other, strict, inner);
  if (left instanceof Date && right instanceof Date) {
    if (!Object.is(left.getTime(), right.getTime())) return false;
  } else if (left instanceof RegExp && right instanceof RegExp) {
    if (String(left) !== String(right) || left.lastIndex !== right.lastIndex) return false;
  } else if (left instanceof Error && right instanceof Error) {
    if (left.message !== right.message || left.name !== right.name || !equal(left.cause, right.cause)) return false;
  } else if (left instanceof ArrayBuffer || left instanceof DataView) {
    if (!sameBytes(left, right)) return false;
  } else if (ArrayBuffer.isView(left)) {
    if (left.length !== right.length) return false;
    for (let index = 0; index < left.length; index++) {
      if (strict ? !Object.is(left[index], right[index]) : left[index] != right[index]) return false;
    }
    return true;
  } else if (left instanceof Map && right instanceof Map) {
    if (left.size !== right.size) return false;
    const rest = [...right];
    for (const [key, value] of left) {
      const found = rest.findIndex(([other, held]) => equal(key, other) && equal(value, held));
      if (found < 0) return false;
      rest.splice(found, 1);
    }
  } else if (left instanceof Set && right instanceof Set) {
    if (left.size !== right.size) return false;
    const rest = [...right];
    for (const value of left) {
      const found = rest.findIndex((other) => equal(value, other));
      if (found < 0) return false;
      rest.splice(found, 1);
    }
  } else {
    for (const Boxed of [Boolean, Number, String, BigInt, Symbol]) {
      if (left instanceof Boxed && !Object.is(left.valueOf(), right.valueOf())) return false;
    }
    if (left instanceof WeakMap || left instanceof WeakSet || left instanceof Promise) return false;
  }
  if (Array.isArray(left) && left.length !== right.length) return false;
  const keys = strict ? enumerable(left) : Object.keys(left);
  const others = strict ? enumerable(right) : Object.keys(right);
  return keys.length === others.length && keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]));
}
