// node:buffer: the `buffer` package, with text and bytes converted by the host of the engine.

import { host } from "hookpoint:host";
import { Blob, File } from "hookpoint:blob";
import { atob, btoa, bytesOf, latin1, utf8 } from "hookpoint:encoding";
import { coded, received } from "hookpoint:interfaces";
import base from "package:buffer";

const { Buffer } = base;
const kMaxLength = base.kMaxLength;

function known(encoding) {
  switch (String(encoding).toLowerCase()) {
    case "utf8": case "utf-8": return "utf8";
    case "hex": return "hex";
    case "base64": return "base64";
    case "base64url": return "base64url";
    case "ascii": return "ascii";
    case "latin1": case "binary": return "latin1";
    case "utf16le": case "utf-16le": case "ucs2": case "ucs-2": return "utf16le";
    default: return undefined;
  }
}

function encodingName(encoding) {
  if (encoding === undefined || encoding === null || encoding === "") return "utf8";
  const name = known(encoding);
  if (!name) throw coded(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
  return name;
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
    default: {
      const bytes = new Uint8Array(text.length);
      for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
      return bytes;
    }
  }
}

function utf16(bytes) {
  let text = "";
  for (let index = 0; index + 1 < bytes.length; index += 2) text += String.fromCharCode(bytes[index] | (bytes[index + 1] << 8));
  return text;
}

function decode(bytes, encoding) {
  switch (encodingName(encoding)) {
    case "utf8": return host.utf8Decode(bytes, false);
    case "hex": return host.hexEncode(bytes);
    case "base64": return host.base64Encode(bytes, false);
    case "base64url": return host.base64Encode(bytes, true);
    case "utf16le": return utf16(bytes);
    case "ascii": return latin1(Uint8Array.from(bytes, (byte) => byte & 0x7f));
    default: return latin1(bytes);
  }
}

const asBuffer = (bytes) => Object.setPrototypeOf(
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), Buffer.prototype);

function refused(value) {
  return coded(TypeError, "ERR_INVALID_ARG_TYPE",
    `The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. ${received(value)}`);
}

const original = { from: Buffer.from, alloc: Buffer.alloc, concat: Buffer.concat, compare: Buffer.compare, fill: Buffer.prototype.fill, indexOf: Buffer.prototype.indexOf };

