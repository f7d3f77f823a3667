// What `crypto.subtle` and `node:crypto` do with the parts of a key.

import { host } from "hookpoint:host";
import { signPkcs1 } from "hookpoint:rsa";

export const SIZES = { "P-256": 32, "P-384": 48, "P-521": 66 };
/** The hash that the host signs with on a curve. */
const NATIVE = { "P-256": "SHA-256", "P-384": "SHA-384" };
const NAMES = { "P-256": "p256", "P-384": "p384", "P-521": "p521" };

const curve = (name) => host.builtIn("package:curves").default[NAMES[name]];

/** Whether two byte strings are equal, in time that does not tell where they differ. */
export function equalBytes(left, right) {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++) difference |= left[index] ^ right[index];
  return difference === 0;
}

const point = ({ x, y }) => Uint8Array.of(4, ...x, ...y);

/** The parts of a key with the public ones, which a file of a private key may lack. */
export function completed(parts) {
  if (parts.kty === "OKP" && !parts.x) {
    const x = parts.crv === "Ed25519" ? host.edPublic(parts.d) : host.builtIn("package:curves").default.x25519.getPublicKey(parts.d);
    return { ...parts, x };
  }
  if (parts.kty === "EC" && !parts.x) {
    const whole = curve(parts.crv).getPublicKey(parts.d, false);
    const size = SIZES[parts.crv];
    return { ...parts, x: whole.slice(1, 1 + size), y: whole.slice(1 + size) };
  }
  return parts;
}

export function generateParts(crv) {
  if (crv === "Ed25519" || crv === "X25519") return completed({ kty: "OKP", crv, d: host.randomBytes(32) });
  const size = SIZES[crv];
  for (;;) {
    const d = host.randomBytes(size);
    if (crv === "P-521") d[0] &= 1;
    if (curve(crv).utils.isValidSecretKey(d)) return completed({ kty: "EC", crv, d });
  }
}

/** The digest as a curve takes it, at least half as long as a number of it. */
function prehash(hash, data, size) {
  const digest = host.digest(hash, data);
  if (digest.length >= size / 2) return digest;
  const longer = new Uint8Array(size);
  longer.set(digest, size - digest.length);
  return longer;
}

/** An ECDSA signature: r and s one after the other. */
export function ecSign(parts, hash, data) {
  if (NATIVE[parts.crv] === hash) return host.ecSign(`${parts.crv}/${hash}`, parts, data);
  return curve(parts.crv).sign(prehash(hash, data, SIZES[parts.crv]), parts.d, { prehash: false, lowS: false, extraEntropy: host.randomBytes(32) });
}

export function ecVerify(parts, hash, data, signature) {
  if (signature.length !== 2 * SIZES[parts.crv]) return false;
  if (NATIVE[parts.crv] === hash) return host.ecVerify(`${parts.crv}/${hash}`, parts, data, signature);
  try {
    return curve(parts.crv).verify(signature, prehash(hash, data, SIZES[parts.crv]), point(parts), { prehash: false, lowS: false });
  } catch {
    return false;
  }
}

export function rsaSign(parts, hash, data, isPss) {
  if (!isPss && !/^SHA-(?:256|384|512)$/.test(hash)) return signPkcs1(parts, hash, data);
  return host.rsaSign(`${isPss ? "PSS" : "PKCS1"}/${hash}`, parts, data);
}

export const rsaVerify = (parts, hash, data, signature, isPss) => host.rsaVerify(`${isPss ? "PSS" : "PKCS1"}/${hash}`, parts, data, signature);

/** The secret that a private and a public key share. */
export function shared(secret, open) {
  if (secret.crv === "X25519") return host.builtIn("package:curves").default.x25519.getSharedSecret(secret.d, open.x);
  return curve(secret.crv).getSharedSecret(secret.d, point(open), false).slice(1, 1 + SIZES[secret.crv]);
}

/** HKDF (RFC 5869). */
export function hkdf(hash, key, salt, info, length) {
  const size = host.digest(hash, new Uint8Array(0)).length;
  if (length > 255 * size) throw new RangeError(`HKDF makes at most ${255 * size} bytes`);
  const extracted = host.hmac(hash, salt.length > 0 ? salt : new Uint8Array(size), key);
  const output = new Uint8Array(length);
  let last = new Uint8Array(0);
  for (let offset = 0, counter = 1; offset < length; counter++) {
    last = host.hmac(hash, extracted, Uint8Array.of(...last, ...info, counter));
    output.set(last.subarray(0, length - offset), offset);
    offset += last.length;
  }
  return output;
}

/** Data with the padding of PKCS#7. */
export function padded(data) {
  const count = 16 - (data.length % 16);
  const bytes = new Uint8Array(data.length + count).fill(count);
  bytes.set(data);
  return bytes;
}

/** Data without that padding; `undefined` when there is none. */
export function unpadded(data) {
  const count = data.at(-1);
  if (!(count >= 1 && count <= 16) || data.length % 16 !== 0) return undefined;
  return data.subarray(-count).every((byte) => byte === count) ? data.slice(0, -count) : undefined;
}
