// node:buffer.

import { atob, btoa, bytesOf, latin1, utf8 } from "hookpoint:encoding";

const host = globalThis.__host;

function encodingName(encoding = "utf8") {
  const name = String(encoding).toLowerCase();
  switch (name) {
    case "utf8": case "utf-8": return "utf8";
    case "hex": case "base64": case "base64url": case "ascii": return name;
    case "latin1": case "binary": return "latin1";
    case "utf16le": case "utf-16le": case "ucs2": case "ucs-2": return "utf16le";
    default: {
      const error = new TypeError(`Unknown encoding: ${encoding}`);
      error.code = "ERR_UNKNOWN_ENCODING";
      throw error;
    }
  }
}

function fromHex(text) {
  const digits = /^(?:[0-9a-fA-F]{2})*/.exec(text)[0];
  const bytes = new Uint8Array(digits.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}

function fromBase64(text) {
  const clean = text.replace(/-/g, "+").replace(/_/g, "/").replace(/=[^]*$/, "").replace(/[^A-Za-z0-9+/]/g, "");
  return host.base64Decode(clean.length % 4 === 1 ? clean.slice(0, -1) : clean) ?? new Uint8Array(0);
}

function encode(text, encoding) {
  switch (encodingName(encoding)) {
    case "utf8": return utf8(text);
    case "hex": return fromHex(text);
    case "base64": case "base64url": return fromBase64(text);
    case "utf16le": {
      const bytes = new Uint8Array(text.length * 2);
      for (let index = 0; index < text.length; index++) {
        bytes[2 * index] = text.charCodeAt(index) & 0xff;
        bytes[2 * index + 1] = text.charCodeAt(index) >> 8;
      }
      return bytes;
    }
    default: return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
  }
}

function decode(bytes, encoding) {
  switch (encodingName(encoding)) {
    case "utf8": return host.utf8Decode(bytes, false);
    case "hex": return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    case "base64": return host.base64Encode(bytes, false);
    case "base64url": return host.base64Encode(bytes, true);
    case "utf16le": return host.utf16Decode(bytes.subarray(0, bytes.length & ~1), false);
    case "ascii": return latin1(bytes.map((byte) => byte & 0x7f));
    default: return latin1(bytes);
  }
}

const asBuffer = (bytes) => Object.setPrototypeOf(
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), Buffer.prototype);

