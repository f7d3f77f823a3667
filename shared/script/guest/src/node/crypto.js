// node:crypto.

import { absent } from "hookpoint:absent";
import { Cipheriv, Decipheriv, createCipheriv, createDecipheriv, getCipherInfo, getCiphers } from "hookpoint:ciphers";
import { crypto as webcrypto } from "hookpoint:crypto";
import { bytesOf } from "hookpoint:encoding";
import { host } from "hookpoint:host";
import {
  KeyObject, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, held, privateParts, publicParts, secretBytes, signWith, toBytes,
  verifyWith,
} from "hookpoint:key_objects";
import { equalBytes, hkdf as derive, shared } from "hookpoint:primitives";
import { decryptOaep, decryptPkcs1, encryptOaep, encryptPkcs1 } from "hookpoint:rsa";
import { Buffer, coded, received } from "node:buffer";
import { Transform, Writable } from "node:stream";

const HASHES = {
  md5: "MD5", sha1: "SHA-1", sha224: "SHA-224", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512", "sha512-224": "SHA-512/224",
  "sha512-256": "SHA-512/256",
};

function findHash(name) {
  return HASHES[String(name).toLowerCase().replace(/^rsa-/, "").replace(/^sha-(\d)/, "sha$1").replace("/", "-")];
}

function hashName(name, message = "Digest method not supported") {
  if (typeof name !== "string") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "algorithm" argument must be of type string. ${received(name)}`);
  const known = findHash(name);
  if (!known) throw message.startsWith("Invalid digest") ? coded(TypeError, "ERR_CRYPTO_INVALID_DIGEST", message) : new Error(message);
  return known;
}

const given = (bytes, encoding) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return encoding && encoding !== "buffer" ? buffer.toString(encoding) : buffer;
};

function checkedData(data, encoding) {
  if (typeof data !== "string" && !ArrayBuffer.isView(data)) {
    throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView. ${received(data)}`);
  }
  return Buffer.from(toBytes(data, encoding));
}

