// CryptoKey, and keys from and to the formats they come in.

import { writeKey } from "hookpoint:der";
import { bytesOf } from "hookpoint:encoding";
import { host } from "hookpoint:host";
import { SIZES, completed } from "hookpoint:primitives";

const permission = Symbol("CryptoKey");

export const failed = (message, name) => new DOMException(message, name);

const HASHES = ["SHA-1", "SHA-256", "SHA-384", "SHA-512"];

/** The canonical name of a hash. */
export function hashName(hash) {
  const name = String(typeof hash === "object" && hash !== null ? hash.name : hash).toUpperCase();
  if (!HASHES.includes(name)) throw failed(`the hash '${name}' is not supported`, "NotSupportedError");
  return name;
}

/** What keys of an algorithm may do: secret ones, or private and public ones. */
const USAGES = {
  HMAC: { secret: ["sign", "verify"] },
  "AES-GCM": { secret: ["encrypt", "decrypt", "wrapKey", "unwrapKey"] },
  "AES-CBC": { secret: ["encrypt", "decrypt", "wrapKey", "unwrapKey"] },
  "AES-CTR": { secret: ["encrypt", "decrypt", "wrapKey", "unwrapKey"] },
  "AES-KW": { secret: ["wrapKey", "unwrapKey"] },
  PBKDF2: { secret: ["deriveKey", "deriveBits"] },
  HKDF: { secret: ["deriveKey", "deriveBits"] },
  "RSASSA-PKCS1-v1_5": { private: ["sign"], public: ["verify"] },
  "RSA-PSS": { private: ["sign"], public: ["verify"] },
  "RSA-OAEP": { private: ["decrypt", "unwrapKey"], public: ["encrypt", "wrapKey"] },
  ECDSA: { private: ["sign"], public: ["verify"] },
  Ed25519: { private: ["sign"], public: ["verify"] },
  ECDH: { private: ["deriveKey", "deriveBits"], public: [] },
  X25519: { private: ["deriveKey", "deriveBits"], public: [] },
};
const ALGORITHMS = Object.keys(USAGES);
export const isAes = (name) => name.startsWith("AES-");

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

export function fromBase64Url(text) {
  const bytes = host.base64Decode(String(text).replace(/-/g, "+").replace(/_/g, "/"));
  if (!bytes) throw failed("the key has a member that is not base64url", "DataError");
  return bytes;
}

export function fromJwk(jwk) {
  if (jwk === null || typeof jwk !== "object") throw failed("the key is no JSON Web Key", "DataError");
  const parts = { kty: jwk.kty, crv: jwk.crv };
  for (const name of MEMBERS) if (jwk[name] !== undefined) parts[name] = fromBase64Url(jwk[name]);
  return parts;
}

export function toJwk(parts) {
  const jwk = { kty: parts.kty, ...(parts.crv && { crv: parts.crv }) };
  for (const name of MEMBERS) if (parts[name]) jwk[name] = host.base64Encode(parts[name], true);
  return jwk;
}

const kindOf = (name) => (name === "ECDSA" || name === "ECDH" ? "EC" : name === "Ed25519" || name === "X25519" ? "OKP" : "RSA");

/** Whether the parts are those of a key; says in words what is wrong. */
export function problemOf(parts) {
  if (parts.kty === "EC") {
    const length = SIZES[parts.crv];
    if (!length) return `the curve '${parts.crv}' is not supported`;
    if (parts.x?.length !== length || parts.y?.length !== length || (parts.d && parts.d.length !== length)) return "the coordinates have the wrong length";
  } else if (parts.kty === "OKP") {
    if (parts.crv !== "Ed25519" && parts.crv !== "X25519") return `the curve '${parts.crv}' is not supported`;
    if (parts.x?.length !== 32 || (parts.d && parts.d.length !== 32)) return "the key has the wrong length";
  } else if (parts.kty === "RSA") {
    const complete = ["d", "p", "q", "dp", "dq", "qi"].every((name) => (parts[name] !== undefined) === (parts.d !== undefined));
    if (!parts.n || !parts.e || !complete) return "the RSA key is incomplete";
  } else {
    return `keys of type '${parts.kty}' are not supported`;
  }
  return undefined;
}

/** Whether the parts fit the algorithm; what is wrong is the caller's data. */
function checked(parts, algorithm) {
  const kind = kindOf(algorithm.name);
  if (parts.kty !== kind) throw failed(`the key is no ${kind} key`, "DataError");
  const problem = problemOf(parts);
  if (problem) throw failed(problem, "DataError");
  const wanted = kind === "EC" ? algorithm.namedCurve : kind === "OKP" ? algorithm.name : undefined;
  if (wanted !== undefined && wanted !== parts.crv) throw failed(`the curve '${parts.crv}' is not the one asked for`, "DataError");
  return parts;
}

function bitLength(bytes) {
  let start = 0;
  while (bytes[start] === 0) start++;
  return (bytes.length - start) * 8 - (bytes.length > start ? Math.clz32(bytes[start]) - 24 : 0);
}

function described(parts, algorithm) {
  if (parts.kty === "OKP") return { name: parts.crv };
  if (parts.kty === "EC") return { name: algorithm.name, namedCurve: parts.crv };
  return {
    name: algorithm.name, modulusLength: bitLength(parts.n), publicExponent: parts.e.slice(), hash: { name: hashName(algorithm.hash) },
  };
}