export class Buffer extends Uint8Array {
  static from(value, encodingOrOffset, length) {
    if (typeof value === "string") return asBuffer(encode(value, encodingOrOffset));
    if (value instanceof ArrayBuffer) return asBuffer(new Uint8Array(value, encodingOrOffset, length));
    if (ArrayBuffer.isView(value)) return asBuffer(Uint8Array.from(value));
    if (value?.type === "Buffer" && Array.isArray(value.data)) return asBuffer(Uint8Array.from(value.data));
    if (value != null && typeof value === "object") {
      const primitive = value.valueOf?.();
      if (typeof primitive === "string") return Buffer.from(primitive, encodingOrOffset);
      return asBuffer(Uint8Array.from(value));
    }
    throw new TypeError(`a Buffer is not made from ${value === null ? "null" : typeof value}`);
  }
  static of(...bytes) { return asBuffer(Uint8Array.of(...bytes)); }
  static alloc(size, fill, encoding) {
    const buffer = asBuffer(new Uint8Array(size));
    return fill === undefined ? buffer : buffer.fill(fill, 0, size, encoding);
  }
  static allocUnsafe(size) { return Buffer.alloc(size); }
  static byteLength(value, encoding) { return typeof value === "string" ? encode(value, encoding).length : value.byteLength; }
  static isBuffer(value) { return value instanceof Buffer; }
  static isEncoding(encoding) {
    try { encodingName(encoding); return true; } catch { return false; }
  }
  static concat(list, total = list.reduce((sum, bytes) => sum + bytes.length, 0)) {
    const joined = Buffer.alloc(total);
    let offset = 0;
    for (const bytes of list) {
      const part = bytes.subarray(0, Math.max(0, total - offset));
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  }
  static compare(left, right) {
    const length = Math.min(left.length, right.length);
    for (let index = 0; index < length; index++) {
      if (left[index] !== right[index]) return left[index] < right[index] ? -1 : 1;
    }
    return Math.sign(left.length - right.length);
  }
  get parent() { return this.buffer; }
  toString(encoding, start = 0, end = this.length) { return decode(bytesOf(this).subarray(start, end), encoding); }
  toJSON() { return { type: "Buffer", data: Array.from(this) }; }
  equals(other) { return Buffer.compare(this, other) === 0; }
  compare(other) { return Buffer.compare(this, other); }
  subarray(start, end) { return asBuffer(Uint8Array.prototype.subarray.call(new Uint8Array(this.buffer, this.byteOffset, this.length), start, end)); }
  slice(start, end) { return this.subarray(start, end); }
  copy(target, targetStart = 0, start = 0, end = this.length) {
    const part = this.subarray(start, Math.min(end, start + target.length - targetStart));
    target.set(part, targetStart);
    return part.length;
  }
  write(text, offset = 0, length = this.length - offset, encoding = "utf8") {
    if (typeof offset === "string") [offset, length, encoding] = [0, this.length, offset];
    else if (typeof length === "string") [length, encoding] = [this.length - offset, length];
    const bytes = encode(text, encoding).subarray(0, Math.min(length, this.length - offset));
    this.set(bytes, offset);
    return bytes.length;
  }
  fill(value, start = 0, end = this.length, encoding = "utf8") {
    if (typeof value === "string" || ArrayBuffer.isView(value)) {
      const pattern = typeof value === "string" ? encode(value, encoding) : value;
      for (let index = start; index < end; index++) this[index] = pattern.length ? pattern[(index - start) % pattern.length] : 0;
      return this;
    }
    return super.fill(value, start, end);
  }
  indexOf(value, from = 0, encoding = "utf8") {
    if (typeof value === "number") return super.indexOf(value, from);
    const wanted = typeof value === "string" ? encode(value, encoding) : value;
    if (from < 0) from = Math.max(0, this.length + from);
    for (let index = from; index + wanted.length <= this.length; index++) {
      let same = 0;
      while (same < wanted.length && this[index + same] === wanted[same]) same++;
      if (same === wanted.length) return index;
    }
    return -1;
  }
  includes(value, from, encoding) { return this.indexOf(value, from, encoding) >= 0; }
}

const NUMBERS = [
  ["UInt8", 1, "Uint8"], ["Int8", 1, "Int8"], ["UInt16", 2, "Uint16"], ["Int16", 2, "Int16"], ["UInt32", 4, "Uint32"],
  ["Int32", 4, "Int32"], ["Float", 4, "Float32"], ["Double", 8, "Float64"], ["BigInt64", 8, "BigInt64"], ["BigUInt64", 8, "BigUint64"],
];
const viewOf = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
for (const [name, size, kind] of NUMBERS) {
  for (const [suffix, little] of size === 1 ? [["", true]] : [["LE", true], ["BE", false]]) {
    const methods = {
      [`read${name}${suffix}`](offset = 0) { return viewOf(this)[`get${kind}`](offset, little); },
      [`write${name}${suffix}`](value, offset = 0) {
        viewOf(this)[`set${kind}`](offset, value, little);
        return offset + size;
      },
    };
    for (const [method, implementation] of Object.entries(methods)) {
      const alias = method.replace("UInt", "Uint");
      for (const spelling of new Set([method, alias])) {
        Object.defineProperty(Buffer.prototype, spelling, { value: implementation, writable: true, configurable: true });
      }
    }
  }
}

export const constants = { MAX_LENGTH: 0x7fffffff, MAX_STRING_LENGTH: 0x1fffffff };
export { atob, btoa };
export default { Buffer, atob, btoa, constants };
