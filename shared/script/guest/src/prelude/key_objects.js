// Keys as `node:crypto` has them, and signatures with them.

import { readPem, signatureFromDer, signatureToDer, toPem, writeKey } from "hookpoint:der";
import { bytesOf } from "hookpoint:encoding";
import { host } from "hookpoint:host";
import { CryptoKey, fromJwk, importKey, material, problemOf, secretKey, toJwk } from "hookpoint:keys";
import { SIZES, completed, ecSign, ecVerify, equalBytes, generateParts, rsaSign, rsaVerify } from "hookpoint:primitives";
import { Buffer, coded, received } from "node:buffer";

export const toBytes = (data, encoding) => (typeof data === "string" ? Buffer.from(data, encoding) : bytesOf(data));

const unsupported = (message) => coded(Error, "ERR_OSSL_UNSUPPORTED", message);
const permission = Symbol("KeyObject");

export class KeyObject {
  #type;
  #held;
  constructor(allowed, type, held) {
    if (allowed !== permission) throw coded(TypeError, "ERR_INVALID_ARG_VALUE", "a KeyObject is made by createSecretKey, createPublicKey or createPrivateKey");
    this.#type = type;
    this.#held = held;
  }
  static held(key) { return key.#held; }
  static from(key) {
    if (!(key instanceof CryptoKey)) throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "key" argument must be an instance of CryptoKey. ${received(key)}`);
    return make(key.type, material(key));
  }
  get type() { return this.#type; }
  equals(other) {
    if (!(other instanceof KeyObject) || other.type !== this.type) return false;
    const written = (key) => (key.type === "secret" ? held(key) : writeKey(held(key), key.type === "public" ? "spki" : "pkcs8"));
    return equalBytes(written(this), written(other));
  }
  toCryptoKey(algorithm, extractable, usages) {
    const given = held(this);
    return this.type === "secret" ? secretKey(given, typeof algorithm === "string" ? { name: algorithm } : algorithm, extractable, usages)
      : importKey(this.type === "public" ? "spki" : "pkcs8", writeKey(given, this.type === "public" ? "spki" : "pkcs8"), algorithm, extractable, usages);
  }
  get [Symbol.toStringTag]() { return "KeyObject"; }
}
const { held } = KeyObject;
delete KeyObject.held;
export { held };

class SecretKeyObject extends KeyObject {
  get symmetricKeySize() { return held(this).length; }
  export(options) {
    const bytes = held(this);
    return options?.format === "jwk" ? { kty: "oct", k: host.base64Encode(bytes, true) } : Buffer.from(bytes);
  }
}

class AsymmetricKeyObject extends KeyObject {
  get asymmetricKeyType() {
    const parts = held(this);
    return parts.kty === "RSA" ? "rsa" : parts.kty === "EC" ? "ec" : parts.crv.toLowerCase();
  }
  get asymmetricKeyDetails() {
    const parts = held(this);
    if (parts.kty === "EC") return { namedCurve: { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" }[parts.crv] };
    if (parts.kty !== "RSA") return {};
    const publicExponent = parts.e.reduce((number, byte) => number * 256n + BigInt(byte), 0n);
    return { modulusLength: parts.n.length * 8 - Math.clz32(parts.n[0]) + 24, publicExponent };
  }
  export(options = {}) {
    const parts = held(this);
    if (options.format === "jwk") return toJwk(parts);
    if (options.cipher || options.passphrase) throw unsupported("encrypted keys are not supported in the sandbox");
    const isPublic = this.type === "public";
    const type = options.type ?? (isPublic ? "spki" : "pkcs8");
    const bytes = writeKey(parts, type);
    if (options.format === "der") return Buffer.from(bytes);
    const label = type === "pkcs8" ? "PRIVATE KEY" : type === "spki" ? "PUBLIC KEY" : type === "sec1" ? "EC PRIVATE KEY" : isPublic ? "RSA PUBLIC KEY" : "RSA PRIVATE KEY";
    return toPem(bytes, label);
  }
}
class PublicKeyObject extends AsymmetricKeyObject {}
class PrivateKeyObject extends AsymmetricKeyObject {}

const KINDS = { secret: SecretKeyObject, public: PublicKeyObject, private: PrivateKeyObject };
const make = (type, given) => new KINDS[type](permission, type, given);

function publicOf({ d, p, q, dp, dq, qi, ...open }) { return open; }

/** The parts of a key in whatever it comes: PEM, DER, JWK, an object around one of them, a KeyObject. */
function read(input, wantsPrivate) {
  if (input instanceof KeyObject) {
    if (input.type === "secret") throw coded(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", "Invalid key object type secret, expected private or public.");
    return held(input);
  }
  if (input instanceof CryptoKey) return material(input);
  const isWrapped = typeof input === "object" && input !== null && !ArrayBuffer.isView(input) && !(input instanceof ArrayBuffer);
  const { key, format = "pem", type, passphrase } = isWrapped ? input : { key: input };
  if (key instanceof KeyObject || key instanceof CryptoKey) return read(key, wantsPrivate);
  if (passphrase !== undefined && passphrase !== null && passphrase !== "") throw unsupported("encrypted keys are not supported in the sandbox");
  if (format === "jwk") return checked(fromJwk(key));
  let parts;
  try {
    parts = decoded(key, format, type, wantsPrivate);
  } catch (error) {
    if (error.code) throw error;
  }
  if (!parts) throw unsupported("error:1E08010C:DECODER routines::unsupported");
  return checked(parts);
}

/** The parts of a key in DER or PEM. */
function decoded(key, format, type, wantsPrivate) {
  if (format === "der") {
    const name = type ?? (wantsPrivate ? "pkcs8" : "spki");
    return host.readKey(name === "pkcs1" && !wantsPrivate ? "pkcs1-public" : name, toBytes(key).slice());
  }
  if (typeof key !== "string" && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer)) {
    throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "key" argument must be of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey. ${received(key)}`);
  }
  return readPem(typeof key === "string" ? key : Buffer.from(bytesOf(key)).toString("latin1"));
}

