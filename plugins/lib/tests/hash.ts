import assert from "node:assert/strict";
import { hmacSha256, md5, sha256 } from "../hash";

export default function () {
  assert.equal(md5("alice@example.com"), "c160f8cc69a4f0bf2b0362752353d060");
  assert.equal(sha256("ü"), "607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f");
  // RFC 4231, test case 2.
  assert.equal(
    hmacSha256("Jefe", "what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
}
