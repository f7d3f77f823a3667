import assert from "node:assert/strict";
import { endpoint } from "../endpoint";

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
}
