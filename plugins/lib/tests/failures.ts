import assert from "node:assert/strict";
import type { Hook } from "../../../hookpoint";
import { call, isTemporaryCode, VendorError } from "../request";

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

  for (const [path, message] of [
    ["/forbidden", "Vendor refused the credentials or what they may do: 403"],
    ["/limited", "Vendor limits requests: 429, and asks to wait 3600 s"],
    ["/broken", "Vendor answered 500"],
    ["/moved", "Vendor answered with a redirect (302), which is not followed"],
    ["/page", "Vendor answered 200 with a page of HTML instead of JSON"],
    ["/nothing", "Vendor answered 200 with an empty body"],
    ["/cut", "Vendor answered 200 with JSON that is cut off or broken"],
    ["/word", "Vendor answered 200 with something that is no JSON object"],
  ] as const) {
    assert.equal(await failure(get(path)), message);
  }
  assert.match(
    await failure(get("/reset")),
    /^Vendor cannot be reached: `vendor.example`: .*; check that it is up, and that your network lets hooks reach it$/,
  );
  assert.match(await failure(get("/slow")), /^Vendor did not answer within \d+ ms$/);
  assert.equal(
    await failure(call(hook, { vendor: "Vendor", url: "a secret that is no URL" })),
    "Vendor was not asked: its URL or a header is not valid",
  );
  // A host that the hook does not declare: no retry changes that.
  await assert.rejects(call(hook, { vendor: "Vendor", url: "https://other.example/" }), {
    name: "VendorError",
    message: /^Vendor may not be reached: the hook does not declare the host `other.example`; add it to the hook's `hosts`$/,
  });
  const inside = (body: any) => (body.ok === false ? body.error : undefined);
  assert.equal(await failure(get("/inside", { failure: inside })), "Vendor answered 200 with the failure not_authed");
  assert.equal(await failure(get("/chatty", { failure: inside })), "Vendor answered 200 with the failure (not a code)");
  assert.equal(
    await failure(call({ remainingMs: () => 100 }, { vendor: "Vendor", url: `${BASE}/never` })),
    "Vendor was not asked: there is no time left",
  );
  for (const code of ["ThrottlingException", "throttled", "InternalFailure", "internal_error"]) {
    assert.ok(isTemporaryCode(code), code);
  }
  for (const code of ["no_service", "VALIDATION_ERROR", undefined]) assert.ok(!isTemporaryCode(code), code);
}
