// CryptoKey, and keys from and to the formats they come in.

import { bytesOf } from "hookpoint:encoding";

const host = globalThis.__host;
const permission = Symbol("CryptoKey");

export const failed = (message, name) => new DOMException(message, name);

const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];

/** The canonical name of a hash. */
export function hashName(hash) {
  const name = String(typeof hash === "object" && hash !== null ? hash.name : hash).toUpperCase();
  if (!HASHES.includes(name)) throw failed(`the hash '${name}' is not supported`, "NotSupportedError");
  return name;
}

const ALGORITHMS = ["HMAC", "RSASSA-PKCS1-v1_5", "RSA-PSS", "ECDSA"];

/** An algorithm as an object with its canonical name. */
export function normalize(algorithm) {
  const given = typeof algorithm === "string" ? { name: algorithm } : { ...algorithm };
  const name = ALGORITHMS.find((known) => known.toLowerCase() === String(given.name).toLowerCase());
  if (!name) {
    throw failed(`the algorithm '${given.name}' is not supported; there are ${ALGORITHMS.join(", ")}`, "NotSupportedError");
  }
  return { ...given, name };
}

export class CryptoKey {
  #material;
  constructor(allowed, type, extractable, algorithm, usages, material) {
    if (allowed !== permission) throw new TypeError("Illegal constructor");
    this.type = type;
    this.extractable = extractable;
    this.algorithm = Object.freeze(algorithm);
    this.usages = Object.freeze([...usages]);
    this.#material = material;
    Object.freeze(this);
  }
  static material(key) { return key.#material; }
  get [Symbol.toStringTag]() { return "CryptoKey"; }
}
const { material } = CryptoKey;
delete CryptoKey.material;
export { material };

const MEMBERS = ["n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y"];
const LENGTHS = { "P-256": 32, "P-384": 48 };

export function fromBase64Url(text) {
  const bytes = host.base64Decode(String(text).replace(/-/g, "+").replace(/_/g, "/"));
  if (!bytes) throw failed("the key has a member that is not base64url", "DataError");
  return bytes;
}

function fromJwk(jwk) {
  const parts = { kty: jwk.kty, crv: jwk.crv };
  for (const name of MEMBERS) if (jwk[name] !== undefined) parts[name] = fromBase64Url(jwk[name]);
  return parts;
}

/** Whether the parts fit the algorithm; what is wrong is the caller's data. */
function checked(parts, algorithm) {
  const ec = algorithm.name === "ECDSA";
  if (parts.kty !== (ec ? "EC" : "RSA")) throw failed(`the key is no ${ec ? "EC" : "RSA"} key`, "DataError");
  if (ec) {
    const length = LENGTHS[parts.crv];
    if (!length || (algorithm.namedCurve !== undefined && algorithm.namedCurve !== parts.crv)) {
      throw failed(`the curve '${parts.crv}' is not the one asked for, or not supported`, "DataError");
    }
    if (parts.x?.length !== length || parts.y?.length !== length || (parts.d && parts.d.length !== length)) {
      throw failed("the coordinates have the wrong length", "DataError");
    }
  } else {
    const complete = ["d", "p", "q", "dp", "dq", "qi"].every((name) => (parts[name] !== undefined) === (parts.d !== undefined));
    if (!parts.n || !parts.e || !complete) throw failed("the RSA key is incomplete", "DataError");
  }
  return parts;
}

function bitLength(bytes) {
  let start = 0;
  while (bytes[start] === 0) start++;
  return (bytes.length - start) * 8 - (bytes.length > start ? Math.clz32(bytes[start]) - 24 : 0);
}

function described(parts, algorithm) {
  if (algorithm.name === "ECDSA") return { name: "ECDSA", namedCurve: parts.crv };
  return {
    name: algorithm.name,
    hash: { name: hashName(algorithm.hash) },
    modulusLength: bitLength(parts.n),
    publicExponent: parts.e.slice(),
  };
}

/** A key from its parts; the usages say what it may do. */
export function keyOf(parts, algorithm, extractable, usages) {
  const isPrivate = parts.d !== undefined;
  const allowed = isPrivate ? "sign" : "verify";
  if (usages.some((usage) => usage !== allowed)) throw failed(`a ${isPrivate ? "private" : "public"} key can only ${allowed}`, "SyntaxError");
  if (isPrivate && usages.length === 0) throw failed("a private key needs a usage", "SyntaxError");
  const type = isPrivate ? "private" : "public";
  return new CryptoKey(permission, type, Boolean(extractable), described(parts, algorithm), usages, parts);
}

/** A secret key for HMAC. */
export function hmacKey(bytes, algorithm, extractable, usages) {
  if (bytes.length === 0) throw failed("the secret is empty", "DataError");
  if (usages.length === 0 || usages.some((usage) => usage !== "sign" && usage !== "verify")) {
    throw failed("an HMAC key can sign and verify, and needs one of both", "SyntaxError");
  }
  const described = { name: "HMAC", hash: { name: hashName(algorithm.hash) }, length: bytes.length * 8 };
  return new CryptoKey(permission, "secret", Boolean(extractable), described, usages, bytes.slice());
}

export function importKey(format, data, algorithm, extractable, usages) {
  algorithm = normalize(algorithm);
  if (algorithm.name === "HMAC") {
    if (format === "raw") return hmacKey(bytesOf(data), algorithm, extractable, usages);
    if (format === "jwk" && data.kty === "oct") return hmacKey(fromBase64Url(data.k), algorithm, extractable, usages);
    throw failed(`an HMAC key is imported as raw or jwk, not as '${format}'`, "NotSupportedError");
  }
  if (format === "jwk") return keyOf(checked(fromJwk(data), algorithm), algorithm, extractable, usages);
  if (format === "raw" && algorithm.name === "ECDSA") {
    const point = bytesOf(data);
    const length = LENGTHS[algorithm.namedCurve];
    if (!length || point[0] !== 4 || point.length !== 1 + 2 * length) throw failed("the data is no uncompressed point", "DataError");
    const parts = { kty: "EC", crv: algorithm.namedCurve, x: point.slice(1, 1 + length), y: point.slice(1 + length) };
    return keyOf(parts, algorithm, extractable, usages);
  }
  if (format !== "pkcs8" && format !== "spki") throw failed(`the format '${format}' is not supported`, "NotSupportedError");
  let parts;
  try {
    parts = host.readKey(format, bytesOf(data));
  } catch (error) {
    throw failed(error.message, "DataError");
  }
  return keyOf(checked(parts, algorithm), algorithm, extractable, usages);
}

const JWK_NAMES = { "RSASSA-PKCS1-v1_5": "RS", "RSA-PSS": "PS", ECDSA: "ES", HMAC: "HS" };

export function exportKey(format, key) {
  if (!key.extractable) throw failed("the key is not extractable", "InvalidAccessError");
  const held = material(key);
  const encode = (bytes) => host.base64Encode(bytes, true);
  if (format === "raw" && key.type === "secret") return held.slice().buffer;
  if (format === "raw" && key.type === "public" && held.kty === "EC") {
    return Uint8Array.of(4, ...held.x, ...held.y).buffer;
  }
  if (format !== "jwk") throw failed(`exporting as '${format}' is not supported`, "NotSupportedError");
  const jwk = { key_ops: [...key.usages], ext: key.extractable };
  if (key.type === "secret") return { kty: "oct", k: encode(held), alg: `HS${key.algorithm.hash.name.slice(4)}`, ...jwk };
  jwk.kty = held.kty;
  if (held.crv) jwk.crv = held.crv;
  else jwk.alg = JWK_NAMES[key.algorithm.name] + key.algorithm.hash.name.slice(4);
  for (const name of MEMBERS) if (held[name]) jwk[name] = encode(held[name]);
  return jwk;
}