function checkUsages(name, type, usages) {
  const allowed = USAGES[name][type] ?? [];
  for (const usage of usages) {
    if (!allowed.includes(usage)) throw failed(`Unsupported key usage for a ${name} ${type} key: ${usage}`, "SyntaxError");
  }
  if (usages.length === 0 && type !== "public") throw failed(`Usages cannot be empty when a ${type} key is imported or made.`, "SyntaxError");
}

/** A key from its parts; the usages say what it may do. */
export function keyOf(parts, algorithm, extractable, usages) {
  const type = parts.d !== undefined ? "private" : "public";
  checkUsages(algorithm.name, type, usages);
  return new CryptoKey(permission, type, Boolean(extractable), described(parts, algorithm), usages, parts);
}

/** A secret key: for HMAC, a cipher, or a derivation. */
export function secretKey(bytes, algorithm, extractable, usages) {
  const { name } = algorithm;
  checkUsages(name, "secret", usages);
  let shown = { name };
  if (name === "HMAC") {
    if (bytes.length === 0) throw failed("the secret is empty", "DataError");
    shown = { name, hash: { name: hashName(algorithm.hash) }, length: algorithm.length ?? bytes.length * 8 };
  } else if (isAes(name)) {
    if (![16, 24, 32].includes(bytes.length)) throw failed("Invalid key length", "DataError");
    shown = { name, length: bytes.length * 8 };
  } else if (extractable) {
    throw failed(`a ${name} key cannot be extractable`, "SyntaxError");
  }
  return new CryptoKey(permission, "secret", Boolean(extractable), shown, usages, bytes.slice());
}

export function importKey(format, data, algorithm, extractable, usages) {
  algorithm = normalize(algorithm);
  const { name } = algorithm;
  if (!Array.isArray(usages)) usages = [...(usages ?? [])];
  if (USAGES[name].secret) {
    if (format === "raw") return secretKey(bytesOf(data), algorithm, extractable, usages);
    if (format === "jwk" && data?.kty === "oct") return secretKey(fromBase64Url(data.k), algorithm, extractable, usages);
    if (format === "jwk") throw failed("Invalid keyData", "DataError");
    throw failed(`Unable to import ${name} key using ${format} format`, "NotSupportedError");
  }
  if (format === "jwk") {
    const isPrivate = data?.d !== undefined;
    if (data?.ext === false && extractable) throw failed("JWK \"ext\" Parameter and extractable mismatch", "DataError");
    return keyOf(checked(fromJwk(data), algorithm), algorithm, extractable || !isPrivate && extractable, usages);
  }
  if (format === "raw") {
    const bytes = bytesOf(data);
    if (kindOf(name) === "OKP") return keyOf(checked({ kty: "OKP", crv: name, x: bytes.slice() }, algorithm), algorithm, extractable, usages);
    const length = kindOf(name) === "EC" && SIZES[algorithm.namedCurve];
    if (!length || bytes[0] !== 4 || bytes.length !== 1 + 2 * length) throw failed("the data is no uncompressed point", "DataError");
    const parts = { kty: "EC", crv: algorithm.namedCurve, x: bytes.slice(1, 1 + length), y: bytes.slice(1 + length) };
    return keyOf(parts, algorithm, extractable, usages);
  }
  if (format !== "pkcs8" && format !== "spki") throw failed(`the format '${format}' is not supported`, "NotSupportedError");
  let parts;
  try {
    parts = completed(host.readKey(format, bytesOf(data).slice()));
  } catch (error) {
    throw failed(error.message, "DataError");
  }
  return keyOf(checked(parts, algorithm), algorithm, extractable, usages);
}

const JWK_NAMES = { "RSASSA-PKCS1-v1_5": "RS", "RSA-PSS": "PS", "RSA-OAEP": "RSA-OAEP", HMAC: "HS" };
const AES_NAMES = { "AES-GCM": "GCM", "AES-CBC": "CBC", "AES-CTR": "CTR", "AES-KW": "KW" };

function algorithmOfJwk({ name, hash, length }) {
  if (isAes(name)) return `A${length}${AES_NAMES[name]}`;
  const digits = hash?.name.slice(4);
  if (name === "RSA-OAEP") return digits === "1" ? name : `${name}-${digits}`;
  return JWK_NAMES[name] && JWK_NAMES[name] + digits;
}

export function exportKey(format, key) {
  if (!(key instanceof CryptoKey)) throw new TypeError("expected a CryptoKey");
  if (!key.extractable) throw failed("key is not extractable", "InvalidAccessError");
  const held = material(key);
  const wrong = () => failed(`Unable to export a ${key.type} ${key.algorithm.name} key as ${format}`, "NotSupportedError");
  if (format === "jwk") {
    const jwk = key.type === "secret" ? { kty: "oct", k: host.base64Encode(held, true) } : toJwk(held);
    const alg = algorithmOfJwk(key.algorithm);
    return { key_ops: [...key.usages], ext: key.extractable, ...(alg && { alg }), ...jwk };
  }
  if (format === "raw") {
    if (key.type === "secret") return held.slice().buffer;
    if (key.type !== "public" || held.kty === "RSA") throw wrong();
    return held.kty === "EC" ? Uint8Array.of(4, ...held.x, ...held.y).buffer : held.x.slice().buffer;
  }
  if ((format === "spki" && key.type === "public") || (format === "pkcs8" && key.type === "private")) return writeKey(held, format).buffer;
  throw wrong();
}
