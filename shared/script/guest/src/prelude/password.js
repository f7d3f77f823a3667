// hookpoint:password: does a password belong to a hash of another system? The derivations are the host's, and bounded in cost.

import { latin1 } from "hookpoint:encoding";
import { host } from "hookpoint:host";
import { equalBytes } from "hookpoint:primitives";
import { Buffer } from "node:buffer";

const bytes = (text, encoding = "utf8") => Uint8Array.from(Buffer.from(text, encoding));
/** Base64 in any of its alphabets: that of URLs, and the one of `passlib` with a dot. */
const base64 = (text) => bytes(text.replace(/\./g, "+"), "base64");
/** What was stored is never quoted: it may be a password in plain text. */
const unknown = (what) => { throw new TypeError(`the format of the hash is not known: ${what}`); };
const HASHES = { md5: "MD5", sha1: "SHA-1", sha224: "SHA-224", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };

function hashName(name) {
  return HASHES[String(name).toLowerCase().replace(/^hmac/, "").replace(/[-_]/g, "")] ?? unknown("it names a digest that is not supported");
}

function number(text) {
  const value = Number(text);
  if (!/^\d{1,10}$/.test(String(text)) || !Number.isSafeInteger(value)) unknown("a cost is no number");
  return value;
}

const pbkdf2 = (hash, password, salt, rounds, expected) => equalBytes(host.pbkdf2(hashName(hash), password, salt, [number(rounds), expected.length]), expected);
const scrypt = (password, salt, N, r, p, expected) => equalBytes(host.scrypt(password, salt, [number(N), number(r), number(p), expected.length]), expected);
const argon2 = (kind, password, salt, version, memory, passes, lanes, expected) => equalBytes(
  host.argon2(kind, password, salt, [number(version), number(memory), number(passes), number(lanes), expected.length]), expected);

/** `a=1,b=2` as an object. */
const options = (text) => Object.fromEntries(text.split(",").map((pair) => { const at = pair.indexOf("="); return [pair.slice(0, at), pair.slice(at + 1)]; }));

/** `$…$`: bcrypt, and what follows the PHC string format or resembles it. */
function verifyModular(text, password) {
  const parts = text.split("$").slice(1);
  const [name] = parts;
  if (/^2[abxy]$/.test(name)) return host.bcrypt(password, text);
  if (/^argon2(?:d|i|id)$/.test(name)) {
    const version = /^v=/.test(parts[1]) ? parts.splice(1, 1)[0].slice(2) : "16";
    const { m, t, p } = options(parts[1]);
    return argon2(name, password, base64(parts[2]), version, m, t, p, base64(parts[3]));
  }
  if (name === "scrypt" && parts[1].startsWith("ln=")) {
    const { ln, r, p } = options(parts[1]);
    return scrypt(password, base64(parts[2]), 2 ** number(ln), r, p, base64(parts[3]));
  }
  if (name === "fbscrypt") {
    const given = options(parts[1]);
    return verifyFirebase({ memory: given.n, rounds: given.r, separator: given.ss, signer: given.sk, salt: parts[2], hash: parts[3] }, password);
  }
  const hash = /^pbkdf2(?:[-_]([\w-]+))?$/.exec(name);
  if (hash && parts.length === 4) {
    // `$pbkdf2-sha256$29000$salt$hash` of passlib, or `$pbkdf2-sha512$i=100000,l=64$salt$hash`.
    const rounds = /=/.test(parts[1]) ? options(parts[1]).i : parts[1];
    return pbkdf2(hash[1] ?? "sha1", password, base64(parts[2]), rounds, base64(parts[3]));
  }
  return unknown("it begins with `$`, and the name that follows is not supported");
}

/** Firebase: a key from scrypt encrypts a key of the project. */
function verifyFirebase({ memory, rounds, separator, signer, salt, hash }, password) {
  const key = host.scrypt(password, Uint8Array.of(...base64(salt), ...base64(separator)), [2 ** number(memory), number(rounds), 1, 32]);
  const sealed = host.aesBlocks("ctr", true, key, new Uint8Array(16), base64(signer));
  return equalBytes(sealed, base64(hash));
}

/** Django: `name$…`. */
function verifyDjango(text, password) {
  const [name, ...parts] = text.split("$");
  const hash = /^pbkdf2_(\w+)$/.exec(name);
  if (hash) return pbkdf2(hash[1], password, bytes(parts[1]), parts[0], base64(parts[2]));
  switch (name) {
    case "argon2": return verifyModular(`$${parts.join("$")}`, password);
    case "bcrypt": return host.bcrypt(password, text.slice(name.length + 1));
    case "bcrypt_sha256": return host.bcrypt(bytes(host.hexEncode(host.digest("SHA-256", password))), text.slice(name.length + 1));
    case "scrypt": return scrypt(password, bytes(parts[1]), parts[0], parts[2], parts[3], base64(parts[4]));
    case "sha1": case "md5": return equalBytes(host.digest(hashName(name), Uint8Array.of(...bytes(parts[0]), ...password)), bytes(parts[1], "hex"));
    default: return unknown("it begins with a word and `$`, and the word is not supported");
  }
}

