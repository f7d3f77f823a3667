// Headers.

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function checkedName(name) {
  name = String(name);
  if (!NAME.test(name)) throw new TypeError(`invalid header name '${name}'`);
  return name.toLowerCase();
}

function checkedValue(value) {
  value = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (/[\0\n\r]/.test(value)) throw new TypeError("invalid header value");
  return value;
}

export class Headers {
  #values = new Map();
  constructor(init) {
    if (init == null) return;
    if (typeof init !== "object") throw new TypeError("Headers are made of an object or of pairs");
    const pairs = typeof init[Symbol.iterator] === "function" ? init : Object.entries(init);
    for (const pair of pairs) {
      const [name, value, ...more] = pair;
      if (value === undefined && pair.length < 2 || more.length > 0) throw new TypeError("each header is a name and a value");
      this.append(name, value);
    }
  }
  append(name, value) {
    name = checkedName(name);
    const held = this.#values.get(name) ?? [];
    this.#values.set(name, [...held, checkedValue(value)]);
  }
  set(name, value) { this.#values.set(checkedName(name), [checkedValue(value)]); }
  get(name) {
    const held = this.#values.get(checkedName(name));
    return held ? held.join(", ") : null;
  }
  has(name) { return this.#values.has(checkedName(name)); }
  delete(name) { this.#values.delete(checkedName(name)); }
  getSetCookie() { return [...(this.#values.get("set-cookie") ?? [])]; }
  forEach(callback, self) { for (const [name, value] of this) callback.call(self, value, name, this); }
  *entries() {
    for (const name of [...this.#values.keys()].sort()) {
      const held = this.#values.get(name);
      if (name === "set-cookie") for (const value of held) yield [name, value];
      else yield [name, held.join(", ")];
    }
  }
  *keys() { for (const [name] of this.entries()) yield name; }
  *values() { for (const [, value] of this.entries()) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  get [Symbol.toStringTag]() { return "Headers"; }
}
