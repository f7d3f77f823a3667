import assert from "node:assert/strict";
import { asciiDomain, emailOf, nameOf, normalEmail, normalPhone, placeOf } from "../customer";

export default function () {
  for (const [value, expected] of [
    [" Alice@EXAMPLE.com ", "Alice@example.com"],
    ["a@münchen.example", "a@xn--mnchen-3ya.example"],
    ["o'neill*+x@example.com", "o'neill*+x@example.com"],
    ["😀@example.com", "😀@example.com"],
    ["a@b@example.com", "a@b@example.com"],
    ["a\r\nb@example.com", undefined],
    ["a b@example.com", undefined],
    ["<a@example.com>", undefined],
    ["@example.com", undefined],
    ["alice", undefined],
    ["a@localhost", undefined],
    ["a@127.0.0.1", undefined],
    ["a@example.com/x", undefined],
    ["a@example.com:25", undefined],
    [`${"a".repeat(65_536)}@example.com`, undefined],
    ["", undefined],
    [undefined, undefined],
  ] as const) {
    assert.equal(normalEmail(value), expected, value);
  }
  assert.equal(asciiDomain("Example.COM."), "example.com");
  for (const [value, country, expected] of [
    ["+43 (0) 664 / 123-45-67", undefined, "+436641234567"],
    ["0043 664 1234567", undefined, "+436641234567"],
    ["0664 1234567", "AT", "+436641234567"],
    ["0664 1234567", "at", "+436641234567"],
    ["06 12 34 56 78", "FR", "+33612345678"],
    ["(555) 010-0199", "US", "+15550100199"],
    ["1-555-010-0199", "US", "+15550100199"],
    ["02 1234 5678", "IT", "+390212345678"],
    ["06 20 123 4567", "HU", "+36201234567"],
    ["＋43 664 1234567", undefined, "+436641234567"],
    ["0664 1234567", undefined, undefined],
    ["0664 1234567", "XX", undefined],
    ["0664 1234567", "constructor", undefined],
    ["call me", "AT", undefined],
    ["+1234", undefined, undefined],
    ["+1234567890123456", undefined, undefined],
    ["", "AT", undefined],
    [undefined, "AT", undefined],
  ] as const) {
    assert.equal(normalPhone(value, country), expected, `${value} ${country}`);
  }
  const asked = (email: unknown) =>
    emailOf({ customer: { identifiers: { email }, attributes: { emails: { primaryEmail: "A@B.example" } } } });
  assert.equal(asked(undefined), "A@b.example");
  assert.equal(asked(""), "A@b.example");
  assert.equal(asked('a"b@evil.example'), undefined, "no other address takes the place of an invalid one");
  assert.equal(emailOf({ identifier: "c@d.example" }), "c@d.example");
  assert.equal(emailOf({ customer: { identifiers: { email: ["a@b.example"] }, attributes: 7 } }), undefined);
  assert.equal(nameOf({ customer: { info: { id: "acc-1" } } }), "acc-1");
  assert.equal(nameOf({}), "unknown customer");
  assert.equal(placeOf({ customer: { location: { city: "Vienna", countryCode: "AT" } } }), "Vienna, AT");
  assert.equal(placeOf({ customer: { location: { city: "" } } }), undefined);
}
