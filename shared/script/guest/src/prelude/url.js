// URL and URLSearchParams over the host's parser.

import { host } from "hookpoint:host";
import { coded, iterable, pairsIn, specified } from "hookpoint:interfaces";

const PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

export class URLSearchParams {
  #pairs = [];
  #onChange = null;
  static { iterable(this, (params) => params.#pairs); }

  constructor(init = "") {
    if (init !== null && /^[of]/.test(typeof init)) {
      const wrong = () => coded(TypeError, "ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple");
      for (const [name, value] of pairsIn(init, wrong)) this.#pairs.push([text(name), text(value)]);
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
  append(name, value) {
    specified(arguments, "name", "value");
    this.#pairs.push([text(name), text(value)]);
    this.#changed();
  }
  delete(name, ...[value]) {
    specified(arguments, "name");
    name = text(name);
    this.#pairs = this.#pairs.filter(([known, held]) => known !== name || (value !== undefined && held !== text(value)));
    this.#changed();
  }
  get(name) {
    specified(arguments, "name");
    name = text(name);
    const found = this.#pairs.find(([known]) => known === name);
    return found ? found[1] : null;
  }
  getAll(name) {
    specified(arguments, "name");
    name = text(name);
    return this.#pairs.filter(([known]) => known === name).map(([, value]) => value);
  }
  has(name, ...[value]) {
    specified(arguments, "name");
    name = text(name);
    return this.#pairs.some(([known, held]) => known === name && (value === undefined || held === text(value)));
  }
  set(name, value) {
    specified(arguments, "name", "value");
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
  toString() { return host.formSerialize(this.#pairs.flat()); }
  get [Symbol.toStringTag]() { return "URLSearchParams"; }
}

const bindParams = URLSearchParams.bind;
delete URLSearchParams.bind;

function text(value) { return `${value}`.toWellFormed(); }

export class URL {
  #parts;
  #params = new URLSearchParams();

  constructor(url, base) {
    specified(arguments, "url");
    const parts = host.urlParse(text(url), base === undefined ? undefined : text(base));
    if (!parts) {
      const error = coded(TypeError, "ERR_INVALID_URL", "Invalid URL");
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
    specified(arguments, "url");
    return host.urlParse(text(url), base === undefined ? undefined : text(base)) != null;
  }
  static parse(url, base) {
    specified(arguments, "url");
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
