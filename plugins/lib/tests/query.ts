import assert from "node:assert/strict";
import { encodedQuery, odata, soql, UnsearchableValue, url } from "../query";

export default function () {
  assert.equal(
    soql`SELECT Id FROM Contact WHERE Email = ${"a@b.example"} LIMIT 1`,
    "SELECT Id FROM Contact WHERE Email = 'a@b.example' LIMIT 1",
  );
  assert.equal(soql`x = ${"o'neill\\' OR Name LIKE '%"}`, "x = 'o\\'neill\\\\\\' OR Name LIKE \\'%'");
  assert.equal(soql`x = ${'"\r\n\u0000😀\ud800'}`, "x = '\\\"\\r\\n 😀\ufffd'");
  assert.equal(odata`emailaddress1 eq ${"o'neill' or 1 eq 1 or 'a"}`, "emailaddress1 eq 'o''neill'' or 1 eq 1 or ''a'");
  assert.equal(odata`x eq ${"a\r\nb"}`, "x eq 'a b'");
  assert.equal(encodedQuery`active=true^email=${"a*b@c.example"}`, "active=true^email=a*b@c.example");
  for (const value of ["a^ORemailISNOTEMPTY", "javascript:gs.getUserID()", "JavaScript:x", "", " ", "a\nb", "^"]) {
    assert.throws(() => encodedQuery`email=${value}`, UnsearchableValue, value);
  }
  assert.equal(
    url`https://${"api.example.com"}/c/${"a/b?c=d&e#f%"}?q=${"x y+z'*"}`,
    "https://api.example.com/c/a%2Fb%3Fc%3Dd%26e%23f%25?q=x%20y%2Bz%27%2A",
  );
  for (const value of [".", ".."]) assert.throws(() => url`https://a.example/${value}/b`, UnsearchableValue);
  assert.equal(url`https://a.example/${"😀\ud800"}`, "https://a.example/%F0%9F%98%80%EF%BF%BD");
  // 64 KB of the worst of it stays one value.
  const long = "'".repeat(65_536);
  assert.equal(soql`${long}`, `'${"\\'".repeat(65_536)}'`);
  assert.equal(odata`${long}`.length, 2 + 2 * 65_536);
}
