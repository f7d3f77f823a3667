import assert from "node:assert/strict";
import type { Hook } from "../../../hookpoint";
import { call, errorCode, retryAfter, VendorError } from "../request";

const BASE = "https://vendor.example";

async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail("no failure"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof VendorError, String(error));
  return error.message;
}

export default async function (_event: unknown, hook: Hook) {
  const get = (path: string, more = {}) => call(hook, { vendor: "Vendor", url: BASE + path, ...more });

  assert.deepEqual((await get("/ok")).json, { a: 1 });
  assert.equal((await get("/created", { method: "PUT", json: { b: 2 } })).status, 204);
  assert.equal((await get("/form", { form: { a: "b c&d" } })).json.ok, true);
  assert.equal((await get("/missing", { accept: [404] })).status, 404);
  assert.equal((await get("/text", { expect: "text" })).text, "hello");
  assert.equal((await get("/busy")).json.ok, true);

  // After a 401 a new token, once.
  const asked: boolean[] = [];
  const authorize = async (again: boolean) => {
    asked.push(again);
    return { authorization: again ? "Bearer new" : "Bearer old" };
  };
  assert.equal((await get("/token", { authorize })).json.ok, true);
  assert.deepEqual(asked, [false, true]);
  assert.equal(
    await failure(get("/locked", { authorize })),
    "Vendor refused the credentials or what they may do: 401 (INVALID_SESSION_ID)",
  );

  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(retryAfter("1.5"), 1500);
  assert.equal(retryAfter("Thu, 01 Jan 2026 00:00:07 GMT", now), 7000);
  assert.equal(retryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  for (const value of [null, "", "-1", "soon", "Infinity"]) assert.equal(retryAfter(value), undefined);
  assert.equal(errorCode([{ errorCode: "MALFORMED_QUERY", message: "x" }]), "MALFORMED_QUERY");
  assert.equal(errorCode({ error: { code: "0x80060888", message: "x" } }), undefined);
  assert.equal(errorCode({ code: 4, text: "Invalid token" }), "4");
  assert.equal(errorCode({ error: "Couldn't find alice@example.com" }), undefined);
  assert.equal(errorCode(null), undefined);
}
