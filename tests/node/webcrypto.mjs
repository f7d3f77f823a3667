// WebCrypto.

const { subtle } = crypto;
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
const caught = async (call) => { try { return await call(); } catch (error) { return error.name; } };
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const text = (value) => new TextEncoder().encode(value);

export default async () => {
  for (const hash of ["SHA-1", "SHA-256", "SHA-384", "sha-512", { name: "SHA-256" }]) check(`digest ${JSON.stringify(hash)}`, hex(await subtle.digest(hash, text("abc"))));
  check("no digest", await caught(() => subtle.digest("MD5", text("abc"))));
  for (const hash of ["SHA-1", "SHA-256", "SHA-512"]) {
    const key = await subtle.importKey("raw", text("key"), { name: "HMAC", hash }, true, ["sign", "verify"]);
    const signature = await subtle.sign("HMAC", key, text("data"));
    check(`hmac ${hash}`, [hex(signature), await subtle.verify("HMAC", key, signature, text("data")), await subtle.verify("HMAC", key, signature, text("datb")), await subtle.exportKey("jwk", key).then((jwk) => Object.entries(jwk).sort()), key.algorithm]);
  }
  const iv = new Uint8Array(16).fill(3);
  for (const [name, parameters] of [["AES-GCM", { iv: iv.slice(0, 12) }], ["AES-GCM", { iv: iv.slice(0, 12), additionalData: text("more") }], ["AES-CBC", { iv }], ["AES-CTR", { counter: iv, length: 64 }]]) {
    for (const size of [16, 32]) {
      const key = await subtle.importKey("raw", new Uint8Array(size).fill(size), name, true, ["encrypt", "decrypt"]);
      const sealed = await subtle.encrypt({ name, ...parameters }, key, text("some plain text"));
      check(`${name} ${size}`, [hex(sealed), hex(await subtle.decrypt({ name, ...parameters }, key, sealed)) === hex(text("some plain text")), key.algorithm, (await subtle.exportKey("jwk", key)).alg]);
      if (name === "AES-GCM") { new Uint8Array(sealed)[0] ^= 1; check(`${name} ${size} broken`, await caught(() => subtle.decrypt({ name, ...parameters }, key, sealed))); }
    }
  }
  const wrapping = await subtle.importKey("raw", new Uint8Array(16).fill(9), "AES-KW", false, ["wrapKey", "unwrapKey"]);
  const inner = await subtle.importKey("raw", new Uint8Array(32).fill(1), { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
  const wrapped = await subtle.wrapKey("raw", inner, wrapping, "AES-KW");
  const unwrapped = await subtle.unwrapKey("raw", wrapped, wrapping, "AES-KW", { name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
  check("AES-KW", [hex(wrapped), hex(await subtle.exportKey("raw", unwrapped))]);

  const password = await subtle.importKey("raw", text("password"), "PBKDF2", false, ["deriveBits", "deriveKey"]);
  for (const hash of ["SHA-1", "SHA-256", "SHA-512"]) check(`PBKDF2 ${hash}`, hex(await subtle.deriveBits({ name: "PBKDF2", hash, salt: text("salt"), iterations: 1000 }, password, 256)));
  const derived = await subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt: text("salt"), iterations: 10 }, password, { name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  check("PBKDF2 key", [hex(await subtle.exportKey("raw", derived)), derived.algorithm, derived.usages]);
  const material = await subtle.importKey("raw", text("input"), "HKDF", false, ["deriveBits"]);
  check("HKDF", hex(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: text("salt"), info: text("info") }, material, 336)));

  for (const [namedCurve, hash] of [["P-256", "SHA-256"], ["P-384", "SHA-384"], ["P-521", "SHA-512"], ["P-256", "SHA-512"]]) {
    const { privateKey, publicKey } = await subtle.generateKey({ name: "ECDSA", namedCurve }, true, ["sign", "verify"]);
    const algorithm = { name: "ECDSA", hash };
    const signature = await subtle.sign(algorithm, privateKey, text("data"));
    const jwk = await subtle.exportKey("jwk", privateKey);
    const again = await subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve }, false, ["sign"]);
    const raw = await subtle.exportKey("raw", publicKey);
    const open = await subtle.importKey("raw", raw, { name: "ECDSA", namedCurve }, true, ["verify"]);
    const spki = await subtle.importKey("spki", await subtle.exportKey("spki", publicKey), { name: "ECDSA", namedCurve }, true, ["verify"]);
    const pkcs8 = await subtle.importKey("pkcs8", await subtle.exportKey("pkcs8", privateKey), { name: "ECDSA", namedCurve }, true, ["sign"]);
    check(`ECDSA ${namedCurve} ${hash}`, [signature.byteLength, await subtle.verify(algorithm, publicKey, signature, text("data")), await subtle.verify(algorithm, publicKey, signature, text("else")), await subtle.verify(algorithm, open, await subtle.sign(algorithm, again, text("x")), text("x")), await subtle.verify(algorithm, spki, await subtle.sign(algorithm, pkcs8, text("x")), text("x")), raw.byteLength, Object.keys(jwk).sort()]);
  }
  // RFC 7515, appendix A.4: a signature with ES512.
  const es512 = await subtle.importKey("jwk", { kty: "EC", crv: "P-521", x: "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk", y: "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2" }, { name: "ECDSA", namedCurve: "P-521" }, false, ["verify"]);
  const jws = Buffer.from("AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn", "base64url");
  check("ES512", await subtle.verify({ name: "ECDSA", hash: "SHA-512" }, es512, jws, text("eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA")));

  for (const [name, parameters] of [["ECDH", { namedCurve: "P-256" }], ["ECDH", { namedCurve: "P-384" }], ["ECDH", { namedCurve: "P-521" }], ["X25519", {}]]) {
    const [left, right] = await Promise.all([1, 2].map(() => subtle.generateKey({ name, ...parameters }, true, ["deriveBits"])));
    const one = await subtle.deriveBits({ name, public: right.publicKey }, left.privateKey, 256);
    const other = await subtle.deriveBits({ name, public: left.publicKey }, right.privateKey, 256);
    check(`${name} ${parameters.namedCurve}`, [hex(one) === hex(other), one.byteLength, left.privateKey.algorithm, left.publicKey.usages]);
  }
  const seed = { kty: "OKP", crv: "Ed25519", d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };
  const ed = await subtle.importKey("jwk", seed, "Ed25519", true, ["sign"]);
  const edPublic = await subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x: seed.x }, "Ed25519", true, ["verify"]);
  const edSignature = await subtle.sign("Ed25519", ed, text("data"));
  check("Ed25519", [hex(edSignature), await subtle.verify("Ed25519", edPublic, edSignature, text("data")), await subtle.verify("Ed25519", edPublic, edSignature, text("date")), hex(await subtle.exportKey("raw", edPublic)), hex(await subtle.exportKey("pkcs8", ed)), hex(await subtle.exportKey("spki", edPublic))]);
  check("generated", await Promise.all([["AES-GCM", { length: 256 }, ["encrypt"]], ["HMAC", { hash: "SHA-256" }, ["sign"]], ["AES-KW", { length: 128 }, ["wrapKey"]]].map(async ([name, more, usages]) => { const key = await subtle.generateKey({ name, ...more }, true, usages); return [key.type, Object.entries(key.algorithm).sort(), key.usages]; })));
  check("errors", [
    await caught(() => subtle.importKey("raw", new Uint8Array(5), "AES-GCM", false, ["encrypt"])),
    await caught(() => subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, ["sign"])),
    await caught(() => subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, [])),
    await caught(() => subtle.importKey("raw", new Uint8Array(16), "NOPE", false, ["sign"])),
    await caught(() => subtle.sign("HMAC", wrapping, text("x"))),
    await caught(() => subtle.encrypt({ name: "AES-GCM", iv: iv.slice(0, 12) }, inner, text("x"))),
    await caught(() => subtle.importKey("jwk", { kty: "EC", crv: "P-256", x: "AA", y: "AA" }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"])),
  ]);
  check("names", [String(crypto), String(subtle), Object.prototype.toString.call(ed), ed instanceof CryptoKey, typeof SubtleCrypto]);
};
