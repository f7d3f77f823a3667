// TextEncoder, TextDecoder, atob, btoa.

import { host } from "hookpoint:host";
import { coded, fix, specified, wrongType } from "hookpoint:interfaces";

/** The bytes behind a view or a buffer, not copied. */
export function bytesOf(source) {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new TypeError("expected a buffer or a view of one");
}

export const utf8 = (text) => host.utf8Encode(`${text}`.toWellFormed());

export class TextEncoder {
  get encoding() { return "utf-8"; }
  encode(text = "") { return utf8(text); }
  encodeInto(text, target) {
    if (typeof text !== "string") throw wrongType("src", "of type string", text);
    if (!(target instanceof Uint8Array)) throw wrongType("dest", "an instance of Uint8Array", target);
    let read = 0;
    let written = 0;
    for (const character of text.toWellFormed()) {
      const bytes = utf8(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
  get [Symbol.toStringTag]() { return "TextEncoder"; }
}

const LABELS = {
  "utf-8": " unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 ",
  "utf-16le": " csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le ",
};

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

/** As many of a UTF-16 sequence. */
function unfinishedUtf16(bytes) {
  const odd = bytes.length % 2;
  return odd + ((bytes[bytes.length - odd - 1] & 0xfc) === 0xd8 ? 2 : 0);
}

export class TextDecoder {
  #rest = new Uint8Array(0);
  #started = false;
  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    const name = ` ${`${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase()} `;
    const encoding = /^ \S+ $/.test(name) && Object.keys(LABELS).find((each) => LABELS[each].includes(name));
    if (!encoding) throw coded(RangeError, "ERR_ENCODING_NOT_SUPPORTED", `The "${label}" encoding is not supported in the sandbox; there are utf-8 and utf-16le`);
    fix(this, { encoding, fatal: Boolean(fatal), ignoreBOM: Boolean(ignoreBOM) });
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
    const rest = utf16 ? unfinishedUtf16(bytes) : unfinished(bytes);
    const kept = stream ? rest : 0;
    this.#rest = bytes.slice(bytes.length - kept);
    // Half a pair and half a unit at the end are one error.
    bytes = bytes.subarray(0, bytes.length - (utf16 && rest === 3 && !stream ? 1 : kept));
    const started = this.#started;
    this.#started = stream && (started || bytes.length > 0);
    const text = utf16 ? host.utf16Decode(bytes, this.fatal) : host.utf8Decode(bytes, this.fatal);
    return !started && !this.ignoreBOM && text.startsWith("\uFEFF") ? text.slice(1) : text;
  }
  get [Symbol.toStringTag]() { return "TextDecoder"; }
}

function invalidCharacter(message) {
  return new DOMException(message, "InvalidCharacterError");
}

export function btoa(text) {
  specified(arguments, "input");
  text = `${text}`;
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
  specified(arguments, "input");
  const compact = `${text}`.replace(/[\t\n\f\r ]/g, "");
  const bytes = compact.length % 4 === 1 || (compact.includes("=") && compact.length % 4 !== 0) || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact) ? null : host.base64Decode(compact);
  if (!bytes) throw invalidCharacter("atob: the text is not base64");
  return latin1(bytes);
}
