// Signatures: the examples of RFC 7515 (appendix A.2 and A.3), and keys of our own.
import nodeCrypto from "node:crypto";

const rsa = {
  kty: "RSA",
  n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
  e: "AQAB",
  d: "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
  p: "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
  q: "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
  dp: "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
  dq: "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
  qi: "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
};
const rsaInput = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const rsaSignature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

const ec = {
  kty: "EC", crv: "P-256",
  x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
  d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
};
const ecInput = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const ecSignature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const bytes = (text) => new TextEncoder().encode(text);
const open = ({ kty, crv, n, e, x, y }) => JSON.parse(JSON.stringify({ kty, crv, n, e, x, y }));
const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: { name: "SHA-256" } };

async function errorName(action) {
  try {
    await action();
    return "none";
  } catch (error) {
    return error.name;
  }
}

export default async () => {
  const { subtle } = crypto;
  const context = {};
  const signature = (text) => new Uint8Array(Buffer.from(text, "base64url"));

  const rsaPrivate = await subtle.importKey("jwk", rsa, RS256, false, ["sign"]);
  const rsaPublic = await subtle.importKey("jwk", open(rsa), RS256, true, ["verify"]);
  const own = Buffer.from(await subtle.sign(RS256, rsaPrivate, bytes(rsaInput))).toString("base64url");
  context.rs256 = own === rsaSignature && (await subtle.verify(RS256, rsaPublic, signature(own), bytes(rsaInput)));
  context.rs256Altered = await subtle.verify(RS256, rsaPublic, signature(own), bytes(`${rsaInput}x`));

  const ecPrivate = await subtle.importKey("jwk", ec, ES256, false, ["sign"]);
  const ecPublic = await subtle.importKey("jwk", open(ec), ES256, true, ["verify"]);
  context.es256 = await subtle.verify(ES256, ecPublic, signature(ecSignature), bytes(ecInput));
  context.es256Altered = await subtle.verify(ES256, ecPublic, signature(ecSignature), bytes(`${ecInput}x`));
  context.es256Own = await subtle.verify(ES256, ecPublic, await subtle.sign(ES256, ecPrivate, bytes("x")), bytes("x"));

  const P384 = { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" };
  const pair384 = await subtle.generateKey(P384, true, ["sign", "verify"]);
  context.es384Own = await subtle.verify(P384, pair384.publicKey, await subtle.sign(P384, pair384.privateKey, bytes("x")), bytes("x"));

  const PS256 = { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 };
  const pssPrivate = await subtle.importKey("jwk", rsa, PS256, false, ["sign"]);
  const pssPublic = await subtle.importKey("jwk", open(rsa), PS256, false, ["verify"]);
  context.ps256Own = await subtle.verify(PS256, pssPublic, await subtle.sign(PS256, pssPrivate, bytes("x")), bytes("x"));

  const pair = await subtle.generateKey(ES256, true, ["sign", "verify"]);
  context.generated = pair.privateKey.type === "private" && !(await subtle.verify(ES256, ecPublic, await subtle.sign(ES256, pair.privateKey, bytes("x")), bytes("x")));

  // An EC key as PEM (SPKI), made by hand from its coordinates.
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(ec.x, "base64url"), Buffer.from(ec.y, "base64url")]);
  const spki = Buffer.concat([Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"), point]);
  const fromSpki = await subtle.importKey("spki", spki, ES256, true, ["verify"]);
  context.pem = await subtle.verify(ES256, fromSpki, signature(ecSignature), bytes(ecInput));
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;
  context.node = nodeCrypto.createVerify("SHA256").update(ecInput).verify({ key: pem, dsaEncoding: "ieee-p1363" }, signature(ecSignature));

  const exported = await subtle.exportKey("jwk", rsaPublic);
  context.jwk = exported.n === rsa.n && exported.alg === "RS256" && rsaPublic.algorithm.modulusLength === 2048;
  context.wrongUse = await errorName(() => subtle.sign(RS256, rsaPublic, bytes("x")));
  context.unknown = await errorName(() => subtle.importKey("raw", bytes("x"), "ChaCha20", false, ["encrypt"]));
  return { context };
};
