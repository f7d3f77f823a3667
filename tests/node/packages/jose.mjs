// jose
import * as jose from "jose";
const check = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`);
export default async () => {
  const secret = new TextEncoder().encode("a secret of thirty-two bytes....");
  const token = await new jose.SignJWT({ role: "user" }).setProtectedHeader({ alg: "HS256" }).setIssuedAt(1700000000).setSubject("s").sign(secret);
  check("HS256", token);
  check("verified", (await jose.jwtVerify(token, secret)).payload);
  for (const alg of ["ES256", "ES384", "ES512", "EdDSA"]) {
    const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    const signed = await new jose.SignJWT({ a: 1 }).setProtectedHeader({ alg }).sign(privateKey);
    check(alg, [(await jose.jwtVerify(signed, publicKey)).payload, Object.keys(await jose.exportJWK(publicKey)).sort()]);
  }
  for (const [alg, enc] of [["dir", "A256GCM"], ["A256KW", "A256CBC-HS512"], ["A128GCMKW", "A128GCM"], ["PBES2-HS256+A128KW", "A128GCM"]]) {
    const key = alg === "dir" || alg === "A256KW" ? new Uint8Array(32).fill(1) : alg.startsWith("PBES2") ? new TextEncoder().encode("password") : new Uint8Array(16).fill(2);
    const jwe = await new jose.CompactEncrypt(new TextEncoder().encode("hidden")).setProtectedHeader({ alg, enc }).encrypt(key);
    check(alg, [jwe.split(".").length, new TextDecoder().decode((await jose.compactDecrypt(jwe, key, { keyManagementAlgorithms: [alg] })).plaintext)]);
  }
  const { publicKey, privateKey } = await jose.generateKeyPair("ECDH-ES+A128KW", { extractable: true });
  const jwe = await new jose.EncryptJWT({ b: 2 }).setProtectedHeader({ alg: "ECDH-ES+A128KW", enc: "A128GCM" }).encrypt(publicKey);
  check("ECDH-ES", (await jose.jwtDecrypt(jwe, privateKey)).payload);
  check("wrong", await jose.jwtVerify(token, new Uint8Array(32)).catch((error) => error.code));
};
