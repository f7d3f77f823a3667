// URL and URLSearchParams over the host's parser.

import { host } from "hookpoint:host";

const PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

export class URLSearchParams {
  #pairs = [];
  #onChange = null;

  constructor(init = "") {
    if (init !== null && typeof init === "object") {
      const pairs = typeof init[Symbol.iterator] === "function" ? [...init] : Object.entries(init);
      for (const pair of pairs) {
        const [name, value, ...more] = pair;
        if (value === undefined || more.length > 0) throw Object.assign(new TypeError("Each query pair must be an iterable [name, value] tuple"), { code: "ERR_INVALID_TUPLE" });
        this.#pairs.push([text(name), text(value)]);
      }
    } else {
      this.#parse(text(init));
    }
  }

  #parse(query) {
    const flat = host.formParse(query.startsWith("?") ? query.slice(1) : query);
    this.#pairs = [];
    for (let index = 0; index < flat.length; index += 2) this.#pairs.push([flat[index], flat[index + 1]]);
  }

  static bind(params, query, onChange) {
    params.#parse(query);
    params.#onChange = onChange;
  }

  #changed() { this.#onChange?.(this.toString()); }

  get size() { return this.#pairs.length; }
  append(name, value) { this.#pairs.push([text(name), text(value)]); this.#changed(); }
  delete(name, value) {
    name = text(name);
    this.#pairs = this.#pairs.filter(([known, held]) => known !== name || (value !== undefined && held !== text(value)));
    this.#changed();
  }
  get(name) {
    name = text(name);
    const found = this.#pairs.find(([known]) => known === name);
    return found ? found[1] : null;
  }
  getAll(name) {
    name = text(name);
    return this.#pairs.filter(([known]) => known === name).map(([, value]) => value);
  }
  has(name, value) {
    name = text(name);
    return this.#pairs.some(([known, held]) => known === name && (value === undefined || held === text(value)));
  }
  set(name, value) {
    name = text(name);
    value = text(value);
    const first = this.#pairs.findIndex(([known]) => known === name);
    if (first < 0) {
      this.#pairs.push([name, value]);
    } else {
      this.#pairs[first][1] = value;
      this.#pairs = this.#pairs.filter(([known], index) => known !== name || index <= first);
    }
    this.#changed();
  }
  sort() {
    this.#pairs.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
    this.#changed();
  }
  forEach(callback, self) {
    for (const [name, value] of this.#pairs) callback.call(self, value, name, this);
  }
  *entries() { for (const [name, value] of this.#pairs) yield [name, value]; }
  *keys() { for (const [name] of this.#pairs) yield name; }
  *values() { for (const [, value] of this.#pairs) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  toString() { return host.formSerialize(this.#pairs.flat()); }
  get [Symbol.toStringTag]() { return "URLSearchParams"; }
}

const bindParams = URLSearchParams.bind;
delete URLSearchParams.bind;

function text(value) { return String(value).toWellFormed(); }

export class URL {
  #parts;
  #params = new URLSearchParams();

  constructor(url, base) {
    const parts = host.urlParse(text(url), base === undefined ? undefined : text(base));
    if (!parts) {
      const error = new TypeError("Invalid URL");
      error.code = "ERR_INVALID_URL";
      error.input = String(url);
      throw error;
    }
    this.#take(parts);
  }

  #take(parts) {
    this.#parts = parts;
    bindParams(this.#params, parts[9], (query) => {
      this.#parts = host.urlSet(this.#parts[0], "search", query);
    });
  }

  static canParse(url, base) {
    return host.urlParse(text(url), base === undefined ? undefined : text(base)) != null;
  }
  static parse(url, base) {
    return URL.canParse(url, base) ? new URL(url, base) : null;
  }

  static read(url, index) { return url.#parts[index]; }
  static write(url, part, value) {
    if (part === "href") return url.#take(new URL(value).#parts);
    url.#take(host.urlSet(url.#parts[0], part, text(value)));
  }

  get searchParams() { return this.#params; }
  toString() { return this.#parts[0]; }
  toJSON() { return this.#parts[0]; }
  get [Symbol.toStringTag]() { return "URL"; }
}

const { read, write } = URL;
delete URL.read;
delete URL.write;
PARTS.forEach((part, index) => {
  Object.defineProperty(URL.prototype, part, {
    get() { return read(this, index); },
    set: part === "origin" ? undefined : function (value) { write(this, part, value); },
    enumerable: true,
    configurable: true,
  });
});
