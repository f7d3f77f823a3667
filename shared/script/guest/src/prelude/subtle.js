// crypto.subtle.

import { bytesOf, latin1 } from "hookpoint:encoding";
import { host } from "hookpoint:host";
import {
  CryptoKey, exportKey, failed, hashName, importKey, isAes, keyOf, material, normalize, secretKey,
} from "hookpoint:keys";
import {
  SIZES, ecSign, ecVerify, equalBytes, generateParts, hkdf, padded, rsaSign, rsaVerify, shared, unpadded,
} from "hookpoint:primitives";
import { decryptOaep, encryptOaep } from "hookpoint:rsa";

const copy = (data) => bytesOf(data).slice();
const bufferOf = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const operation = (message = "The operation failed for an operation-specific reason") => failed(message, "OperationError");

function checkUse(key, algorithm, usage) {
  if (!(key instanceof CryptoKey)) throw new TypeError("expected a CryptoKey");
  if (key.algorithm.name !== algorithm.name) {
    throw failed(`the key is for ${key.algorithm.name}, not for ${algorithm.name}`, "InvalidAccessError");
  }
  if (!key.usages.includes(usage)) throw failed(`the key may not ${usage}`, "InvalidAccessError");
}

/** The length of a salt must be that of the digest: every known use has it, and the host knows no other. */
function checkSalt(key, { saltLength }) {
  const length = { "SHA-1": 20, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 }[key.algorithm.hash.name];
  if (saltLength !== length) throw failed(`RSA-PSS with a salt of ${saltLength} bytes is not supported; use ${length}`, "NotSupportedError");
}

function signWith(key, algorithm, bytes) {
  const held = material(key);
  switch (algorithm.name) {
    case "HMAC": return host.hmac(key.algorithm.hash.name, held, bytes);
    case "ECDSA": return ecSign(held, hashName(algorithm.hash), bytes);
    case "Ed25519": return host.edSign(held.d, bytes);
    case "RSA-PSS": checkSalt(key, algorithm); return rsaSign(held, key.algorithm.hash.name, bytes, true);
    default: return rsaSign(held, key.algorithm.hash.name, bytes, false);
  }
}

function verifyWith(key, algorithm, signature, bytes) {
  const held = material(key);
  switch (algorithm.name) {
    case "HMAC": return equalBytes(host.hmac(key.algorithm.hash.name, held, bytes), signature);
    case "ECDSA": return ecVerify(held, hashName(algorithm.hash), bytes, signature);
    case "Ed25519": return host.edVerify(held.x, bytes, signature);
    case "RSA-PSS": checkSalt(key, algorithm); return rsaVerify(held, key.algorithm.hash.name, bytes, signature, true);
    default: return rsaVerify(held, key.algorithm.hash.name, bytes, signature, false);
  }
}

function vector(algorithm, length) {
  const bytes = copy(algorithm.name === "AES-CTR" ? algorithm.counter : algorithm.iv);
  if (length !== undefined && bytes.length !== length) throw operation(`the initialisation vector needs ${length} bytes`);
  return bytes;
}

function cipher(key, algorithm, data, encrypts) {
  const held = material(key);
  const none = new Uint8Array(0);
  switch (algorithm.name) {
    case "RSA-OAEP": {
      const label = algorithm.label === undefined ? none : copy(algorithm.label);
      try {
        return encrypts ? encryptOaep(held, key.algorithm.hash.name, label, data) : decryptOaep(held, key.algorithm.hash.name, label, data);
      } catch {
        throw operation();
      }
    }
    case "AES-GCM": {
      const { tagLength = 128 } = algorithm;
      if (tagLength !== 128) throw failed("AES-GCM with a tag of other than 128 bits is not supported", "NotSupportedError");
      const iv = vector(algorithm);
      if (iv.length !== 12 && iv.length !== 16) throw failed("AES-GCM takes an initialisation vector of 12 or 16 bytes", "NotSupportedError");
      const more = algorithm.additionalData === undefined ? none : copy(algorithm.additionalData);
      const output = host.aesGcm(encrypts, held, iv, more, data);
      if (!output) throw operation();
      return output;
    }
    case "AES-CBC": {
      const output = host.aesBlocks("cbc", encrypts, held, vector(algorithm, 16), encrypts ? padded(data) : data);
      const plain = output && !encrypts ? unpadded(output) : output;
      if (!plain) throw operation();
      return plain;
    }
    case "AES-CTR":
      if (algorithm.length !== 128 && algorithm.length !== 64) throw failed("AES-CTR counts in 64 or 128 bits", "NotSupportedError");
      return host.aesBlocks("ctr", encrypts, held, vector(algorithm, 16), data);
    default: throw failed(`${algorithm.name} does not encrypt`, "NotSupportedError");
  }
}

function derive(algorithm, key, bits) {
  const held = material(key);
  if (algorithm.name === "ECDH" || algorithm.name === "X25519") {
    const other = algorithm.public;
    if (!(other instanceof CryptoKey) || other.type !== "public") throw failed("algorithm.public must be a public key", "InvalidAccessError");
    if (other.algorithm.name !== algorithm.name || material(other).crv !== held.crv) throw failed("the keys are of different curves", "InvalidAccessError");
    let secret;
    try {
      secret = shared(held, material(other));
    } catch {
      throw operation();
    }
    if (bits === null || bits === undefined) return secret;
    if (bits > secret.length * 8) throw operation("derived bit length is too small");
    const output = secret.slice(0, Math.ceil(bits / 8));
    if (bits % 8) output[output.length - 1] &= 0xff << (8 - (bits % 8));
    return output;
  }
  if (bits === null || bits === undefined) throw operation("length cannot be null");
  if (bits % 8 !== 0) throw operation("length must be a multiple of 8");
  const hash = hashName(algorithm.hash);
  try {
    if (algorithm.name === "HKDF") return hkdf(hash, held, copy(algorithm.salt), copy(algorithm.info), bits / 8);
    if (!(algorithm.iterations > 0)) throw operation("iterations cannot be zero");
    return host.pbkdf2(hash, held, copy(algorithm.salt), [algorithm.iterations, bits / 8]);
  } catch (error) {
    throw error instanceof DOMException ? error : operation(error.message);
  }
}

