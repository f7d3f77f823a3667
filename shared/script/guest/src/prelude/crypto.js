// crypto: randomUUID, getRandomValues, subtle (digest, HMAC, RSA and ECDSA signatures).

import { bytesOf } from "hookpoint:encoding";
import { CryptoKey, exportKey, failed, hashName, hmacKey, importKey, keyOf, material, normalize } from "hookpoint:keys";

const host = globalThis.__host;

function checkUse(key, algorithm, usage) {
  if (!(key instanceof CryptoKey)) throw new TypeError("expected a CryptoKey");
  if (key.algorithm.name !== algorithm.name) {
    throw failed(`the key is for ${key.algorithm.name}, not for ${algorithm.name}`, "InvalidAccessError");
  }
  if (!key.usages.includes(usage)) throw failed(`the key may not ${usage}`, "InvalidAccessError");
}

/** What the host calls the combination of algorithm and hash. */
function scheme(key, algorithm) {
  switch (key.algorithm.name) {
    case "ECDSA": return `${key.algorithm.namedCurve}/${hashName(algorithm.hash)}`;
    case "RSA-PSS": return `PSS/${key.algorithm.hash.name}`;
    default: return `PKCS1/${key.algorithm.hash.name}`;
  }
}

/** Whether two byte strings are equal, in time that does not tell where they differ. */
export function equalBytes(left, right) {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left[index] ^ right[index];
  return difference === 0;
}

const CURVES = { "P-256": "P-256/SHA-256", "P-384": "P-384/SHA-384" };

const subtle = {
  async digest(algorithm, data) {
    return host.digest(hashName(algorithm), bytesOf(data)).buffer;
  },
  async importKey(format, data, algorithm, extractable, usages) {
    return importKey(format, data, algorithm, extractable, usages);
  },
  async exportKey(format, key) { return exportKey(format, key); },
  async sign(algorithm, key, data) {
    algorithm = normalize(algorithm);
    checkUse(key, algorithm, "sign");
    const bytes = bytesOf(data);
    switch (algorithm.name) {
      case "HMAC": return host.hmac(key.algorithm.hash.name, material(key), bytes).buffer;
      case "ECDSA": return host.ecSign(scheme(key, algorithm), material(key), bytes).buffer;
      default: return host.rsaSign(scheme(key, algorithm), material(key), bytes).buffer;
    }
  },
  async verify(algorithm, key, signature, data) {
    algorithm = normalize(algorithm);
    checkUse(key, algorithm, "verify");
    const bytes = bytesOf(data);
    switch (algorithm.name) {
      case "HMAC": return equalBytes(host.hmac(key.algorithm.hash.name, material(key), bytes), bytesOf(signature));
      case "ECDSA": return host.ecVerify(scheme(key, algorithm), material(key), bytes, bytesOf(signature));
      default: return host.rsaVerify(scheme(key, algorithm), material(key), bytes, bytesOf(signature));
    }
  },
  async generateKey(algorithm, extractable, usages) {
    algorithm = normalize(algorithm);
    if (algorithm.name === "HMAC") {
      const length = algorithm.length ?? (/384|512/.test(hashName(algorithm.hash)) ? 1024 : 512);
      return hmacKey(host.randomBytes(Math.ceil(length / 8)), algorithm, extractable, usages);
    }
    if (algorithm.name !== "ECDSA" || !CURVES[algorithm.namedCurve]) {
      throw failed("keys are made for HMAC and for ECDSA with P-256 or P-384", "NotSupportedError");
    }
    const parts = host.readKey("pkcs8", host.ecGenerate(CURVES[algorithm.namedCurve]));
    const { d, ...open } = parts;
    return {
      privateKey: keyOf(parts, algorithm, extractable, usages.filter((usage) => usage === "sign")),
      publicKey: keyOf(open, algorithm, true, usages.filter((usage) => usage === "verify")),
    };
  },
};

export const crypto = {
  subtle,
  getRandomValues(view) {
    if (!ArrayBuffer.isView(view) || view instanceof DataView || view instanceof Float32Array || view instanceof Float64Array) {
      throw failed("getRandomValues fills arrays of integers", "TypeMismatchError");
    }
    const bytes = bytesOf(view);
    if (bytes.length > 65536) throw failed(`${bytes.length} random bytes at once, at most 65536`, "QuotaExceededError");
    bytes.set(host.randomBytes(bytes.length));
    return view;
  },
  randomUUID() {
    const bytes = host.randomBytes(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
};

export { CryptoKey };