const statics = {
  poolSize: 8192,
  from(value, encodingOrOffset, length) {
    if (typeof value === "string") return asBuffer(encode(value, typeof encodingOrOffset === "string" ? encodingOrOffset : undefined));
    if (typeof value !== "object" || value === null) throw refused(value);
    if (value instanceof ArrayBuffer) {
      const offset = encodingOrOffset === undefined ? 0 : Math.trunc(Number(encodingOrOffset)) || 0;
      if (offset > value.byteLength) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", '"offset" is outside of buffer bounds');
      const rest = value.byteLength - offset;
      const wanted = length === undefined ? rest : Math.max(0, Math.trunc(Number(length)) || 0);
      if (wanted > rest) throw coded(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", '"length" is outside of buffer bounds');
      return asBuffer(new Uint8Array(value, offset, wanted));
    }
    if (value instanceof Uint8Array) return asBuffer(Uint8Array.from(value));
    const primitive = value.valueOf?.();
    if (primitive != null && primitive !== value && (typeof primitive === "string" || typeof primitive === "object")) {
      return statics.from(primitive, encodingOrOffset, length);
    }
    if (value.length !== undefined || value.buffer instanceof ArrayBuffer) {
      return typeof value.length === "number" ? asBuffer(Uint8Array.from(Array.from(value, Number))) : asBuffer(new Uint8Array(0));
    }
    if (value.type === "Buffer" && Array.isArray(value.data)) return asBuffer(Uint8Array.from(value.data));
    if (typeof value[Symbol.toPrimitive] === "function") {
      const text = value[Symbol.toPrimitive]("string");
      if (typeof text === "string") return statics.from(text, encodingOrOffset);
    }
    throw refused(value);
  },
  copyBytesFrom(view, offset = 0, length = view.length - offset) {
    const part = view.subarray(offset, offset + length);
    return asBuffer(Uint8Array.from(bytesOf(part)));
  },
  of(...bytes) { return asBuffer(Uint8Array.of(...bytes)); },
  alloc(size, fill, encoding) { return original.alloc.call(Buffer, checkedSize(size), fill, encoding); },
  allocUnsafe(size) { return original.alloc.call(Buffer, checkedSize(size)); },
  allocUnsafeSlow(size) { return original.alloc.call(Buffer, checkedSize(size)); },
  isBuffer(value) { return value instanceof Buffer; },
  compare(left, right) {
    for (const [name, side] of [["buf1", left], ["buf2", right]]) {
      if (!(side instanceof Uint8Array)) {
        throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "${name}" argument must be an instance of Buffer or Uint8Array. ${received(side)}`);
      }
    }
    return original.compare(left, right);
  },
  isEncoding(encoding) { return typeof encoding === "string" && encoding.length !== 0 && known(encoding) !== undefined; },
  concat(list, total) {
    if (!Array.isArray(list)) {
      throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "list" argument must be an instance of Array. ${received(list)}`);
    }
    list.forEach((part, index) => {
      if (!(part instanceof Uint8Array)) {
        throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "list[${index}]" argument must be an instance of Buffer or Uint8Array. ${received(part)}`);
      }
    });
    const sum = list.reduce((length, part) => length + part.length, 0);
    const joined = original.alloc.call(Buffer, total ?? sum);
    let offset = 0;
    for (const part of list) {
      if (offset >= joined.length) break;
      const kept = part.length > joined.length - offset ? part.subarray(0, joined.length - offset) : part;
      joined.set(kept, offset);
      offset += kept.length;
    }
    return joined;
  },
  byteLength(value, encoding) {
    if (typeof value === "string") return encode(value, known(encoding ?? "utf8") ?? "utf8").length;
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
    throw coded(TypeError, "ERR_INVALID_ARG_TYPE",
      `The "string" argument must be of type string or an instance of Buffer or ArrayBuffer. ${received(value)}`);
  },
};

function checkedSize(size) {
  if (typeof size !== "number") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "size" argument must be of type number. ${received(size)}`);
  if (!(size >= 0 && size <= kMaxLength)) {
    throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "size" is out of range. It must be >= 0 && <= ${kMaxLength}. Received ${size}`);
  }
  return size;
}

for (const name of Object.keys(Buffer)) delete Buffer[name];
Object.assign(Buffer, statics);

/** An end or a start as `slice` takes it. */
const clamp = (value, fallback, length) => (value === undefined ? fallback : Math.min(Math.max(0, Math.trunc(Number(value)) || 0), length));

const methods = {
  toString(encoding, start, end) {
    if (start === undefined && end === undefined) return decode(bytesOf(this), encoding);
    start = clamp(start, 0, this.length);
    end = clamp(end, this.length, this.length);
    return start >= end ? "" : decode(bytesOf(this).subarray(start, end), encoding);
  },
  equals(other) {
    if (!(other instanceof Uint8Array)) {
      throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "otherBuffer" argument must be an instance of Buffer or Uint8Array. ${received(other)}`);
    }
    return this === other || original.compare(this, other) === 0;
  },
  write(text, offset, length, encoding) {
    if (typeof text !== "string") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `argument must be a string`);
    if (typeof offset === "string") [offset, length, encoding] = [undefined, undefined, offset];
    else if (typeof length === "string") [length, encoding] = [undefined, length];
    offset = offset === undefined ? 0 : Number(offset);
    if (!(offset >= 0 && offset <= this.length)) {
      throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "offset" is out of range. It must be >= 0 && <= ${this.length}. Received ${offset}`);
    }
    const room = Math.min(length ?? Infinity, this.length - offset);
    let bytes = encode(text, encoding);
    if (bytes.length > room) {
      bytes = bytes.subarray(0, room);
      // Never half a character.
      if (encodingName(encoding) === "utf8") while (bytes.length > 0 && !host.utf8Complete(bytes)) bytes = bytes.subarray(0, -1);
      if (encodingName(encoding) === "utf16le") bytes = bytes.subarray(0, bytes.length & ~1);
    }
    this.set(bytes, offset);
    return bytes.length;
  },
  fill(value, offset, end, encoding) {
    if (typeof offset === "string") [offset, end, encoding] = [undefined, undefined, offset];
    else if (typeof end === "string") [end, encoding] = [undefined, end];
    if (typeof value === "string" && value.length > 0) {
      value = asBuffer(encode(value, encoding));
      if (value.length === 0) {
        throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The argument 'value' is invalid.`);
      }
    }
    return original.fill.call(this, value, offset, end);
  },
  [Symbol.for("nodejs.util.inspect.custom")](depth, options) {
    const shown = Array.from(this.subarray(0, exported.INSPECT_MAX_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const more = this.length - exported.INSPECT_MAX_BYTES;
    const rest = more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : "";
    return `<${this.constructor.name} ${shown}${rest}>`;
  },
  indexOf(value, offset, encoding) {
    if (value === "") return Math.min(Number(offset) || 0, this.length);
    return original.indexOf.call(this, value, offset, encoding);
  },
};
for (const name of ["readBigUInt64LE", "readBigUInt64BE", "writeBigUInt64LE", "writeBigUInt64BE"]) {
  methods[name.replace("UInt", "Uint")] = Buffer.prototype[name];
}
for (const bits of [16, 32, 64]) {
  const name = `swap${bits}`;
  const swap = Buffer.prototype[name];
  methods[name] = {
    [name]() {
      if (this.length % (bits / 8) !== 0) throw coded(RangeError, "ERR_INVALID_BUFFER_SIZE", `Buffer size must be a multiple of ${bits}-bits`);
      return swap.call(this);
    },
  }[name];
}
for (const [short, encoding] of Object.entries({ utf8: "utf8", latin1: "latin1", ascii: "ascii", hex: "hex", base64: "base64", base64url: "base64url", ucs2: "utf16le" })) {
  methods[`${short}Slice`] = function (start, end) { return this.toString(encoding, start, end); };
  methods[`${short}Write`] = function (text, offset, length) { return this.write(text, offset, length, encoding); };
}
for (const name of Reflect.ownKeys(methods)) {
  Object.defineProperty(Buffer.prototype, name, { value: methods[name], writable: true, configurable: true, enumerable: true });
}
Buffer.prototype.inspect = Buffer.prototype[Symbol.for("nodejs.util.inspect.custom")];
Buffer.prototype.toLocaleString = Buffer.prototype.toString;

export function SlowBuffer(size) { return Buffer.allocUnsafeSlow(size); }
Object.setPrototypeOf(SlowBuffer.prototype, Uint8Array.prototype);
Object.setPrototypeOf(SlowBuffer, Uint8Array);

export function transcode(source, from, to) { return Buffer.from(decode(bytesOf(source), from), to); }
export const isUtf8 = (source) => { try { host.utf8Decode(bytesOf(source), true); return true; } catch { return false; } };
export const isAscii = (source) => bytesOf(source).every((byte) => byte < 0x80);
export const constants = { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 0x1fffffe8 };
export const kStringMaxLength = constants.MAX_STRING_LENGTH;
export const INSPECT_MAX_BYTES = 50;
const exported = {
  Buffer, SlowBuffer, transcode, isUtf8, isAscii, kMaxLength, kStringMaxLength, btoa, atob, constants, INSPECT_MAX_BYTES, Blob, File,
};
export { Blob, Buffer, File, atob, btoa, coded, kMaxLength, received };
export default exported;
