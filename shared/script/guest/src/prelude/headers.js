// Headers.

import { iterable, pairsIn, required } from "hookpoint:interfaces";

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Text of bytes. */
export function byteString(value) {
  const text = `${value}`;
  const index = text.search(/[^\0-\xff]/);
  if (index < 0) return text;
  throw new TypeError(`Cannot convert argument to a ByteString because the character at index ${index} has a value of ${text.charCodeAt(index)} which is greater than 255.`);
}

/** Whether a text is a name of a header, or of a method. */
export const isToken = (text) => NAME.test(text);

function checkedName(name) {
  name = byteString(name);
  if (!isToken(name)) throw new TypeError(`invalid header name '${name}'`);
  return name.toLowerCase();
}

function checkedValue(value) {
  value = byteString(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (/[\0\n\r]/.test(value)) throw new TypeError("invalid header value");
  return value;
}

export let isLocked, lock;

export class Headers {
  #values = new Map();
  #sorted;
  #isLocked = false;
  static {
    isLocked = (headers) => headers.#isLocked;
    lock = (headers) => { headers.#isLocked = true; };
    iterable(this, (headers) => (headers.#sorted ??= [...headers.#values.keys()].sort().flatMap((name) => {
      const held = headers.#values.get(name);
      return (name === "set-cookie" ? held : [held.join(", ")]).map((value) => [name, value]);
    })));
  }
  constructor(init) {
    if (init === undefined) return;
    if (init === null || !/^[of]/.test(typeof init)) throw new TypeError("Headers are made of an object or of pairs");
    for (const [name, value] of pairsIn(init, () => new TypeError("each header is a name and a value"))) this.append(name, value);
  }
  #change() {
    if (this.#isLocked) throw new TypeError("immutable");
    this.#sorted = undefined;
    return this.#values;
  }
  append(name, value) {
    required(arguments, 2, "Headers.append");
    name = checkedName(name);
    value = checkedValue(value);
    const values = this.#change();
    values.set(name, [...values.get(name) ?? [], value]);
  }
  set(name, value) {
    required(arguments, 2, "Headers.set");
    name = checkedName(name);
    value = checkedValue(value);
    this.#change().set(name, [value]);
  }
  get(name) {
    required(arguments, 1, "Headers.get");
    return this.#values.get(checkedName(name))?.join(", ") ?? null;
  }
  has(name) {
    required(arguments, 1, "Headers.has");
    return this.#values.has(checkedName(name));
  }
  delete(name) {
    required(arguments, 1, "Headers.delete");
    name = checkedName(name);
    this.#change().delete(name);
  }
  getSetCookie() { return [...(this.#values.get("set-cookie") ?? [])]; }
  get [Symbol.toStringTag]() { return "Headers"; }
}
