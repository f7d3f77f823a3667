// node:crypto, as far as hooks need it: hashes, HMAC, signatures, randomness.

import { bytesOf } from "hookpoint:encoding";
import { crypto as webcrypto, equalBytes } from "hookpoint:crypto";
import { Buffer } from "node:buffer";

const host = globalThis.__host;

const HASHES = { sha1: "SHA-1", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };

function hashName(name) {
  const known = HASHES[String(name).toLowerCase().replace(/^rsa-/, "").replace("-", "")];
  if (!known) throw new Error(`the hash '${name}' is not supported; there are ${Object.keys(HASHES).join(", ")}`);
  return known;
}

const toBytes = (data, encoding) => (typeof data === "string" ? Buffer.from(data, encoding) : bytesOf(data));
const answer = (bytes, encoding) => {
  const buffer = Buffer.from(bytes);
  return encoding && encoding !== "buffer" ? buffer.toString(encoding) : buffer;
};

class Collector {
  #parts = [];
  #done = false;
  update(data, encoding) {
    if (this.#done) throw new Error("the digest was already taken");
    this.#parts.push(Buffer.from(toBytes(data, encoding)));
    return this;
  }
  static finish(collector) {
    if (collector.#done) throw new Error("the digest was already taken");
    collector.#done = true;
    return Buffer.concat(collector.#parts);
  }
}
const { finish } = Collector;
delete Collector.finish;

class Hash extends Collector {
  #hash;
  constructor(hash) { super(); this.#hash = hashName(hash); }
  digest(encoding) { return answer(host.digest(this.#hash, bytesOf(finish(this))), encoding); }
}

class Hmac extends Collector {
  #hash;
  #secret;
  constructor(hash, secret) {
    super();
    this.#hash = hashName(hash);
    this.#secret = Uint8Array.from(toBytes(secret));
  }
  digest(encoding) { return answer(host.hmac(this.#hash, this.#secret, bytesOf(finish(this))), encoding); }
}

const FORMATS = {
  "PRIVATE KEY": "pkcs8", "RSA PRIVATE KEY": "pkcs1", "EC PRIVATE KEY": "sec1", "PUBLIC KEY": "spki", "RSA PUBLIC KEY": "pkcs1-public",
};

/** The parts of a key in PEM; `{ key }` as Node takes it. */
function readPem(key) {
  const text = String(typeof key === "object" && key !== null && "key" in key ? key.key : key);
  const found = /-----BEGIN ([A-Z ]+)-----([^-]+)-----END \1-----/.exec(text);
  const format = found && FORMATS[found[1]];
  if (!format) throw new Error("the key is not a PEM key of a supported kind; encrypted keys are not supported");
  return host.readKey(format, Uint8Array.from(Buffer.from(found[2], "base64")));
}

const schemeOf = (hash, parts) => (parts.kty === "EC" ? `${parts.crv}/${hash}` : `PKCS1/${hash}`);

/** An ECDSA signature: Node writes it as DER unless asked for the plain form. */
function toDer(plain) {
  const integer = (bytes) => {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start++;
    const digits = [...bytes.subarray(start)];
    if (digits[0] & 0x80) digits.unshift(0);
    return [2, digits.length, ...digits];
  };
  const half = plain.length / 2;
  const content = [...integer(plain.subarray(0, half)), ...integer(plain.subarray(half))];
  return Uint8Array.of(0x30, ...(content.length > 127 ? [0x81] : []), content.length, ...content);
}

function fromDer(der, half) {
  const plain = new Uint8Array(2 * half);
  let offset = der[1] & 0x80 ? 3 : 2;
  for (const end of [half, 2 * half]) {
    const length = der[offset + 1];
    const digits = der.subarray(offset + 2, offset + 2 + length);
    const trimmed = digits.length > half ? digits.subarray(digits.length - half) : digits;
    plain.set(trimmed, end - trimmed.length);
    offset += 2 + length;
  }
  return plain;
}

const isPlain = (key) => typeof key === "object" && key?.dsaEncoding === "ieee-p1363";

class Sign extends Collector {
  #hash;
  constructor(hash) { super(); this.#hash = hashName(hash); }
  sign(key, encoding) {
    const parts = readPem(key);
    const scheme = schemeOf(this.#hash, parts);
    const data = Uint8Array.from(finish(this));
    if (parts.kty !== "EC") return answer(host.rsaSign(scheme, parts, data), encoding);
    const plain = host.ecSign(scheme, parts, data);
    return answer(isPlain(key) ? plain : toDer(plain), encoding);
  }
}

class Verify extends Collector {
  #hash;
  constructor(hash) { super(); this.#hash = hashName(hash); }
  verify(key, signature, encoding) {
    const parts = readPem(key);
    const scheme = schemeOf(this.#hash, parts);
    const data = Uint8Array.from(finish(this));
    const bytes = Uint8Array.from(toBytes(signature, encoding));
    if (parts.kty !== "EC") return host.rsaVerify(scheme, parts, data, bytes);
    return host.ecVerify(scheme, parts, data, isPlain(key) ? bytes : fromDer(bytes, parts.x.length));
  }
}

export const createHash = (hash) => new Hash(hash);
export const createHmac = (hash, secret) => new Hmac(hash, secret);
export const createSign = (hash) => new Sign(hash);
export const createVerify = (hash) => new Verify(hash);
export const getHashes = () => Object.keys(HASHES);
export const randomUUID = () => webcrypto.randomUUID();
export const getRandomValues = (view) => webcrypto.getRandomValues(view);

export function randomBytes(size, callback) {
  const buffer = Buffer.from(host.randomBytes(size));
  if (!callback) return buffer;
  queueMicrotask(() => callback(null, buffer));
}

export function randomInt(low, high) {
  if (high === undefined) [low, high] = [0, low];
  const range = high - low;
  if (!(range > 0 && range <= 2 ** 48)) throw new RangeError("randomInt needs a range from 1 to 2^48");
  // Numbers above the last whole multiple of the range are drawn again, so that none is likelier.
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const number = host.randomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
    if (number < limit) return low + (number % range);
  }
}

export function timingSafeEqual(left, right) {
  left = bytesOf(left);
  right = bytesOf(right);
  if (left.length !== right.length) throw new RangeError("timingSafeEqual needs buffers of the same length");
  return equalBytes(left, right);
}

export const { subtle } = webcrypto;
export { webcrypto };
export default {
  createHash, createHmac, createSign, createVerify, getHashes, getRandomValues, randomBytes, randomInt, randomUUID, subtle,
  timingSafeEqual, webcrypto,
};
