import assert from "node:assert/strict";
import { record, sentence, unmarked } from "../feed";
import { markdown } from "../markup";

const customer = {
  ipAddress: "203.0.113.24",
  store: "customers",
  location: { city: "Vienna", country: "Austria", countryCode: "AT" },
  info: { id: "acc-1029", userName: "alice@example.com" },
};
const application = { name: "Web shop", clientId: "web-shop" };

export default function () {
  const login = { eventType: "afterSelfServiceLogin", customer, application };
  assert.equal(
    sentence(login, true, unmarked),
    "alice@example.com logged in to Web shop from 203.0.113.24, Vienna, Austria",
  );
  assert.equal(sentence(login, false, unmarked), "acc-1029 logged in to Web shop");
  assert.deepEqual(record(login, true), {
    action: "login",
    stage: "afterSelfServiceLogin",
    application: "Web shop",
    clientId: "web-shop",
    store: "customers",
    account: "acc-1029",
    userName: "alice@example.com",
    ipAddress: "203.0.113.24",
    city: "Vienna",
    country: "AT",
  });

  const removed = { eventType: "afterMfaChange", customer, authenticator: { type: "phone" }, change: "removed" };
  assert.equal(sentence(removed, false, unmarked), "acc-1029 removed a factor (phone) in an application");
  assert.deepEqual(record(removed, false), {
    action: "mfa-removed",
    stage: "afterMfaChange",
    store: "customers",
    account: "acc-1029",
    factor: "phone",
  });

  const consents = [
    { id: "news", version: "1.0", accepted: true, timestamp: "2026-01-01T00:00:00Z" },
    { id: "ads", accepted: false },
  ];
  const consent = { eventType: "afterConsentUpdate", customer: { info: { userName: "*@everyone*\n" } }, consents };
  assert.equal(
    sentence(consent, true, markdown),
    "\\*@\u200beveryone\\* accepted news 1\\.0, withdrew ads in an application",
  );
  assert.deepEqual(record(consent, false).consents, [
    { id: "news", version: "1.0", accepted: true, timestamp: "2026-01-01T00:00:00Z" },
    { id: "ads", version: undefined, accepted: false, timestamp: undefined },
  ]);

  // Hosts leave members out, and customers type anything.
  assert.equal(sentence({ eventType: "afterConsentUpdate" }, true, unmarked), "unknown customer changed consents in an application");
  assert.deepEqual(record({ eventType: "afterConsentUpdate", customer: null, consents: "?" }, true), {
    action: "consent",
    stage: "afterConsentUpdate",
  });
  const long = record({ eventType: "afterSelfServiceLogin", customer: { info: { userName: "x".repeat(65536) } } }, true);
  assert.equal(String(long.userName).length, 301);
}
