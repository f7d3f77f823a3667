import assert from "node:assert/strict";
import { hmac, hmacSha256, md5, sha1, sha256 } from "../hash";

export default function () {
  assert.equal(md5("alice@example.com"), "c160f8cc69a4f0bf2b0362752353d060");
  assert.equal(sha256("ü"), "607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f");
  assert.equal(sha1("password"), "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8");
  // The example of RFC 7636, appendix B.
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  assert.equal(sha256(verifier, "base64url"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  // RFC 4231, test case 2.
  const signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  assert.equal(hmacSha256("Jefe", "what do ya want for nothing?"), signature);
  assert.equal(hmac("Jefe", "what do ya want for nothing?").toString("hex"), signature);
}