export class Hash extends Transform {
  #hash;
  #parts = [];
  #done = false;
  constructor(name, options) {
    super(options);
    this.#hash = hashName(name);
  }
  update(data, encoding) {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#parts.push(checkedData(data, encoding));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#done = true;
    return given(host.digest(this.#hash, bytesOf(Buffer.concat(this.#parts))), encoding);
  }
  copy() {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    const copy = new Hash("sha1");
    copy.#hash = this.#hash;
    copy.#parts = [...this.#parts];
    return copy;
  }
  _transform(chunk, encoding, done) { this.update(chunk, encoding); done(); }
  _flush(done) { this.push(this.digest()); done(); }
}

export class Hmac extends Transform {
  #hash;
  #secret;
  #parts = [];
  #done = false;
  constructor(name, secret, options) {
    super(options);
    this.#hash = hashName(name, `Invalid digest: ${name}`);
    this.#secret = secretBytes(secret, options?.encoding);
  }
  update(data, encoding) {
    if (this.#done) throw coded(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
    this.#parts.push(checkedData(data, encoding));
    return this;
  }
  digest(encoding) {
    // Node gives nothing the second time, and says so nowhere.
    if (this.#done) return given(new Uint8Array(0), encoding);
    this.#done = true;
    return given(host.hmac(this.#hash, this.#secret, bytesOf(Buffer.concat(this.#parts))), encoding);
  }
  _transform(chunk, encoding, done) { this.update(chunk, encoding); done(); }
  _flush(done) { this.push(this.digest()); done(); }
}

class Collector extends Writable {
  #parts = [];
  constructor(hash, options) {
    super(options);
    this.hash = hashName(hash, "Invalid digest");
  }
  update(data, encoding) {
    this.#parts.push(checkedData(data, encoding));
    return this;
  }
  _write(chunk, encoding, done) { this.update(chunk, encoding); done(); }
  static data(collector) { return Uint8Array.from(Buffer.concat(collector.#parts)); }
}
const { data: collected } = Collector;
delete Collector.data;

export class Sign extends Collector {
  sign(key, encoding) { return given(signWith(this.hash, collected(this), key), encoding); }
}
export class Verify extends Collector {
  verify(key, signature, encoding) { return verifyWith(this.hash, collected(this), key, Uint8Array.from(toBytes(signature, encoding))); }
}

export const createHash = (name, options) => new Hash(name, options);
export const createHmac = (name, secret, options) => new Hmac(name, secret, options);
export const createSign = (name, options) => new Sign(name, options);
export const createVerify = (name, options) => new Verify(name, options);
export const getHashes = () => ["RSA-MD5", "RSA-SHA1", "RSA-SHA224", "RSA-SHA256", "RSA-SHA384", "RSA-SHA512", ...Object.keys(HASHES)];
export const getCurves = () => ["prime256v1", "secp384r1", "secp521r1"];
export const getFips = () => 0;

export function hash(name, data, encoding = "hex") {
  return given(host.digest(hashName(name, `Digest method ${name} is not supported`), Uint8Array.from(checkedData(data))), encoding);
}

/** Runs it now, and calls back later. */
function later(callback, run) {
  if (typeof callback !== "function") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "callback" argument must be of type function. ${received(callback)}`);
  let error = null;
  let value;
  try {
    value = run();
  } catch (thrown) {
    error = thrown;
  }
  queueMicrotask(() => (error ? callback(error) : callback(null, value)));
}

/** `hash` is SHA-256 unless the key itself says how it signs. */
const named = (algorithm) => (algorithm === null || algorithm === undefined ? "SHA-256" : hashName(algorithm, `Invalid digest: ${algorithm}`));
export function sign(algorithm, data, key, callback) {
  if (callback) return later(callback, () => sign(algorithm, data, key));
  return given(signWith(named(algorithm), Uint8Array.from(bytesOf(data)), key));
}
export function verify(algorithm, data, key, signature, callback) {
  if (callback) return later(callback, () => verify(algorithm, data, key, signature));
  return verifyWith(named(algorithm), Uint8Array.from(bytesOf(data)), key, Uint8Array.from(bytesOf(signature)));
}

function checkedNumber(name, value, smallest) {
  if (typeof value !== "number") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "${name}" argument must be of type number. ${received(value)}`);
  if (!Number.isInteger(value) || value < smallest || value > 2 ** 31 - 1) {
    throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "${name}" is out of range. It must be >= ${smallest} && <= 2147483647. Received ${value}`);
  }
  return value;
}

export function pbkdf2Sync(password, salt, iterations, length, digest) {
  checkedNumber("iterations", iterations, 1);
  checkedNumber("keylen", length, 0);
  const name = hashName(digest, `Invalid digest: ${digest}`);
  return given(host.pbkdf2(name, Uint8Array.from(toBytes(password)), Uint8Array.from(toBytes(salt)), [iterations, length]));
}
export function pbkdf2(password, salt, iterations, length, digest, callback) {
  later(callback, () => pbkdf2Sync(password, salt, iterations, length, digest));
}

export function scryptSync(password, salt, length, options = {}) {
  const N = options.N ?? options.cost ?? 16384;
  const r = options.r ?? options.blockSize ?? 8;
  const p = options.p ?? options.parallelization ?? 1;
  const { maxmem = 32 * 1024 * 1024 } = options;
  checkedNumber("keylen", length, 0);
  if (!(N > 1 && Number.isInteger(Math.log2(N))) || 128 * N * r > maxmem) {
    throw coded(RangeError, "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", `Invalid scrypt params${128 * N * r > maxmem ? ": memory limit exceeded" : ""}`);
  }
  return given(host.scrypt(Uint8Array.from(toBytes(password)), Uint8Array.from(toBytes(salt)), [N, r, p, length]));
}
export function scrypt(password, salt, length, options, callback) {
  if (typeof options === "function") [options, callback] = [undefined, options];
  later(callback, () => scryptSync(password, salt, length, options));
}

export function hkdfSync(digest, key, salt, info, length) {
  const bytes = [secretBytes(key), toBytes(salt), toBytes(info)].map((each) => Uint8Array.from(each));
  return derive(hashName(digest, `Invalid digest: ${digest}`), ...bytes, checkedNumber("length", length, 0)).buffer;
}
export function hkdf(digest, key, salt, info, length, callback) { later(callback, () => hkdfSync(digest, key, salt, info, length)); }

export function randomBytes(size, callback) {
  if (typeof size !== "number") throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "size" argument must be of type number. ${received(size)}`);
  if (!(size >= 0 && size <= 2 ** 31 - 1)) {
    throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "size" is out of range. It must be >= 0 && <= 2147483647. Received ${size}`);
  }
  if (callback) return later(callback, () => randomBytes(size));
  return randomFillSync(Buffer.alloc(size));
}
export const pseudoRandomBytes = randomBytes;
export const rng = randomBytes;

export function randomFillSync(view, offset = 0, size) {
  const bytes = bytesOf(view);
  const width = view.BYTES_PER_ELEMENT ?? 1;
  const end = size === undefined ? bytes.length : Math.min(bytes.length, (offset + size) * width);
  for (let start = offset * width; start < end; start += 65536) bytes.set(host.randomBytes(Math.min(65536, end - start)), start);
  return view;
}
export function randomFill(view, ...more) {
  const callback = more.pop();
  later(callback, () => randomFillSync(view, ...more));
}

export function randomInt(low, high, callback) {
  if (typeof high === "function" || high === undefined) [low, high, callback] = [0, low, high];
  for (const [name, value] of [["min", low], ["max", high]]) {
    if (!Number.isSafeInteger(value)) throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "${name}" argument must be a safe integer. ${received(value)}`);
  }
  const range = high - low;
  if (!(range > 0 && range < 2 ** 48)) {
    throw coded(RangeError, "ERR_OUT_OF_RANGE", `The value of "max" is out of range. It must be greater than the value of "min" (${low}). Received ${high}`);
  }
  if (callback) return later(callback, () => randomInt(low, high));
  // Numbers above the last whole multiple of the range are drawn again, so that none is likelier.
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const number = host.randomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
    if (number < limit) return low + (number % range);
  }
}

export function timingSafeEqual(left, right) {
  for (const [name, side] of [["buf1", left], ["buf2", right]]) {
    if (!ArrayBuffer.isView(side) && !(side instanceof ArrayBuffer)) {
      throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView. ${received(side)}`);
    }
  }
  left = bytesOf(left);
  right = bytesOf(right);
  if (left.length !== right.length) throw coded(RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
  return equalBytes(left, right);
}

export function generateKeyPair(type, options, callback) {
  if (typeof options === "function") [options, callback] = [undefined, options];
  let pair;
  later((error) => (error ? callback(error) : callback(null, pair.publicKey, pair.privateKey)), () => { pair = generateKeyPairSync(type, options); });
}
export function generateKeySync(type, { length }) {
  if (type !== "hmac" && type !== "aes") throw coded(TypeError, "ERR_INVALID_ARG_VALUE", `The argument 'type' must be a supported key type. Received '${type}'`);
  return createSecretKey(host.randomBytes(Math.floor(length / 8)));
}
export function generateKey(type, options, callback) { later(callback, () => generateKeySync(type, options)); }

export function diffieHellman({ privateKey, publicKey }) { return given(shared(held(privateKey), held(publicKey))); }

export const constants = {
  RSA_PKCS1_PADDING: 1, RSA_NO_PADDING: 3, RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2, RSA_PSS_SALTLEN_AUTO: -2, defaultCoreCipherList: "", TLS1_VERSION: 769, TLS1_1_VERSION: 770, TLS1_2_VERSION: 771,
  TLS1_3_VERSION: 772, POINT_CONVERSION_COMPRESSED: 2, POINT_CONVERSION_UNCOMPRESSED: 4, POINT_CONVERSION_HYBRID: 6,
};

function rsaOptions(key) {
  const options = typeof key === "object" && key !== null && !ArrayBuffer.isView(key) && !(key instanceof KeyObject) ? key : {};
  const padding = options.padding ?? constants.RSA_PKCS1_OAEP_PADDING;
  const label = options.oaepLabel === undefined ? new Uint8Array(0) : Uint8Array.from(toBytes(options.oaepLabel));
  if (padding !== 1 && padding !== 4) throw new Error(`crypto: RSA with padding ${padding} is not supported in the sandbox`);
  return { isOaep: padding === 4, hash: hashName(options.oaepHash ?? "sha1"), label };
}

export function publicEncrypt(key, data) {
  const { isOaep, hash, label } = rsaOptions(key);
  const bytes = Uint8Array.from(toBytes(data));
  const parts = publicParts(key);
  return given(isOaep ? encryptOaep(parts, hash, label, bytes) : encryptPkcs1(parts, bytes));
}

export function privateDecrypt(key, data) {
  const { isOaep, hash, label } = rsaOptions(key);
  const bytes = Uint8Array.from(toBytes(data));
  const parts = privateParts(key);
  try {
    return given(isOaep ? decryptOaep(parts, hash, label, bytes) : decryptPkcs1(parts, bytes));
  } catch {
    throw coded(Error, "ERR_OSSL_RSA_OAEP_DECODING_ERROR", "error:02000079:rsa routines::oaep decoding error");
  }
}

export const privateEncrypt = absent("crypto.privateEncrypt");
export const publicDecrypt = absent("crypto.publicDecrypt");
export const createECDH = absent("crypto.createECDH");
export const createDiffieHellman = absent("crypto.createDiffieHellman");
export const getDiffieHellman = absent("crypto.getDiffieHellman");
export const checkPrimeSync = absent("crypto.checkPrimeSync");
export const generatePrimeSync = absent("crypto.generatePrimeSync");
export const X509Certificate = class X509Certificate { constructor() { throw new Error("crypto.X509Certificate is not supported in the sandbox"); } };
export const randomUUID = () => webcrypto.randomUUID();
export const getRandomValues = (view) => webcrypto.getRandomValues(view);
export const { subtle } = webcrypto;
export {
  Cipheriv, Decipheriv, KeyObject, createCipheriv, createDecipheriv, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync,
  getCipherInfo, getCiphers, webcrypto,
};
export default {
  Cipheriv, Decipheriv, Hash, Hmac, KeyObject, Sign, Verify, X509Certificate, checkPrimeSync, constants, createCipheriv, createDecipheriv,
  createDiffieHellman, createECDH, createHash, createHmac, createPrivateKey, createPublicKey, createSecretKey, createSign, createVerify,
  diffieHellman, generateKey, generateKeyPair, generateKeyPairSync, generateKeySync, generatePrimeSync, getCipherInfo, getCiphers, getCurves,
  getDiffieHellman, getFips, getHashes, getRandomValues, hash, hkdf, hkdfSync, pbkdf2, pbkdf2Sync, privateDecrypt, privateEncrypt,
  pseudoRandomBytes, publicDecrypt, publicEncrypt, randomBytes, randomFill, randomFillSync, randomInt, randomUUID, rng, scrypt, scryptSync, sign,
  subtle, timingSafeEqual, verify, webcrypto,
};