/** Werkzeug: `pbkdf2:sha256:600000$salt$hex`, `scrypt:32768:8:1$salt$hex`. */
function verifyWerkzeug(text, password) {
  const [method, salt, hash] = text.split("$");
  const [name, ...parts] = method.split(":");
  if (name === "pbkdf2") return pbkdf2(parts[0], password, bytes(salt), parts[1], bytes(hash, "hex"));
  return scrypt(password, bytes(salt), ...parts, bytes(hash, "hex"));
}

/** ASP.NET Core Identity, version 3: a byte, then hash, rounds and length of the salt as four bytes each. */
function verifyIdentity(given, password) {
  const view = new DataView(given.buffer, given.byteOffset, given.length);
  const hash = ["sha1", "sha256", "sha512"][view.getUint32(1)] ?? unknown("ASP.NET Core Identity");
  const end = 13 + view.getUint32(9);
  if (end >= given.length) unknown("ASP.NET Core Identity");
  return pbkdf2(hash, password, given.slice(13, end), view.getUint32(5), given.slice(end));
}

/** Keycloak: what its table of credentials has, as text or as objects. */
function verifyKeycloak({ secretData, credentialData }, password) {
  const read = (data) => (typeof data === "string" ? JSON.parse(data) : data);
  const { value, salt } = read(secretData);
  const { hashIterations, algorithm = "pbkdf2-sha256", additionalParameters = {} } = read(credentialData);
  const expected = base64(value);
  if (algorithm === "argon2") {
    const one = (name, fallback) => [additionalParameters[name] ?? fallback].flat()[0];
    const version = { "1.0": 16, "1.3": 19 }[one("version", "1.3")] ?? unknown("argon2 of another version");
    return argon2(`argon2${one("type", "id")}`, password, base64(salt), version, one("memory", 7168), hashIterations, one("parallelism", 1), expected);
  }
  const hash = /^pbkdf2(?:-(\w+))?$/.exec(algorithm) ?? unknown("its algorithm is not supported");
  return pbkdf2(hash[1] ?? "sha1", password, base64(salt), hashIterations, expected);
}

/** Auth0: `custom_password_hash` of an import. */
function verifyAuth0({ algorithm, hash, salt, password: form = {}, keylen, cost, blockSize, parallelization }, password) {
  const { value, encoding = "hex", digest, key } = hash;
  if (form.encoding && form.encoding !== "utf8") password = bytes(latin1(password), form.encoding === "utf16le" ? "utf16le" : unknown("its encoding is not supported"));
  if (["argon2", "bcrypt", "pbkdf2"].includes(algorithm)) return verifyModular(value, password);
  const expected = bytes(value, encoding);
  const salted = salt ? bytes(salt.value, salt.encoding ?? "utf8") : new Uint8Array(0);
  if (algorithm === "scrypt") {
    const given = { cost, blockSize, parallelization, ...hash, ...salt };
    return scrypt(password, salted, given.cost ?? 16384, given.blockSize ?? 8, given.parallelization ?? 1, keylen ? expected.subarray(0, keylen) : expected);
  }
  const text = salt?.position === "suffix" ? Uint8Array.of(...password, ...salted) : Uint8Array.of(...salted, ...password);
  if (algorithm === "hmac") return equalBytes(host.hmac(hashName(digest), bytes(key.value, key.encoding ?? "utf8"), text), expected);
  return equalBytes(host.digest(hashName(algorithm), text), expected);
}

function verifyText(text, password) {
  if (text.startsWith("$")) return verifyModular(text, password);
  if (/^(?:pbkdf2|scrypt):/.test(text)) return verifyWerkzeug(text, password);
  if (/^\w+\$/.test(text)) return verifyDjango(text, password);
  const given = /^[A-Za-z0-9+/]{40,}={0,2}$/.test(text) && base64(text);
  if (given && given[0] === 1) return verifyIdentity(given, password);
  return unknown("it looks like none that is supported");
}

/** Whether a password belongs to a hash. What is no hash of a known format, or costs too much, throws. */
export async function verify(hash, password) {
  if (typeof password !== "string") throw new TypeError("the password is no text");
  const given = bytes(password);
  try {
    if (typeof hash === "string") return verifyText(hash.trim(), given);
    if (hash?.secretData !== undefined) return verifyKeycloak(hash, given);
    if (hash?.algorithm !== undefined && hash.hash !== undefined) return verifyAuth0(hash, given);
  } catch (error) {
    // A part that is missing is a format that is not known.
    if (error instanceof TypeError && /undefined|not a function|cannot read/.test(error.message)) unknown("a part of it is missing");
    throw error;
  }
  return unknown(hash === null ? "null" : typeof hash);
}

export default { verify };
