// Blob, File.

import { bytesOf, utf8 } from "hookpoint:encoding";

const none = new Uint8Array(0);

function bytesOfPart(part, nativeEndings) {
  if (part instanceof Blob) return content(part);
  if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) return bytesOf(part).slice();
  const text = String(part);
  return utf8(nativeEndings ? text.replace(/\r\n?/g, "\n") : text);
}

function joined(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function cleanType(type) {
  type = String(type);
  return /[^\x20-\x7e]/.test(type) ? "" : type.toLowerCase();
}

export class Blob {
  #bytes = none;
  #type = "";
  constructor(parts = [], options = {}) {
    if (parts === null || typeof parts !== "object" || typeof parts[Symbol.iterator] !== "function") {
      throw new TypeError("the parts of a Blob are a sequence");
    }
    options ??= {};
    const endings = options.endings === undefined ? "transparent" : String(options.endings);
    if (endings !== "transparent" && endings !== "native") throw new TypeError(`endings are "transparent" or "native", not "${endings}"`);
    this.#bytes = joined([...parts].map((part) => bytesOfPart(part, endings === "native")));
    this.#type = options.type === undefined ? "" : cleanType(options.type);
  }
  static content(blob) { return blob.#bytes; }
  get size() { return this.#bytes.length; }
  get type() { return this.#type; }
  slice(start = 0, end = this.size, type = "") {
    const at = (value) => { value = Math.trunc(Number(value)) || 0; return value < 0 ? Math.max(0, this.size + value) : Math.min(value, this.size); };
    const part = new Blob([], { type });
    part.#bytes = this.#bytes.subarray(at(start), Math.max(at(start), at(end)));
    return part;
  }
  async arrayBuffer() { return this.#bytes.slice().buffer; }
  async bytes() { return this.#bytes.slice(); }
  async text() { return new TextDecoder().decode(this.#bytes); }
  stream() {
    const bytes = this.#bytes;
    return new ReadableStream({
      type: "bytes",
      start(controller) {
        if (bytes.length > 0) controller.enqueue(bytes.slice());
        controller.close();
      },
    });
  }
  get [Symbol.toStringTag]() { return "Blob"; }
}
const { content } = Blob;
delete Blob.content;
export { content };

export class File extends Blob {
  #name;
  #lastModified;
  constructor(parts, name, options = {}) {
    if (name === undefined) throw new TypeError("a File needs parts and a name");
    super(parts, options);
    this.#name = String(name).toWellFormed();
    this.#lastModified = options?.lastModified === undefined ? Date.now() : Math.trunc(Number(options.lastModified)) || 0;
  }
  get name() { return this.#name; }
  get lastModified() { return this.#lastModified; }
  get webkitRelativePath() { return ""; }
  get [Symbol.toStringTag]() { return "File"; }
}