/** How many bits a key of an algorithm needs. */
function keyBits(algorithm) {
  if (isAes(algorithm.name)) return algorithm.length;
  if (algorithm.name === "HMAC") return algorithm.length ?? (/384|512/.test(hashName(algorithm.hash)) ? 1024 : 512);
  return null;
}

const HALVES = { ECDSA: [["sign"], ["verify"]], Ed25519: [["sign"], ["verify"]], ECDH: [["deriveKey", "deriveBits"], []], X25519: [["deriveKey", "deriveBits"], []] };

export class SubtleCrypto {
  constructor(allowed) { if (allowed !== SubtleCrypto) throw new TypeError("Illegal constructor"); }
  async digest(algorithm, data) { return host.digest(hashName(algorithm), copy(data)).buffer; }
  async importKey(format, data, algorithm, extractable, usages) { return importKey(format, data, algorithm, extractable, usages); }
  async exportKey(format, key) { return exportKey(format, key); }
  async sign(algorithm, key, data) {
    algorithm = normalize(algorithm);
    checkUse(key, algorithm, "sign");
    return bufferOf(signWith(key, algorithm, copy(data)));
  }
  async verify(algorithm, key, signature, data) {
    algorithm = normalize(algorithm);
    checkUse(key, algorithm, "verify");
    return verifyWith(key, algorithm, copy(signature), copy(data));
  }
  async encrypt(algorithm, key, data) {
    algorithm = normalize(algorithm);
    checkUse(key, algorithm, "encrypt");
    return bufferOf(cipher(key, algorithm, copy(data), true));
  }
  async decrypt(algorithm, key, data) {
    algorithm = normalize(algorithm);
    checkUse(key, algorithm, "decrypt");
    return bufferOf(cipher(key, algorithm, copy(data), false));
  }
  async deriveBits(algorithm, key, length) {
    algorithm = normalize(algorithm);
    checkUse(key, algorithm, "deriveBits");
    return bufferOf(derive(algorithm, key, length));
  }
  async deriveKey(algorithm, key, wanted, extractable, usages) {
    algorithm = normalize(algorithm);
    wanted = normalize(wanted);
    checkUse(key, algorithm, "deriveKey");
    return importKey("raw", derive(algorithm, key, keyBits(wanted)), wanted, extractable, usages);
  }
  async wrapKey(format, key, wrapping, algorithm) {
    algorithm = normalize(algorithm);
    checkUse(wrapping, algorithm, "wrapKey");
    const exported = exportKey(format, key);
    const bytes = format === "jwk" ? Uint8Array.from(JSON.stringify(exported), (unit) => unit.charCodeAt(0)) : new Uint8Array(exported);
    if (algorithm.name !== "AES-KW") return bufferOf(cipher(wrapping, algorithm, bytes, true));
    const wrapped = host.aesWrap(true, material(wrapping), bytes);
    if (!wrapped) throw operation();
    return bufferOf(wrapped);
  }
  async unwrapKey(format, wrapped, wrapping, algorithm, wanted, extractable, usages) {
    algorithm = normalize(algorithm);
    checkUse(wrapping, algorithm, "unwrapKey");
    const bytes = algorithm.name === "AES-KW" ? host.aesWrap(false, material(wrapping), copy(wrapped)) : cipher(wrapping, algorithm, copy(wrapped), false);
    if (!bytes) throw operation();
    return importKey(format, format === "jwk" ? JSON.parse(latin1(bytes)) : bytes, wanted, extractable, usages);
  }
  async generateKey(algorithm, extractable, usages) {
    algorithm = normalize(algorithm);
    const bits = keyBits(algorithm);
    if (bits !== null) {
      if (isAes(algorithm.name) && ![128, 192, 256].includes(bits)) throw operation("Invalid key length");
      return secretKey(host.randomBytes(Math.ceil(bits / 8)), algorithm, extractable, usages);
    }
    const halves = HALVES[algorithm.name];
    const crv = algorithm.namedCurve ?? algorithm.name;
    if (!halves || !(SIZES[crv] || crv === algorithm.name)) {
      throw failed(`keys for ${algorithm.name}${algorithm.namedCurve ? ` with ${crv}` : ""} are not made in the sandbox`, "NotSupportedError");
    }
    const wrong = usages.find((usage) => !halves.flat().includes(usage));
    if (wrong) throw failed(`Unsupported key usage for a ${algorithm.name} key: ${wrong}`, "SyntaxError");
    const parts = generateParts(crv);
    const { d, ...open } = parts;
    return {
      publicKey: keyOf(open, algorithm, true, usages.filter((usage) => halves[1].includes(usage))),
      privateKey: keyOf(parts, algorithm, extractable, usages.filter((usage) => halves[0].includes(usage))),
    };
  }
  get [Symbol.toStringTag]() { return "SubtleCrypto"; }
}

export const subtle = new SubtleCrypto(SubtleCrypto);
export { CryptoKey };
