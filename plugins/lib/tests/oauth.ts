import assert from "node:assert/strict";
import type { Hook } from "../../../hookpoint";
import { bearer, token } from "../oauth";
import { call } from "../request";

export default async function (_event: unknown, hook: Hook) {
  const client = {
    vendor: "Vendor",
    tokenUrl: "https://vendor.example/token",
    id: "id",
    secret: "s&cret",
    scope: "a/.default",
  };
  const authorize = bearer(hook, client);
  const get = (path: string) => call(hook, { vendor: "Vendor", url: `https://vendor.example${path}`, authorize });
  // Both use one token; the second one expires, and a new one is fetched.
  const replies = await Promise.all([get("/a"), get("/b")]);
  assert.deepEqual(
    replies.map((reply) => reply.json.ok),
    [true, true],
  );
  assert.equal((await token(hook, client)).instance_url, "https://two.example");
  for (const [id, message] of [
    ["inside", "Vendor answered 200 with the failure invalid_client"],
    ["none", "Vendor answered without an access token"],
    ["refused", "Vendor answered 400 (invalid_grant)"],
  ]) {
    await assert.rejects(token(hook, { ...client, id }), { message });
  }
}
