// Keys as DER and PEM. They are read by the engine's host; here they are written.

import { bytesOf } from "hookpoint:encoding";
import { host } from "hookpoint:host";

const OIDS = {
  RSA: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
  EC: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
  "P-256": [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
  "P-384": [0x2b, 0x81, 0x04, 0x00, 0x22],
  "P-521": [0x2b, 0x81, 0x04, 0x00, 0x23],
  X25519: [0x2b, 0x65, 0x6e],
  Ed25519: [0x2b, 0x65, 0x70],
};

/** A value: tag, length, contents. */
function value(tag, ...contents) {
  const content = contents.flatMap((part) => [...part]);
  const length = content.length;
  const digits = [];
  for (let rest = length; rest > 0; rest >>= 8) digits.unshift(rest & 0xff);
  return [tag, ...(length < 0x80 ? [length] : [0x80 | digits.length, ...digits]), ...content];
}
const sequence = (...contents) => value(0x30, ...contents);
const octets = (content) => value(4, content);
const bits = (content) => value(3, [0], content);
const identifier = (name) => value(6, OIDS[name]);

function integer(bytes) {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = [...bytes.subarray(start)];
  return value(2, digits[0] & 0x80 ? [0, ...digits] : digits);
}

const point = ({ x, y }) => [4, ...x, ...y];
const rsaPublic = ({ n, e }) => sequence(integer(n), integer(e));
const rsaPrivate = (parts) => sequence([2, 1, 0], ...["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name) => integer(parts[name])));
const ecPrivate = (parts, withCurve) => sequence(
  [2, 1, 1], octets(parts.d), withCurve ? value(0xa0, identifier(parts.crv)) : [], value(0xa1, bits(point(parts))));

function algorithm(parts) {
  if (parts.kty === "RSA") return sequence(identifier("RSA"), [5, 0]);
  return parts.kty === "EC" ? sequence(identifier("EC"), identifier(parts.crv)) : sequence(identifier(parts.crv));
}

/** A key in a format: `pkcs8`, `spki`, `pkcs1` or `sec1`. */
export function writeKey(parts, format) {
  const isPrivate = parts.d !== undefined;
  switch (format) {
    case "pkcs8": {
      const inner = parts.kty === "RSA" ? rsaPrivate(parts) : parts.kty === "EC" ? ecPrivate(parts, false) : octets(parts.d);
      return Uint8Array.from(sequence([2, 1, 0], algorithm(parts), octets(inner)));
    }
    case "spki":
      return Uint8Array.from(sequence(algorithm(parts), bits(parts.kty === "RSA" ? rsaPublic(parts) : parts.kty === "EC" ? point(parts) : parts.x)));
    case "pkcs1":
      if (parts.kty === "RSA") return Uint8Array.from(isPrivate ? rsaPrivate(parts) : rsaPublic(parts));
      break;
    case "sec1":
      if (parts.kty === "EC" && isPrivate) return Uint8Array.from(ecPrivate(parts, true));
  }
  throw new TypeError(`a key of this kind is not written as ${format}`);
}

const LABELS = {
  "PRIVATE KEY": "pkcs8", "RSA PRIVATE KEY": "pkcs1", "EC PRIVATE KEY": "sec1", "PUBLIC KEY": "spki", "RSA PUBLIC KEY": "pkcs1-public",
};

export function toPem(bytes, label) {
  const lines = host.base64Encode(bytes, false).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The public key in a certificate: the seventh value of what is signed, or the sixth of the first version. */
function ofCertificate(der) {
  const enter = (bytes, at = 0) => {
    let length = bytes[at + 1];
    let start = at + 2;
    if (length & 0x80) {
      const count = length & 0x7f;
      length = 0;
      for (let index = 0; index < count; index++) length = length * 256 + bytes[start++];
    }
    return { tag: bytes[at], start, end: start + length };
  };
  const signed = enter(der, enter(der).start);
  const values = [];
  for (let at = signed.start; at < signed.end && values.length < 8;) {
    const found = enter(der, at);
    values.push({ ...found, at });
    at = found.end;
  }
  const key = values[values[0]?.tag === 0xa0 ? 6 : 5];
  return key && der.slice(key.at, key.end);
}

/** The parts of a key in PEM, or `undefined` when there is none. */
export function readPem(text) {
  const found = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/.exec(text);
  if (!found) return undefined;
  const bytes = host.base64Decode(found[2].replace(/\s/g, ""));
  if (!bytes) return undefined;
  if (found[1] === "CERTIFICATE" || found[1] === "X509 CERTIFICATE") {
    const key = ofCertificate(bytes);
    return key && host.readKey("spki", key);
  }
  const format = LABELS[found[1]];
  return format && host.readKey(format, bytes);
}

/** An ECDSA signature as DER; `plain` is r and s one after the other. */
export function signatureToDer(plain) {
  const half = plain.length / 2;
  return Uint8Array.from(sequence(integer(plain.subarray(0, half)), integer(plain.subarray(half))));
}

/** The plain form, or `undefined` when it is no signature. */
export function signatureFromDer(der, half) {
  const bytes = bytesOf(der);
  const plain = new Uint8Array(2 * half);
  if (bytes[0] !== 0x30) return undefined;
  let offset = bytes[1] & 0x80 ? 3 : 2;
  for (const end of [half, 2 * half]) {
    const length = bytes[offset + 1];
    if (bytes[offset] !== 2 || !(length > 0) || offset + 2 + length > bytes.length) return undefined;
    const digits = bytes.subarray(offset + 2, offset + 2 + length);
    const zeros = digits.findIndex((digit) => digit !== 0);
    const trimmed = zeros < 0 ? digits.subarray(digits.length) : digits.subarray(zeros);
    if (trimmed.length > half) return undefined;
    plain.set(trimmed, end - trimmed.length);
    offset += 2 + length;
  }
  return offset === bytes.length ? plain : undefined;
}
