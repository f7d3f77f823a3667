// TextEncoder, TextDecoder, atob, btoa.

import { host } from "hookpoint:host";

/** The bytes behind a view or a buffer, not copied. */
export function bytesOf(source) {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new TypeError("expected a buffer or a view of one");
}

export const utf8 = (text) => host.utf8Encode(String(text).toWellFormed());

export class TextEncoder {
  get encoding() { return "utf-8"; }
  encode(text = "") { return utf8(text); }
  encodeInto(text, target) {
    let read = 0;
    let written = 0;
    for (const character of String(text).toWellFormed()) {
      const bytes = utf8(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

const labels = new Map([
  ["utf-8", "utf-8"], ["utf8", "utf-8"], ["unicode-1-1-utf-8", "utf-8"],
  ["utf-16le", "utf-16le"], ["utf-16", "utf-16le"], ["ucs-2", "utf-16le"],
]);

/** How many bytes at the end belong to a UTF-8 sequence that goes on in the next part. */
function unfinished(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

export class TextDecoder {
  #rest = new Uint8Array(0);
  #started = false;
  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    this.encoding = labels.get(String(label).trim().toLowerCase());
    if (!this.encoding) throw new RangeError(`the encoding '${label}' is not supported; there are utf-8 and utf-16le`);
    this.fatal = Boolean(fatal);
    this.ignoreBOM = Boolean(ignoreBOM);
  }
  decode(source = new Uint8Array(0), { stream = false } = {}) {
    let bytes = bytesOf(source);
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
    }
    const utf16 = this.encoding === "utf-16le";
    const kept = stream ? (utf16 ? bytes.length % 2 : unfinished(bytes)) : 0;
    this.#rest = bytes.slice(bytes.length - kept);
    bytes = bytes.subarray(0, bytes.length - kept);
    let text = utf16 ? host.utf16Decode(bytes, this.fatal) : host.utf8Decode(bytes, this.fatal);
    if (!this.#started && !this.ignoreBOM && text.startsWith("\uFEFF")) text = text.slice(1);
    this.#started = stream && (this.#started || bytes.length > 0);
    return text;
  }
}

function invalidCharacter(message) {
  return new DOMException(message, "InvalidCharacterError");
}

export function btoa(text) {
  text = String(text);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 255) throw invalidCharacter("btoa: the text has characters beyond Latin-1");
    bytes[index] = unit;
  }
  return host.base64Encode(bytes, false);
}

export function latin1(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 4096) {
    text += String.fromCharCode.apply(null, bytes.subarray(start, start + 4096));
  }
  return text;
}

export function atob(text) {
  const compact = String(text).replace(/[\t\n\f\r ]/g, "");
  const bytes = compact.length % 4 === 1 || (compact.includes("=") && compact.length % 4 !== 0) || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact) ? null : host.base64Decode(compact);
  if (!bytes) throw invalidCharacter("atob: the text is not base64");
  return latin1(bytes);
}
