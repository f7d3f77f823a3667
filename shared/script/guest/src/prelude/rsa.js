// RSA for data: OAEP and PKCS#1 v1.5. Signatures are the host's. Numbers are the engine's, so the exponent is blinded: how long an operation
// takes must not tell anything about the key.

import { host } from "hookpoint:host";

const toNumber = (bytes) => (bytes.length === 0 ? 0n : BigInt(`0x${host.hexEncode(bytes)}`));

function toBytes(number, length) {
  const digits = number.toString(16).padStart(2 * length, "0");
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

function power(base, exponent, modulus) {
  let result = 1n;
  const digits = exponent.toString(16);
  const table = [1n];
  for (let index = 1; index < 16; index++) table.push((table[index - 1] * base) % modulus);
  for (let index = 0; index < digits.length; index++) {
    for (let square = 0; square < 4; square++) result = (result * result) % modulus;
    result = (result * table[Number.parseInt(digits[index], 16)]) % modulus;
  }
  return result;
}

function inverse(number, modulus) {
  let [a, b, x, y] = [((number % modulus) + modulus) % modulus, modulus, 1n, 0n];
  while (a > 1n) {
    if (b === 0n) throw new RangeError("there is no inverse");
    [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function publicPower(parts, message) {
  const modulus = toNumber(parts.n);
  if (message >= modulus) throw new RangeError("the data is too large for the key");
  return toBytes(power(message, toNumber(parts.e), modulus), parts.n.length);
}

function privatePower(parts, message) {
  const [n, e, p, q, dp, dq, qi] = ["n", "e", "p", "q", "dp", "dq", "qi"].map((name) => toNumber(parts[name]));
  if (message >= n) throw new RangeError("the data is too large for the key");
  const mask = toNumber(host.randomBytes(Math.min(parts.n.length - 1, 64))) | 1n;
  const blinded = (message * power(mask, e, n)) % n;
  const left = power(blinded % p, dp, p);
  const right = power(blinded % q, dq, q);
  const joined = right + ((((left - right) * qi) % p + p) % p) * q;
  return toBytes((joined * inverse(mask, n)) % n, parts.n.length);
}

function concat(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function mask(seed, length, hash) {
  const parts = [];
  for (let counter = 0, made = 0; made < length; counter++) {
    const part = host.digest(hash, concat(seed, Uint8Array.of(counter >> 24, counter >> 16, counter >> 8, counter)));
    parts.push(part);
    made += part.length;
  }
  return concat(...parts).subarray(0, length);
}

const xor = (left, right) => left.map((byte, index) => byte ^ right[index]);
const failed = () => new RangeError("the data cannot be decrypted");

export function encryptOaep(parts, hash, label, data) {
  const size = parts.n.length;
  const digest = host.digest(hash, label);
  const room = size - 2 * digest.length - 2;
  if (data.length > room) throw new RangeError(`${data.length} bytes, at most ${room} fit`);
  const block = concat(digest, new Uint8Array(room - data.length), Uint8Array.of(1), data);
  const seed = host.randomBytes(digest.length);
  const masked = xor(block, mask(seed, block.length, hash));
  return publicPower(parts, toNumber(concat(Uint8Array.of(0), xor(seed, mask(masked, seed.length, hash)), masked)));
}

export function decryptOaep(parts, hash, label, data) {
  const size = parts.n.length;
  const digest = host.digest(hash, label);
  if (data.length !== size || size < 2 * digest.length + 2) throw failed();
  const message = privatePower(parts, toNumber(data));
  const masked = message.subarray(1 + digest.length);
  const seed = xor(message.subarray(1, 1 + digest.length), mask(masked, digest.length, hash));
  const block = xor(masked, mask(seed, masked.length, hash));
  // Every byte is looked at, whatever the others are.
  let wrong = message[0];
  for (let index = 0; index < digest.length; index++) wrong |= block[index] ^ digest[index];
  let start = 0;
  for (let index = digest.length; index < block.length; index++) {
    if (start !== 0) continue;
    if (block[index] === 1) start = index + 1;
    else wrong |= block[index];
  }
  if (wrong !== 0 || start === 0) throw failed();
  return block.slice(start);
}

export function encryptPkcs1(parts, data) {
  const room = parts.n.length - 11;
  if (data.length > room) throw new RangeError(`${data.length} bytes, at most ${room} fit`);
  const filling = host.randomBytes(parts.n.length - data.length - 3).map((byte) => byte || 1);
  return publicPower(parts, toNumber(concat(Uint8Array.of(0, 2), filling, Uint8Array.of(0), data)));
}

export function decryptPkcs1(parts, data) {
  if (data.length !== parts.n.length) throw failed();
  const message = privatePower(parts, toNumber(data));
  const end = message.indexOf(0, 2);
  if (message[0] !== 0 || message[1] !== 2 || end < 10) throw failed();
  return message.slice(end + 1);
}

// What stands before a digest in a signature, by the length of its identifier's value.
const PREFIXES = {
  MD5: [0x30, 0x20, 0x30, 0x0c, 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5, 5, 0, 4, 16],
  "SHA-1": [0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 20],
  "SHA-224": [0x30, 0x2d, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4, 5, 0, 4, 28],
};

/** A signature that the host does not make any more: PKCS#1 v1.5 with an old hash. */
export function signPkcs1(parts, hash, data) {
  const prefix = PREFIXES[hash];
  if (!prefix) throw new TypeError(`signing with ${hash} is not supported`);
  const digest = host.digest(hash, data);
  const filling = new Uint8Array(parts.n.length - prefix.length - digest.length - 3).fill(0xff);
  return privatePower(parts, toNumber(concat(Uint8Array.of(0, 1), filling, Uint8Array.of(0), Uint8Array.from(prefix), digest)));
}
