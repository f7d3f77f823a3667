import assert from "node:assert/strict";
import { confirmed, endpoint } from "../endpoint";

export default function () {
  assert.equal(endpoint("logs.example.com", "/"), "https://logs.example.com/");
  assert.equal(endpoint("logs.example.com", "/v1/logs?a=b%20c"), "https://logs.example.com/v1/logs?a=b%20c");
  assert.equal(endpoint("logs.example.com", "v1", "8088"), "https://logs.example.com:8088/v1");
  assert.equal(endpoint("logs.example.com", "//evil.example/x"), "https://logs.example.com/evil.example/x");
  assert.equal(endpoint("logs.example.com", "\\\\evil.example"), "https://logs.example.com/evil.example");
  assert.equal(endpoint("logs.example.com", "@evil.example/"), "https://logs.example.com/@evil.example/");
  for (const host of [undefined, "", "a@b", "a/b", "a:1", "evil.example#", "a.example?"]) {
    assert.throws(() => endpoint(host, "/"), /is no endpoint/, String(host));
  }

  const reply = (status: number, json?: unknown) => ({ status, json, text: "", headers: new Headers() });
  for (const good of [reply(201), reply(202), reply(204), reply(200, {}), reply(200, [1]), reply(200, { errors: [], failed: 0 })]) {
    confirmed("The endpoint", good);
  }
  assert.throws(() => confirmed("The endpoint", reply(200)), /The endpoint answered 200 without JSON/);
  for (const json of [{ errors: true }, { errors: [{}] }, { success: false }, { ok: false }, { error: "no" }, { failed: 1 }]) {
    assert.throws(() => confirmed("The endpoint", reply(200, json)), /with a failure inside/, JSON.stringify(json));
  }
}
