import assert from "node:assert/strict";
import { domainsOf } from "../addresses";

export default function () {
  const of = (email: unknown) => domainsOf({ customer: { identifiers: { email } } });
  for (const [value, expected] of [
    ["alice@example.com", ["example.com"]],
    [" alice@Sub.EXAMPLE.com. ", ["sub.example.com"]],
    ["a@münchen.example", ["xn--mnchen-3ya.example"]],
    ['"a\r\n😀"@example.com', ["example.com"]],
    ["a@example.com'@evil.example", ["evil.example"]],
    ["a@exam\nple.com", [undefined]],
    ["a@exam\tple.com", [undefined]],
    ["a@example.com/x", [undefined]],
    [`a@${"a".repeat(65_536)}`, [undefined]],
    ["alice", [undefined]],
    [["a@example.com"], [undefined]],
    ["", []],
    [null, []],
  ] as const) {
    assert.deepEqual(of(value), expected, String(value));
  }
  for (const [event, expected] of [
    [{ customer: { identifiers: { email: "x" }, attributes: { email: "a@b.example" } } }, [undefined, "b.example"]],
    [{ customer: { identifiers: { email: "a@b.example" }, attributes: { email: "c@B.example" } } }, ["b.example"]],
    [{ customer: { attributes: { emails: { primaryEmail: "a@b.example" } } } }, ["b.example"]],
    [{ customer: { info: { id: "1", userName: "a@b.example" } } }, ["b.example"]],
    [{ customer: { info: { email: "a@b.example", userName: "a@c.example" } } }, ["b.example"]],
    [{ customer: null, externalClaims: { email: "a@b.example" } }, ["b.example"]],
    [{ contact: { type: "email", before: "a@b.example", after: "a@c.example" } }, ["c.example"]],
    [{ contact: { type: "phone", after: "+43664" }, identifier: "a@b.example" }, ["b.example"]],
    [{}, []],
  ] as const) {
    assert.deepEqual(domainsOf(event), expected, JSON.stringify(event));
  }
}