function checked(found) {
  const parts = completed(found);
  const problem = problemOf(parts);
  if (problem) throw coded(Error, "ERR_CRYPTO_INVALID_JWK", problem);
  return parts;
}

/** The parts of a private key. */
export function privateParts(input) {
  const parts = read(input, true);
  if (parts.d === undefined) throw unsupported("error:1E08010C:DECODER routines::unsupported");
  return parts;
}
export const publicParts = (input) => publicOf(read(input, false));

export const createPrivateKey = (input) => make("private", privateParts(input));
export const createPublicKey = (input) => make("public", publicParts(input));

export function createSecretKey(key, encoding) {
  if (typeof key !== "string" && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer)) {
    throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "key" argument must be of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView. ${received(key)}`);
  }
  return make("secret", Uint8Array.from(toBytes(key, encoding)));
}

/** The bytes of a secret in whatever it comes. */
export function secretBytes(key, encoding) {
  if (key instanceof KeyObject) {
    if (key.type !== "secret") throw coded(TypeError, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", `Invalid key object type ${key.type}, expected secret.`);
    return held(key);
  }
  if (key instanceof CryptoKey) return material(key);
  if (typeof key !== "string" && !ArrayBuffer.isView(key) && !(key instanceof ArrayBuffer)) {
    throw coded(TypeError, "ERR_INVALID_ARG_TYPE", `The "key" argument must be of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey. ${received(key)}`);
  }
  return Uint8Array.from(toBytes(key, encoding));
}

const CURVES = { prime256v1: "P-256", "P-256": "P-256", secp384r1: "P-384", "P-384": "P-384", secp521r1: "P-521", "P-521": "P-521" };

export function generateKeyPairSync(type, options = {}) {
  const crv = type === "ec" ? CURVES[options.namedCurve] : { ed25519: "Ed25519", x25519: "X25519" }[type];
  if (!crv) throw new Error(`crypto.generateKeyPair is not supported in the sandbox for '${type}'${options.namedCurve ? ` with '${options.namedCurve}'` : ""}`);
  const parts = generateParts(crv);
  const shown = (key, encoding) => (encoding ? key.export(encoding) : key);
  return {
    publicKey: shown(make("public", publicOf(parts)), options.publicKeyEncoding),
    privateKey: shown(make("private", parts), options.privateKeyEncoding),
  };
}

/** How a signature is to be made, as the object around a key says. */
function schemeOf(key, parts, hash) {
  const options = typeof key === "object" && key !== null && !(key instanceof KeyObject) ? key : {};
  const isPss = options.padding === 6;
  if (isPss && options.saltLength !== undefined && options.saltLength !== -1 && options.saltLength !== host.digest(hash, new Uint8Array(0)).length) {
    throw new Error("RSA-PSS with another salt than one as long as the digest is not supported in the sandbox");
  }
  return { isPss, isPlain: options.dsaEncoding === "ieee-p1363" };
}

export function signWith(hash, data, key) {
  const parts = privateParts(key);
  if (parts.kty === "OKP") return host.edSign(parts.d, data);
  const { isPss, isPlain } = schemeOf(key, parts, hash);
  if (parts.kty === "RSA") return rsaSign(parts, hash, data, isPss);
  const plain = ecSign(parts, hash, data);
  return isPlain ? plain : signatureToDer(plain);
}

export function verifyWith(hash, data, key, signature) {
  const parts = publicParts(key);
  if (parts.kty === "OKP") return host.edVerify(parts.x, data, signature);
  const { isPss, isPlain } = schemeOf(key, parts, hash);
  if (parts.kty === "RSA") return rsaVerify(parts, hash, data, signature, isPss);
  const plain = isPlain ? signature : signatureFromDer(signature, SIZES[parts.crv]);
  return plain !== undefined && ecVerify(parts, hash, data, plain);
}
