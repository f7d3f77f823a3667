// structuredClone.

function refused(value) {
  const what = typeof value === "symbol" ? "a symbol" : typeof value === "function" ? "a function" : "this object";
  return new DOMException(`${what} cannot be cloned`, "DataCloneError");
}

const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function cloneBuffer(buffer, seen) {
  if (seen.has(buffer)) return seen.get(buffer);
  const copy = buffer.slice(0);
  seen.set(buffer, copy);
  return copy;
}

function clone(value, seen) {
  if (typeof value === "symbol" || typeof value === "function") throw refused(value);
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (copy) => { seen.set(value, copy); return copy; };
  if (Array.isArray(value)) {
    const copy = keep(new Array(value.length));
    for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
    return copy;
  }
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, held] of [...value]) copy.set(clone(key, seen), clone(held, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const held of [...value]) copy.add(clone(held, seen));
    return copy;
  }
  if (value instanceof ArrayBuffer) return cloneBuffer(value, seen);
  if (ArrayBuffer.isView(value)) {
    const buffer = cloneBuffer(value.buffer, seen);
    const Kind = value instanceof DataView ? DataView : globalThis[value[Symbol.toStringTag]];
    return keep(new Kind(buffer, value.byteOffset, value instanceof DataView ? value.byteLength : value.length));
  }
  if (value instanceof Error) {
    const Kind = ERRORS[value.name] ?? Error;
    const copy = keep(new Kind(value.message));
    Object.defineProperty(copy, "stack", { value: value.stack, writable: true, configurable: true });
    if ("cause" in value) copy.cause = clone(value.cause, seen);
    return copy;
  }
  for (const Boxed of [Boolean, Number, String]) {
    if (value instanceof Boxed) return keep(new Boxed(value.valueOf()));
  }
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise) throw refused(value);
  const copy = keep({});
  for (const key of Object.keys(value)) {
    Object.defineProperty(copy, key, { value: clone(value[key], seen), writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

export function structuredClone(value, options) {
  if (options?.transfer?.length > 0) throw new DOMException("transferring is not supported", "DataCloneError");
  return clone(value, new Map());
}
