// crypto: hashes, derivations, randomness, signatures, ciphers.

const crypto = require("crypto");
// What a terminal would act on is no part of a log.
const plain = (text) => text.replace(/[\x7f-\x9f]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`);
const check = (name, value) => console.log(plain(`${name}: ${JSON.stringify(value)}`));
const caught = (call) => { try { return call(); } catch (error) { return [error.name, error.code]; } };

module.exports = async () => {
  for (const name of ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256", "sha512-256", "RSA-SHA256", "sha-256"]) {
    check(`hash ${name}`, caught(() => crypto.createHash(name).update("a").update(Buffer.from("b")).digest("hex")));
    check(`hmac ${name}`, caught(() => crypto.createHmac(name, "key").update("data").digest("base64")));
  }
  check("encodings", ["hex", "base64", "base64url", "latin1"].map((encoding) => crypto.createHash("md5").update("é", "latin1").digest(encoding)));
  check("buffer", crypto.createHash("md5").update("x").digest());
  check("gravatar", crypto.createHash("md5").update("alice@example.com").digest("hex"));
  check("one call", [crypto.hash("sha1", "abc"), crypto.hash("md5", "abc", "base64")]);
  check("copy", (() => { const first = crypto.createHash("sha1").update("a"); const second = first.copy().update("b"); return [first.digest("hex"), second.digest("hex")]; })());
  check("stream", await new Promise((resolve) => { const hash = crypto.createHash("sha256"); hash.on("readable", () => { const data = hash.read(); if (data) resolve(data.toString("hex")); }); hash.write("a"); hash.end("b"); }));
  check("digest twice", (() => { const hash = crypto.createHash("sha1"); hash.digest(); return caught(() => hash.digest()); })());
  check("hmac twice", (() => { const hmac = crypto.createHmac("sha1", "k"); hmac.digest(); return hmac.digest("hex"); })());
  check("unknown hash", [caught(() => crypto.createHash("nope"))[0], caught(() => crypto.createHmac("nope", "k"))[0]]);
  check("bad data", [caught(() => crypto.createHash("md5").update(5)), caught(() => crypto.createHmac("md5", 5))]);
  check("empty key", crypto.createHmac("sha256", "").update("").digest("hex"));
  check("long key", crypto.createHmac("sha256", "k".repeat(200)).update("x").digest("hex"));

  check("pbkdf2", crypto.pbkdf2Sync("password", "salt", 1000, 40, "sha512").toString("hex"));
  check("pbkdf2, a password of today", crypto.pbkdf2Sync("password", "salt", 600000, 32, "sha256").toString("hex"));
  check("pbkdf2 sha1", crypto.pbkdf2Sync("password", Buffer.from("salt"), 2, 20, "sha1").toString("hex"));
  check("pbkdf2 async", await new Promise((resolve) => crypto.pbkdf2("p", "s", 1, 8, "sha256", (error, key) => resolve([error, key.toString("hex")]))));
  check("pbkdf2 bad", [caught(() => crypto.pbkdf2Sync("p", "s", 0, 8, "sha256")), caught(() => crypto.pbkdf2Sync("p", "s", 1, 8, "nope"))[0]]);
  check("scrypt", crypto.scryptSync("password", "NaCl", 32, { N: 1024, r: 8, p: 16 }).toString("hex"));
  check("scrypt default", crypto.scryptSync("p", "s", 16).toString("hex"));
  check("scrypt names", crypto.scryptSync("p", "s", 16, { cost: 64, blockSize: 4, parallelization: 2 }).toString("hex"));
  check("scrypt async", await new Promise((resolve) => crypto.scrypt("p", "s", 8, (error, key) => resolve(key.toString("hex")))));
  check("scrypt bad", [caught(() => crypto.scryptSync("p", "s", 8, { N: 15 }))[0], caught(() => crypto.scryptSync("p", "s", 8, { N: 2 ** 20 }))[0]]);
  check("hkdf", Buffer.from(crypto.hkdfSync("sha256", "key", "salt", "info", 42)).toString("hex"));

  check("random", [crypto.randomBytes(8).length, crypto.randomBytes(70000).length, crypto.randomBytes(0).length, /^[0-9a-f-]{36}$/.test(crypto.randomUUID())]);
  check("random async", await new Promise((resolve) => crypto.randomBytes(4, (error, bytes) => resolve([error, bytes.length]))));
  check("random int", [crypto.randomInt(1), crypto.randomInt(5, 6), caught(() => crypto.randomInt(5, 5)), caught(() => crypto.randomInt("a"))]);
  check("random fill", [crypto.randomFillSync(Buffer.alloc(4)).length, crypto.randomFillSync(new Uint32Array(2)).length]);
  check("random bad", [caught(() => crypto.randomBytes("4")), caught(() => crypto.randomBytes(-1))]);
  check("timing safe", [crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("a")), crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("b")), caught(() => crypto.timingSafeEqual(Buffer.from("a"), Buffer.from("ab"))), caught(() => crypto.timingSafeEqual("a", "a"))]);

  const pairs = { ec: crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }), ed25519: crypto.generateKeyPairSync("ed25519"), p384: crypto.generateKeyPairSync("ec", { namedCurve: "secp384r1" }), p521: crypto.generateKeyPairSync("ec", { namedCurve: "P-521" }) };
  for (const [name, { privateKey, publicKey }] of Object.entries(pairs)) {
    const data = Buffer.from("signed data");
    const digest = name === "ed25519" ? null : "sha256";
    const signature = crypto.sign(digest, data, privateKey);
    check(`sign ${name}`, [crypto.verify(digest, data, publicKey, signature), crypto.verify(digest, Buffer.from("other"), publicKey, signature), crypto.verify(digest, data, privateKey, signature)]);
    check(`types ${name}`, [privateKey.type, publicKey.type, publicKey.asymmetricKeyType, publicKey.asymmetricKeyDetails, privateKey instanceof crypto.KeyObject]);
    const pem = privateKey.export({ format: "pem", type: "pkcs8" });
    const der = publicKey.export({ format: "der", type: "spki" });
    const jwk = privateKey.export({ format: "jwk" });
    check(`round trip ${name}`, [crypto.createPrivateKey(pem).equals(privateKey), crypto.createPublicKey({ key: der, format: "der", type: "spki" }).equals(publicKey), crypto.createPrivateKey({ key: jwk, format: "jwk" }).equals(privateKey), crypto.createPublicKey(pem).equals(publicKey), pem.split("\n")[0], Object.keys(jwk).sort()]);
  }
  const { privateKey, publicKey } = pairs.ec;
  const signer = crypto.createSign("SHA256").update("a").update("b");
  const signature = signer.sign(privateKey, "base64");
  check("createSign", [crypto.createVerify("SHA256").update("ab").verify(publicKey, signature, "base64"), crypto.createVerify("SHA256").update("abc").verify(publicKey, signature, "base64"), crypto.createVerify("RSA-SHA256").update("ab").verify(publicKey.export({ format: "pem", type: "spki" }), Buffer.from(signature, "base64"))]);
  check("plain signature", (() => { const plain = crypto.sign("sha256", Buffer.from("x"), { key: privateKey, dsaEncoding: "ieee-p1363" }); return [plain.length, crypto.verify("sha256", Buffer.from("x"), { key: publicKey, dsaEncoding: "ieee-p1363" }, plain)]; })());
  check("sec1", privateKey.export({ format: "pem", type: "sec1" }).split("\n")[0]);
  check("secret key", (() => { const key = crypto.createSecretKey(Buffer.from("secret")); return [key.type, key.symmetricKeySize, key.export().toString(), key.export({ format: "jwk" }), crypto.createHmac("sha256", key).update("x").digest("hex")]; })());
  check("bad keys", [caught(() => crypto.createPrivateKey("nope"))[0], caught(() => crypto.createPublicKey("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"))[0], caught(() => crypto.createSecretKey(5))]);

  const key16 = Buffer.alloc(16, 1), key32 = Buffer.alloc(32, 2), iv16 = Buffer.alloc(16, 3), iv12 = Buffer.alloc(12, 4);
  for (const [name, key, iv] of [["aes-128-cbc", key16, iv16], ["aes-256-cbc", key32, iv16], ["aes-192-cbc", Buffer.alloc(24, 5), iv16], ["aes-256-ctr", key32, iv16], ["aes-128-ecb", key16, null], ["AES-256-CBC", key32, iv16]]) {
    const cipher = crypto.createCipheriv(name, key, iv);
    const sealed = cipher.update("some text, ", "utf8", "hex") + cipher.update("and more of it", "utf8", "hex") + cipher.final("hex");
    const decipher = crypto.createDecipheriv(name, key, iv);
    check(name, [sealed, decipher.update(sealed.slice(0, 10), "hex", "utf8") + decipher.update(sealed.slice(10), "hex", "utf8") + decipher.final("utf8")]);
  }
  const gcm = crypto.createCipheriv("aes-256-gcm", key32, iv12);
  gcm.setAAD(Buffer.from("more"));
  const sealed = Buffer.concat([gcm.update("one "), gcm.update("two"), gcm.final()]);
  const tag = gcm.getAuthTag();
  check("gcm", [sealed.toString("hex"), tag.toString("hex")]);
  const open = (data, given, more) => { const decipher = crypto.createDecipheriv("aes-256-gcm", key32, iv12); decipher.setAAD(Buffer.from(more)); decipher.setAuthTag(given); return decipher.update(data, undefined, "utf8") + decipher.final("utf8"); };
  check("gcm opened", [open(sealed, tag, "more"), caught(() => open(sealed, tag, "less"))[0], caught(() => open(sealed, Buffer.alloc(16), "more"))[0]]);
  check("bad ciphers", [caught(() => crypto.createCipheriv("nope", key16, iv16)), caught(() => crypto.createCipheriv("aes-128-cbc", key32, iv16)), caught(() => crypto.createCipheriv("aes-128-cbc", key16, iv12))]);
  check("bad padding", caught(() => { const decipher = crypto.createDecipheriv("aes-128-cbc", key16, iv16); decipher.update(Buffer.alloc(16)); return decipher.final(); })[1]);
  check("no padding", (() => { const cipher = crypto.createCipheriv("aes-128-cbc", key16, iv16); cipher.setAutoPadding(false); return [cipher.update(Buffer.alloc(16)).toString("hex"), cipher.final().length]; })());
  check("lists", [crypto.getHashes().includes("sha256"), crypto.getCurves().includes("prime256v1"), crypto.getCiphers().includes("aes-256-gcm"), crypto.getCipherInfo("aes-256-cbc").keyLength, typeof crypto.webcrypto.subtle, typeof crypto.constants.RSA_PKCS1_PADDING]);
  check("x25519", (() => { const left = crypto.generateKeyPairSync("x25519"), right = crypto.generateKeyPairSync("x25519"); const one = crypto.diffieHellman({ privateKey: left.privateKey, publicKey: right.publicKey }); return [one.length, one.equals(crypto.diffieHellman({ privateKey: right.privateKey, publicKey: left.publicKey }))]; })());
};
