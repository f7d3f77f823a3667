// FormData, and its two encodings.

import { Blob, File, content } from "hookpoint:blob";
import { host } from "hookpoint:host";
import { iterable, required } from "hookpoint:interfaces";
import { URLSearchParams } from "hookpoint:url";

function entry(method, given) {
  required(given, 2, `FormData.${method}`);
  let [name, value, filename] = given;
  name = text(name);
  if (value instanceof Blob) {
    if (!(value instanceof File) || filename !== undefined) {
      const named = filename === undefined ? value.name ?? "blob" : String(filename);
      value = new File([value], named, { type: value.type, lastModified: value.lastModified });
    }
  } else {
    if (given.length > 2) throw new TypeError("only a Blob has a file name");
    value = text(value);
  }
  return [name, value];
}
const text = (value) => `${value}`.toWellFormed();

export class FormData {
  #entries = [];
  static { iterable(this, (form) => form.#entries); }
  constructor(form) {
    if (form !== undefined) throw new TypeError("there are no forms that a FormData could be made from");
  }
  append(...given) { this.#entries.push(entry("append", given)); }
  set(...given) {
    const made = entry("set", given);
    const at = this.#entries.findIndex(([name]) => name === made[0]);
    if (at < 0) {
      this.#entries.push(made);
      return;
    }
    this.#entries[at] = made;
    this.#entries = this.#entries.filter(([name], index) => index <= at || name !== made[0]);
  }
  #named(method, given) {
    required(given, 1, `FormData.${method}`);
    const name = text(given[0]);
    return this.#entries.filter(([known]) => known === name);
  }
  delete(name) {
    const removed = this.#named("delete", arguments);
    this.#entries = this.#entries.filter((entry) => !removed.includes(entry));
  }
  get(name) { return this.#named("get", arguments)[0]?.[1] ?? null; }
  getAll(name) { return this.#named("getAll", arguments).map(([, value]) => value); }
  has(name) { return this.#named("has", arguments).length > 0; }
  get [Symbol.toStringTag]() { return "FormData"; }
}

const escaped = (name) => name.replace(/\r\n?|\n/g, "\r\n").replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22");

/** The form as `multipart/form-data`: its bytes and its content type. */
export function encodeForm(form) {
  const digits = [...host.randomBytes(12)].map((byte) => (byte % 10).toString()).join("");
  const boundary = `----formdata-hookpoint-${digits}`;
  const parts = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"`;
    if (typeof value === "string") {
      parts.push(`${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, "\r\n")}\r\n`);
    } else {
      parts.push(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${value.type || "application/octet-stream"}\r\n\r\n`, value, "\r\n");
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return { bytes: content(new Blob(parts)), type: `multipart/form-data; boundary=${boundary}` };
}

/** A form from a body; throws a `TypeError` when it is none. */
export function decodeForm(bytes, type) {
  const form = new FormData();
  const kind = (type ?? "").split(";")[0].trim().toLowerCase();
  if (kind === "application/x-www-form-urlencoded") {
    for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) form.append(name, value);
    return form;
  }
  const boundary = kind === "multipart/form-data" && /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type);
  if (!boundary) throw new TypeError("the body is no form");
  const mark = `--${boundary[1] ?? boundary[2]}`;
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const sections = text.split(`\r\n${mark}`);
  if (!text.startsWith(mark) || !sections.at(-1).startsWith("--")) throw new TypeError("the body is no complete form");
  sections[0] = sections[0].slice(mark.length);
  for (const section of sections.slice(0, -1)) {
    const at = section.indexOf("\r\n\r\n");
    if (at < 0) throw new TypeError("a part of the form has no end of its headers");
    const asText = (binary) => new TextDecoder().decode(Uint8Array.from(binary, (unit) => unit.charCodeAt(0)));
    const head = asText(section.slice(0, at));
    const body = section.slice(at + 4);
    const unescape = (value) => value.replace(/%0D/gi, "\r").replace(/%0A/gi, "\n").replace(/%22/g, '"');
    const name = /;\s*name="([^"]*)"/i.exec(head);
    if (!name) throw new TypeError("a part of the form has no name");
    const filename = /;\s*filename="([^"]*)"/i.exec(head);
    if (filename) {
      const contentType = /^content-type:\s*(.*)$/im.exec(head)?.[1].trim() ?? "text/plain";
      form.append(unescape(name[1]), new File([Uint8Array.from(body, (unit) => unit.charCodeAt(0))], unescape(filename[1]), { type: contentType }));
    } else {
      form.append(unescape(name[1]), asText(body));
    }
  }
  return form;
}
